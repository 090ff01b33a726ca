"""Redirects: followed only where nothing goes to whom it was not meant for (RFC 9110, 15.4)."""

from urllib.parse import urlsplit

import httpx2

from failwell.client.call import Call
from failwell.client.decoding import Told
from failwell.client.live import origin_of
from failwell.client.steps import Answer
from failwell.client.trouble import Trouble
from failwell.core.exceptions import UnexpectedRedirectError
from failwell.core.fault import Fault
from failwell.core.redaction import HIDDEN, safe_url
from failwell.resilience.decision import Failure

__all__ = ["MOST_HOPS", "REDIRECTS", "redirected", "strayed"]

MOST_HOPS = 5
"""Redirects followed for one call, however many are allowed."""

REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})
"""Statuses that point elsewhere. 304 does not: it says that nothing has changed."""

_FOLLOWED = frozenset({301, 302, 303, 307, 308})
_SAME_METHOD = frozenset({307, 308})
_BODILESS = frozenset({"GET", "HEAD"})
_LAST_PORT = 65_535
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


def _target(answer: Answer, call: Call) -> httpx2.URL | None:
    """Give the address a redirect points to, if it is one that HTTP can reach."""
    location = (_location(answer) or "").strip()
    if not location:
        return None
    try:
        said = urlsplit(location)
        url = call.request.url.join(location)
        port = url.port
    except (httpx2.InvalidURL, ValueError):
        return None
    # "http:///x" names no host, though joining would take that of the page.
    nowhere = not said.netloc and (said.scheme or location.startswith("//"))
    if nowhere or not url.host or url.scheme not in ("http", "https"):
        return None
    return url if port is None or port <= _LAST_PORT else None


def strayed(answer: Answer, call: Call) -> Trouble:
    """Understand a redirect that is not followed."""
    location, target = _location(answer), _target(answer, call)
    params = {}
    if target is not None:
        params["location"] = safe_url(str(target))
    elif location:
        params["location"] = HIDDEN
    fault = Fault(
        status=answer.status,
        message=UnexpectedRedirectError.sentence,
        params=params,
        outcome="not_processed",
    )
    failure = Failure(status=answer.status, retry="never", outcome="not_processed")
    return Trouble(
        told=Told(fault=fault), failure=failure, kind=UnexpectedRedirectError, answer=answer
    )


def redirected(answer: Answer, call: Call) -> httpx2.Request | None:
    """Make the request a redirect asks for; ``None`` where it must not be followed.

    A POST becomes a GET only where the status says so (303), no body and no credential goes to
    another origin, and nothing goes from an encrypted address to a plain one.
    """
    before, url = call.request, _target(answer, call)
    downgraded = url is not None and (before.url.scheme, url.scheme) == ("https", "http")
    if url is None or downgraded or answer.status not in _FOLLOWED:
        return None
    same = origin_of(url) == origin_of(before.url)
    if before.method in _BODILESS or answer.status == 303:
        method = before.method if before.method in _BODILESS else "GET"
        return httpx2.Request(method, url, headers=_headers(before, same))
    if not same or answer.status not in _SAME_METHOD:
        return None
    if call.body is not None:
        if not call.body.replayable:
            return None
        call.body.rewind()
    return httpx2.Request(before.method, url, headers=before.headers, stream=before.stream)


_OF_BODY = frozenset(
    {"content-length", "content-type", "host", "idempotency-key", "transfer-encoding"}
)


def _headers(before: httpx2.Request, same: bool) -> dict[str, str]:
    return {
        name: value
        for name, value in before.headers.items()
        if (name.lower() not in _OF_BODY if same else name.lower() in _FOR_STRANGERS)
    }
