"""Hostile sizes: twenty megabytes, announced or not, sent to the end before anything is read."""

import msgspec

from tests.hostile.hostile_request import (
    BAD_CREDENTIALS,
    BODY_TOO_LARGE,
    CANARY,
    CREATE,
    FIELD,
    NO_ROUTE,
    NOT_UNDERSTOOD,
    READ,
    SECRET,
    WRONG_METHOD,
    Expected,
    HostileRequest,
    head,
)

__all__ = ["BIG", "WAITING"]

_SIZE = 20_000_000
_BODY = b'{"name":"' + CANARY + b"a" * (_SIZE - 34) + b'"}'
_CHUNK = CANARY + b"a" * (65_536 - len(CANARY))
_CHUNKS = (b"10000\r\n" + _CHUNK + b"\r\n") * 305 + b"0\r\n\r\n"

_LENGTH = b"Content-Length: %d" % _SIZE
_CHUNKED = b"Transfer-Encoding: chunked"
_WAITS = b"Expect: 100-continue"


def _big(
    name: str,
    *fields: bytes,
    expected: Expected,
    method: bytes = b"POST",
    path: bytes = CREATE,
    key: bytes = FIELD + SECRET,
) -> HostileRequest:
    json = b"Content-Type: application/json"
    return HostileRequest(
        name,
        head(b"%b %b HTTP/1.1" % (method, path), json, *fields, key=key),
        msgspec.structs.replace(expected, closes=True),
        _CHUNKS if _CHUNKED in fields else _BODY,
    )


BIG: tuple[HostileRequest, ...] = (
    _big("announced", _LENGTH, expected=BODY_TOO_LARGE),
    _big("in chunks", _CHUNKED, expected=BODY_TOO_LARGE),
    _big("announced, to a GET", _LENGTH, method=b"GET", path=READ, expected=BODY_TOO_LARGE),
    _big("in chunks, to a GET", _CHUNKED, method=b"GET", path=READ, expected=BODY_TOO_LARGE),
    _big("announced, no route", _LENGTH, path=b"/nowhere", expected=NO_ROUTE),
    _big("in chunks, no route", _CHUNKED, path=b"/nowhere", expected=NO_ROUTE),
    _big("announced, wrong method", _LENGTH, method=b"DELETE", expected=WRONG_METHOD),
    _big("announced, no credentials", _LENGTH, key=b"", expected=BAD_CREDENTIALS),
    _big("in chunks, no credentials", _CHUNKED, key=b"", expected=BAD_CREDENTIALS),
    _big("announced and in chunks", _LENGTH, _CHUNKED, expected=NOT_UNDERSTOOD),
    _big("sent without waiting", _LENGTH, _WAITS, expected=BODY_TOO_LARGE),
)
"""Bodies twenty times too large."""

WAITING: tuple[HostileRequest, ...] = (
    _big("announced, waits", _LENGTH, _WAITS, expected=BODY_TOO_LARGE),
    _big("announced, no route, waits", _LENGTH, _WAITS, path=b"/nowhere", expected=NO_ROUTE),
    _big("in chunks, no credentials, waits", _CHUNKED, _WAITS, key=b"", expected=BAD_CREDENTIALS),
)
"""The same from callers who ask first, as they should: their body is never wanted."""
