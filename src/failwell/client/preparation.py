"""Preparation: from what a caller says to a `Call` that the flow can run."""

import math
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx2

from failwell.client.call import IDEMPOTENT, Call
from failwell.client.live import origin_of
from failwell.client.replay import files_from_here, from_here, replayed
from failwell.client.sent_secrets import sent_secrets
from failwell.client.settings import Settings
from failwell.core.call_history import CallHistory
from failwell.core.exceptions import FailwellError, FaultError
from failwell.core.redaction import safe_url, without_secrets

__all__ = ["KEY_FIELD", "Preparation"]

KEY_FIELD = "Idempotency-Key"
"""Header field of the idempotency key (IETF draft draft-ietf-httpapi-idempotency-key-header)."""

_NO_TIMEOUT: Mapping[str, Any] = {"timeout": {}}
"""Each attempt brings its own."""

_USER_AGENT = "failwell"
_LAST_PORT = 65_535
_OPEN = frozenset({"accept", "accept-encoding", "accept-language", "connection", "user-agent"})


class _NeverSends(httpx2.BaseTransport):
    """For a client that only builds requests."""


class Preparation:
    """Makes requests and calls.

    Args:
        base_url: Root of relative addresses.
        headers: Header fields of every request.
    """

    def __init__(self, base_url: str | httpx2.URL, headers: Mapping[str, str]) -> None:
        self._builder = httpx2.Client(
            base_url=base_url,
            headers={"User-Agent": _USER_AGENT, **headers},
            transport=_NeverSends(),
            trust_env=False,
            timeout=None,
        )
        base = httpx2.URL(base_url)
        self.base = (
            f"{base.scheme}://{base.netloc.decode()}{base.path.rstrip('/')}" if base.host else ""
        )
        """The base URL, without user and query."""
        plain = base.host and not base.query and not base.fragment
        self._root = f"{str(base).removesuffix('/')}/" if plain else None
        self._home = origin_of(base) if base.host else None
        self._rooted = self._home is not None
        self._private = tuple(name for name in self._builder.headers if name.lower() not in _OPEN)

    def plain(self, method: str, url: str | httpx2.URL, **options: Any) -> httpx2.Request:
        """Make a request without the client's own fields that may hold secrets."""
        request = self._build(method, url, options)
        self._strip(request, _names(options.get("headers")))
        return request

    def call(
        self,
        method: str,
        url: str | httpx2.URL,
        options: Mapping[str, Any],
        settings: Settings,
        *,
        stream: bool = False,
    ) -> Call:
        """Make a call ready.

        Raises:
            FailwellError: The address is none.
            FaultError: The request does not fit the OpenAPI document of the API; nothing was
                sent.
        """
        started = settings.clock.monotonic()
        rest = dict(options)
        deadline = rest.pop("deadline", settings.deadline)
        timeout = rest.pop("timeout", None)
        retry = rest.pop("retry", settings.retry)
        route = rest.pop("route", None)
        key = rest.pop("idempotency_key", None)
        request = self._build(method, url, rest)
        call = Call(
            request=request,
            policy=retry,
            timeout=settings.timeout if timeout is None else timeout,
            started=started,
            ends=math.inf if deadline is None else started + deadline,
            idempotent=request.method in IDEMPOTENT,
            stream=stream,
            route=route,
        )
        if "content" in rest or "files" in rest:
            call.body = replayed(request, rest.get("content"), rest.get("files"))
        if "headers" in rest:
            call.own_headers = _names(rest["headers"])
        self._keyed(call, key)
        self._guarded(call, url)
        if settings.precheck is not None:
            _checked(call, rest.get("json"), settings)
        return call

    def _build(self, method: str, url: str | httpx2.URL, options: dict[str, Any]) -> httpx2.Request:
        if options.get("content") is not None:
            options["content"] = from_here(options["content"])
        if options.get("files"):
            options["files"] = files_from_here(options["files"])
        try:
            request = self._builder.build_request(method, self._whole(url), timeout=None, **options)
        except httpx2.InvalidURL as error:
            raise FailwellError(f"this is no address: {error}") from None
        except UnicodeEncodeError as error:
            raise FailwellError(f"this cannot be sent: {error.reason}") from None
        if request.url.scheme and not request.url.host:
            raise FailwellError("this is no address: it names no host")
        # The system would cut it to 16 bits, and call somebody else.
        if (request.url.port or 0) > _LAST_PORT:
            raise FailwellError(f"this is no address: there is no port {request.url.port}")
        return request

    def _whole(self, url: str | httpx2.URL) -> str | httpx2.URL:
        """Put base and path together; for a plain path the library parses three times."""
        if self._root is None or not isinstance(url, str):
            return url
        plain = url[:1] == "/" and url[1:2] != "/" and "#" not in url
        return httpx2.URL(self._root + url[1:]) if plain else url

    def _keyed(self, call: Call, key: bool | str | None) -> None:
        """Name what the call intends; each new call gets a new name, each replay the same."""
        if KEY_FIELD.lower() in call.own_headers:
            call.keyed = True
        elif isinstance(key, str):
            call.request.headers[KEY_FIELD] = key
            call.keyed = True
        elif key and call.request.method not in IDEMPOTENT:
            call.request.headers[KEY_FIELD] = str(uuid4())
            call.keyed = True
        call.idempotent = call.idempotent or call.keyed

    def _guarded(self, call: Call, given: str | httpx2.URL) -> None:
        """Keep what is secret from every origin but our own."""
        if self._rooted and isinstance(given, str) and given[:1] == "/" and given[:2] != "//":
            return
        url = call.request.url
        if self._home is None:
            self._home = origin_of(url) if url.host else None
        elif url.is_absolute_url and origin_of(url) != self._home:
            call.trusted = False
            self._strip(call.request, call.own_headers)

    def _strip(self, request: httpx2.Request, own: frozenset[str]) -> None:
        for name in self._private:
            if name.lower() not in own:
                request.headers.pop(name, None)

    def keep_cookies(self, response: httpx2.Response) -> None:
        """Keep the cookies of an answer for the calls after it."""
        self._builder.cookies.extract_cookies(response)


def _names(headers: Any) -> frozenset[str]:
    return frozenset(name.lower() for name in httpx2.Headers(headers)) if headers else frozenset()


def _checked(call: Call, json: Any, settings: Settings) -> None:
    request = call.request
    fault = settings.precheck.check(
        request.method,
        request.url.raw_path.partition(b"?")[0].decode("ascii"),
        list(request.url.params.multi_items()),
        dict(request.headers),
        json,
        headers_follow=settings.auth is not None,
    )
    if fault is None:
        return
    contract = settings.contract
    entry = None if contract is None else contract.codes.get(fault.code or "")
    raise FaultError.of(
        without_secrets(fault, sent_secrets(request), known_code=entry is not None),
        entry=entry,
        api=None if contract is None else contract.api,
        contract=None if contract is None else contract.name,
        # With a history it is the word of an API that was called, also in a server of ours.
        history=CallHistory(
            method=request.method,
            url=safe_url(str(request.url)),
            ended=settings.clock.now(),
            because="the request does not fit the OpenAPI document of the API",
        ),
    )
