"""Hostile paces: requests that never end, or take for ever."""

from collections.abc import Callable

import msgspec

from failwell.core.situation import Situation
from tests.hostile.hostile_request import (
    BAD_CREDENTIALS,
    CANARY,
    CREATE,
    NO_ROUTE,
    NOT_UNDERSTOOD,
    READ,
    Expected,
    get,
    head,
    post,
)
from tests.hostile.raw_connection import RawConnection

__all__ = ["NEVER_READ", "SLOW_BODIES", "SLOW_HEADS", "SlowRequest"]

Perform = Callable[[RawConnection, Callable[[bytes], bytes]], None]

_TOO_SLOW = Expected(
    (Situation.TIMEOUT,), ('"field":"body"', "Body was not received in time"), closes=True
)
_BODY = b'{"name":"' + CANARY + b'","more":"' + b"m" * 200 + b'"}'
_WHOLE = post(_BODY)
_HEAD = _WHOLE[: -len(_BODY)]
_CHUNKED = head(
    b"POST %b HTTP/1.1" % CREATE,
    b"Content-Type: application/json",
    b"Transfer-Encoding: chunked",
)
_GET = get(READ, b"X-Long: " + b"a" * 400)


class SlowRequest(msgspec.Struct, frozen=True):
    """One request that takes its time."""

    name: str
    perform: Perform
    """Sends it; placeholders are filled by the function it is given."""

    expected: Expected | None
    """``None`` when nothing was asked, so nothing is answered."""


def _at_once(data: bytes) -> Perform:
    return lambda connection, fill: connection.send(fill(data))


def _trickling(data: bytes, rest: bytes, pause: float) -> Perform:
    def perform(connection: RawConnection, fill: Callable[[bytes], bytes]) -> None:
        connection.send(fill(data))
        connection.trickle(fill(rest), pause=pause)

    return perform


SLOW_BODIES: tuple[SlowRequest, ...] = (
    SlowRequest("half a body, then silence", _at_once(_WHOLE[:-100]), _TOO_SLOW),
    SlowRequest("no body, then silence", _at_once(_HEAD), _TOO_SLOW),
    SlowRequest("a body short of one byte", _at_once(_WHOLE[:-1]), _TOO_SLOW),
    SlowRequest("a body byte by byte", _trickling(_HEAD, _BODY, 0.05), _TOO_SLOW),
    SlowRequest("no chunks, then silence", _at_once(_CHUNKED), _TOO_SLOW),
    SlowRequest("half a chunk size, then silence", _at_once(_CHUNKED + b"1"), _TOO_SLOW),
    SlowRequest("half a chunk, then silence", _at_once(_CHUNKED + b"ff\r\n{"), _TOO_SLOW),
    SlowRequest("no last chunk", _at_once(_CHUNKED + b"2\r\n{}\r\n"), _TOO_SLOW),
    SlowRequest("half a trailer", _at_once(_CHUNKED + b"2\r\n{}\r\n0\r\nA: b"), _TOO_SLOW),
    SlowRequest("chunks one by one", _trickling(_CHUNKED, b"1\r\n \r\n" * 50, 0.05), _TOO_SLOW),
    SlowRequest("a wrong chunk, late", _at_once(_CHUNKED + b"2\r\n{}\r\nzz\r\n"), NOT_UNDERSTOOD),
    SlowRequest("a GET that promises a body", _at_once(get(READ, b"Content-Length: 9")), _TOO_SLOW),
)
"""Bodies that do not come within the body timeout."""

SLOW_HEADS: tuple[SlowRequest, ...] = (
    SlowRequest("a head byte by byte", _trickling(b"", _GET, 0.2), _TOO_SLOW),
    SlowRequest("fields one by one", _trickling(_GET[:-2], b"A: b\r\n" * 50, 0.2), _TOO_SLOW),
    SlowRequest("half a head, then silence", _at_once(_GET[:-20]), _TOO_SLOW),
    SlowRequest("half a method, then silence", _at_once(b"PO"), _TOO_SLOW),
    SlowRequest("a head without its last byte", _at_once(_GET[:-1]), _TOO_SLOW),
    SlowRequest("empty lines for ever", _trickling(b"", b"\r\n" * 50, 0.2), None),
    SlowRequest("nothing at all", _at_once(b""), None),
)
"""Heads that do not come within ten seconds."""

NEVER_READ: tuple[SlowRequest, ...] = (
    SlowRequest("no route", _at_once(post(_BODY, path=b"/nowhere")[:-100]), NO_ROUTE),
    SlowRequest("no credentials", _at_once(post(_BODY, key=b"")[:-100]), BAD_CREDENTIALS),
)
"""Half a body where nobody waits for it: refused at once."""
