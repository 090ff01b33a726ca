"""Redirects: followed only where nothing goes to whom it was not meant for (RFC 9110, 15.4)."""

from urllib.parse import urljoin

import httpx2

from failwell.client.call import Call
from failwell.client.decoding import Told
from failwell.client.live import origin_of
from failwell.client.steps import Answer
from failwell.client.trouble import Trouble
from failwell.core.exceptions import UnexpectedRedirectError
from failwell.core.fault import Fault
from failwell.core.redaction import safe_url
from failwell.resilience.decision import Failure

__all__ = ["REDIRECTS", "redirected", "strayed"]

REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})
"""Statuses that point elsewhere; 304 does not, it says that nothing has changed."""

_FOLLOWED = frozenset({301, 302, 303, 307, 308})
_BODILESS = frozenset({"GET", "HEAD"})
_FOR_STRANGERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "if-modified-since",
        "if-none-match",
        "range",
        "user-agent",
    }
)


def _location(answer: Answer) -> str | None:
    return next((value for name, value in answer.headers if name.lower() == "location"), None)


def strayed(answer: Answer, call: Call) -> Trouble:
    """Understand a redirect that is not followed."""
    location = _location(answer)
    params = {}
    if location is not None:
        params["location"] = safe_url(urljoin(str(call.request.url), location))
    fault = Fault(
        status=answer.status,
        message=f"{UnexpectedRedirectError.sentence}",
        params=params,
        outcome="not_processed",
    )
    failure = Failure(status=answer.status, retry="never", outcome="not_processed")
    return Trouble(
        told=Told(fault=fault), failure=failure, kind=UnexpectedRedirectError, answer=answer
    )


def redirected(answer: Answer, call: Call) -> httpx2.Request | None:
    """Make the request a redirect asks for; ``None`` where it must not be followed.

    A POST does not silently become a GET, no body and no credential goes to another origin, and
    nothing goes from an encrypted address to a plain one.
    """
    before, location = call.request, _location(answer)
    if location is None or answer.status not in _FOLLOWED:
        return None
    try:
        url = before.url.join(location)
    except httpx2.InvalidURL:
        return None
    if url.scheme not in ("http", "https") or (before.url.scheme, url.scheme) == ("https", "http"):
        return None
    becomes_get = answer.status == 303 and before.method not in _BODILESS
    if not becomes_get and before.method not in _BODILESS and answer.status in (301, 302):
        return None
    return _request(before, url, becomes_get, call)


def _request(
    before: httpx2.Request, url: httpx2.URL, becomes_get: bool, call: Call
) -> httpx2.Request | None:
    same = origin_of(url) == origin_of(before.url)
    method = "GET" if becomes_get else before.method
    if method in _BODILESS:
        return httpx2.Request(method, url, headers=_headers(before, same))
    if not same or (call.body is not None and not call.body.replayable):
        return None
    if call.body is not None:
        call.body.rewind()
    return httpx2.Request(method, url, headers=before.headers, stream=before.stream)


_OF_BODY = frozenset({"content-length", "content-type", "host", "transfer-encoding"})


def _headers(before: httpx2.Request, same: bool) -> dict[str, str]:
    return {
        name: value
        for name, value in before.headers.items()
        if (name.lower() not in _OF_BODY if same else name.lower() in _FOR_STRANGERS)
    }
