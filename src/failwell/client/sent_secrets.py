"""What a request carries that must be found in no error: collected when a call has failed."""

from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl

import httpx2
import msgspec

__all__ = ["head_secrets", "sent_secrets"]

_HARMLESS_FIELDS = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "host",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-unmodified-since",
        "origin",
        "range",
        "referer",
        "traceparent",
        "transfer-encoding",
        "user-agent",
        "x-request-id",
        "x-retry-count",
    }
)
_HARMLESS_PARAMETERS = frozenset(
    {
        "direction",
        "fields",
        "filter",
        "include",
        "limit",
        "offset",
        "order",
        "page",
        "page_size",
        "per_page",
        "size",
        "sort",
        "status",
        "type",
    }
)
_SECRET_MEMBERS = ("apikey", "api_key", "cvc", "otp", "passwd", "password", "secret", "token")
_SHORTEST = 4
_SHORTEST_PARAMETER = 6
_LARGEST_BODY = 65_536
_DEEPEST = 20


def sent_secrets(request: httpx2.Request) -> Iterator[str]:
    """Collect header values, query values, the user of the address, and passwords of the body.

    Args:
        request: A request as it was sent.
    """
    yield from head_secrets(request.headers.items(), request.url.query.decode("ascii", "replace"))
    yield from _long(request.url.password)
    yield from _of_body(request)


def head_secrets(fields: Iterable[tuple[str, str]], query: str) -> Iterator[str]:
    """Collect header values and query values.

    Args:
        fields: Header fields that were sent.
        query: The query of the address, without its question mark.
    """
    for name, value in fields:
        if name.lower() not in _HARMLESS_FIELDS:
            yield from _of_field(name.lower(), value)
    for name, value in parse_qsl(query):
        if name.lower() not in _HARMLESS_PARAMETERS and len(value) >= _SHORTEST_PARAMETER:
            yield value


def _long(value: str) -> Iterable[str]:
    return (value,) if len(value) >= _SHORTEST else ()


def _of_field(name: str, value: str) -> Iterator[str]:
    yield from _long(value)
    yield from _long(value.partition(" ")[2])
    if name == "cookie":
        for part in value.split(";"):
            yield from _long(part.partition("=")[2].strip())


def _of_body(request: httpx2.Request) -> Iterator[str]:
    try:
        body = request.content
    except httpx2.RequestNotRead:
        return
    media = request.headers.get("content-type", "")
    if not body or len(body) > _LARGEST_BODY:
        return
    if "json" in media:
        try:
            yield from _of_value(msgspec.json.decode(body), 0)
        except (ValueError, RecursionError):
            return
    elif "form-urlencoded" in media:
        for name, value in parse_qsl(body.decode("utf-8", "replace")):
            if _names_a_secret(name):
                yield from _long(value)


def _of_value(value: object, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _of_value(item, depth + 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, str):
                yield from _long(item) if _names_a_secret(str(name)) else ()
            else:
                yield from _of_value(item, depth + 1)


def _names_a_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRET_MEMBERS)
