"""What both kinds of client share: how they are made, and how a call is made ready."""

import random as random_module
from collections.abc import Callable, Mapping
from typing import Any, TypedDict

import httpx2

from failwell.client.call import IDEMPOTENT, Call
from failwell.client.first import RetryPolicy
from failwell.client.settings import Settings
from failwell.core.clock import Clock, SystemClock
from failwell.core.contract import Contract

__all__ = ["CallOptions", "Caller"]

_DEFAULT: Any = object()
_USER_AGENT = "failwell"


class CallOptions(TypedDict, total=False):
    """What one call may say beside its method and address."""

    params: Any
    """Query parameters."""

    headers: Any
    """Header fields, beside those of the client."""

    cookies: Any
    """Cookies, beside those of the client."""

    json: Any
    """A body as JSON."""

    data: Any
    """A body as a form."""

    files: Any
    """A body of several parts."""

    content: Any
    """A body as bytes, text, or an iterable of bytes."""

    retry: RetryPolicy | None
    """When this call is repeated; ``None``: never."""

    deadline: float | None
    """Seconds for this call with all its attempts and waits."""

    timeout: float | None
    """Seconds for each phase of an attempt."""

    idempotency_key: bool | str | None
    """A name for what the call intends; ``True`` makes one."""

    route: str | None
    """Path template for texts, ``/projects/{id}``."""


class _NeverSends(httpx2.BaseTransport):
    """For a client that only builds requests."""


class Caller:
    """What both kinds of client share.

    Args:
        base_url: Root of relative addresses.
        contract: How the API fails: a contract, or the name of a bundled one. ``None``:
            the dialect is recognised from each answer.
        auth: Who is calling.
        timeout: Seconds for each phase of an attempt.
        deadline: Seconds for a whole call, attempts, waits and log-ins included.
        headers: Header fields of every request.
        transport: What sends requests; its own connections by default.
        retry: When a call is repeated; ``None``: never.
        openapi: An OpenAPI document that requests are checked against before they are sent.
        redirects: Redirects that a call may follow.
        circuit: When calls are refused without being sent; ``None``: never.
        listener: Told of what happens.
        language: Language of the texts for people.
        clock: Where the time comes from.
        sleep: Lets time pass.
        random: Gives a number from 0 up to 1.
        attempt_header: Field that numbers retries; ``None``: no such field.
    """

    def __init__(
        self,
        base_url: str | httpx2.URL = "",
        *,
        contract: Contract | str | None = None,
        auth: Any = None,
        timeout: float = 10.0,
        deadline: float = 90.0,
        headers: Mapping[str, str] | None = None,
        transport: Any = None,
        retry: RetryPolicy | None = _DEFAULT,
        openapi: Any = None,
        redirects: int = 0,
        circuit: Any = None,
        listener: Callable[[Any], None] | None = None,
        language: str = "en",
        clock: Clock | None = None,
        sleep: Any = None,
        random: Callable[[], float] = random_module.random,
        attempt_header: str | None = "X-Retry-Count",
    ) -> None:
        self._settings = Settings(
            base_url=httpx2.URL(base_url),
            contract=Contract.bundled(contract) if isinstance(contract, str) else contract,
            auth=auth,
            timeout=timeout,
            deadline=deadline,
            retry=RetryPolicy() if retry is _DEFAULT else retry,
            redirects=redirects,
            circuit=circuit,
            listener=listener,
            language=language,
            clock=clock or SystemClock(),
            random=random,
            attempt_header=attempt_header,
            openapi=openapi,
        )
        self._requests = httpx2.Client(
            base_url=base_url,
            headers={"User-Agent": _USER_AGENT, **(headers or {})},
            transport=_NeverSends(),
            trust_env=False,
            timeout=None,
        )
        self._transport = transport or self._own_transport()
        self._sleep = sleep or self._own_sleep

    def _own_transport(self) -> Any:
        raise NotImplementedError

    _own_sleep: Any = None

    def _call(
        self, method: str, url: str | httpx2.URL, options: CallOptions, *, stream: bool = False
    ) -> Call:
        settings = self._settings
        started = settings.clock.monotonic()
        rest: dict[str, Any] = {**options}
        deadline = rest.pop("deadline", None) or settings.deadline
        timeout = rest.pop("timeout", None) or settings.timeout
        retry = rest.pop("retry", settings.retry)
        route = rest.pop("route", None)
        rest.pop("idempotency_key", None)
        request = self._requests.build_request(method, url, **rest)
        return Call(
            request=request,
            policy=retry,
            timeout=timeout,
            started=started,
            ends=started + deadline,
            idempotent=request.method in IDEMPOTENT,
            stream=stream,
            route=route,
        )
