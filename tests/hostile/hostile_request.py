"""Hostile requests as rows of a table: a name, bytes, and what must come of them.

The bytes hold placeholders, so that one row is sent to every API: its paths, its header
fields, its secret stand where they stand.
"""

import re
import secrets
from collections.abc import Mapping
from itertools import chain

import msgspec

from failwell.core.situation import Situation

__all__ = [
    "ANYTHING",
    "BAD_CREDENTIALS",
    "BODY_TOO_LARGE",
    "CANARY",
    "CREATE",
    "FIELD",
    "HEADERS_TOO_LARGE",
    "NOT_JSON",
    "NOT_UNDERSTOOD",
    "NO_ROUTE",
    "OK",
    "READ",
    "SECRET",
    "URL_TOO_LONG",
    "WRONG_METHOD",
    "Expected",
    "Filling",
    "HostileRequest",
    "get",
    "head",
    "invalid",
    "json_refused",
    "post",
    "row",
]

CANARY = b"canary-" + b"c" * 16
"""Stands for a fresh random text, which must not come back."""

READ = b"{read}"
"""Stands for the cheapest path."""

CREATE = b"{create}"
"""Stands for a path that takes a body."""

FIELD = b"{field}: {scheme}"
"""Stands for how a header line with a credential begins."""

SECRET = b"{secret}"
"""Stands for a credential that may do everything."""

_JSON = b"Content-Type: application/json"


class Expected(msgspec.Struct, frozen=True):
    """What a request must be answered with."""

    situations: tuple[Situation, ...] | None = ()
    """What may have happened: nothing when the request is good, ``None`` for whatever it is."""

    says: tuple[str, ...] = ()
    """Pieces of the body of Connix, one after the other; no other API says as much."""

    closes: bool = False
    """Whether the connection ends; otherwise it must go on."""


class HostileRequest(msgspec.Struct, frozen=True):
    """One row."""

    name: str
    data: bytes
    expected: Expected
    rest: bytes = b""
    """What is sent after the data; rows may share it."""

    @property
    def head_only(self) -> bool:
        """Whether the answer has no body."""
        return self.data.startswith(b"HEAD ")


class Filling(msgspec.Struct, frozen=True):
    """What the placeholders stand for when a request is sent."""

    places: Mapping[bytes, bytes]
    canary: str = msgspec.field(default_factory=lambda: "canary-" + secrets.token_hex(8))

    def fill(self, data: bytes) -> bytes:
        """Put them in; the length of a body does not change."""
        for placeholder, value in self.places.items():
            data = data.replace(placeholder, value)
        return data.replace(CANARY, self.canary.encode("ascii"))


OK = Expected()
"""The request is good after all, or nothing worse than odd."""

ANYTHING = Expected(None)
"""Good or bad, each API as it likes, but never the API's own fault."""

NOT_UNDERSTOOD = Expected(
    (Situation.BAD_REQUEST,),
    ('"field":"request"', "Request could not be understood"),
    closes=True,
)
"""Line, header or framing are no HTTP."""

HEADERS_TOO_LARGE = Expected(
    (Situation.HEADERS_TOO_LARGE,), ("Headers must be at most 16384 bytes",), closes=True
)
"""Too many header fields, or too many bytes of them."""

URL_TOO_LONG = Expected((Situation.URI_TOO_LONG,), ("Url must be at most 8192 bytes",), closes=True)
"""The request target is too long."""

BODY_TOO_LARGE = Expected(
    (Situation.TOO_LARGE,), ("Body must be at most 1048576 bytes",), closes=True
)
"""The body is too long."""

NO_ROUTE = Expected((Situation.NO_ROUTE,), ('"resource_type":"endpoint"',))
"""There is no such path."""

WRONG_METHOD = Expected((Situation.WRONG_METHOD,))
"""The path exists, but not with this method."""

BAD_CREDENTIALS = Expected(
    (Situation.NO_CREDENTIALS, Situation.BAD_CREDENTIALS),
    ("API key format should be: cx_[32 hexadecimal characters]",),
)
"""No credentials that the API accepts."""

NOT_JSON = Expected((Situation.WRONG_TYPE,), ("Expected content type application/json",))
"""The body is not said to be JSON."""


def json_refused(says: str, situation: Situation = Situation.BAD_JSON) -> Expected:
    """The body is no JSON, and the answer says so and where."""
    return Expected((situation,), (says,))


def invalid(*violations: tuple[str, str]) -> Expected:
    """Fields of the body or the query are wrong: pairs of field and code, one after the other."""
    pieces = [(f'"field":"{field}"', f'"code":"{code}"') for field, code in violations]
    return Expected((Situation.INVALID,), tuple(chain.from_iterable(pieces)))


def head(
    line: bytes,
    *fields: bytes,
    host: bytes = b"Host: api.test",
    key: bytes = FIELD + SECRET,
) -> bytes:
    """Write a head with the usual fields, a credential and canaries, and whatever else is wanted.

    Args:
        line: The request line.
        fields: Further fields, as lines.
        host: The line of the host; empty for none.
        key: The line of the credential; empty for none.
    """
    first = _lines(host, b"User-Agent: " + CANARY, b"Cookie: session=" + CANARY)
    # What an API wants beside the credential ends its own lines.
    return line + b"\r\n" + first + b"{beside}" + _lines(key, *fields) + b"\r\n"


def _lines(*lines: bytes) -> bytes:
    return b"".join(line + b"\r\n" for line in lines if line)


def get(path: bytes, *fields: bytes, key: bytes = FIELD + SECRET) -> bytes:
    """Write a GET."""
    return head(b"GET %b HTTP/1.1" % path, *fields, key=key)


def post(
    body: bytes,
    *fields: bytes,
    path: bytes = CREATE,
    media: bytes = _JSON,
    key: bytes = FIELD + SECRET,
) -> bytes:
    """Write a POST with a body.

    Args:
        body: The body; its length is announced.
        fields: Further header fields, as lines.
        path: The path.
        media: The line of its type; empty for none.
        key: The line of the credential; empty for none.
    """
    length = b"Content-Length: %d" % len(body)
    return head(b"POST %b HTTP/1.1" % path, length, media, *fields, key=key) + body


def row(name: str, data: bytes, expected: Expected) -> HostileRequest:
    """Make a row; its name must be fit for the command line of a test runner."""
    assert re.fullmatch(r"[A-Za-z0-9 ,.:/+*'-]+", name), name
    return HostileRequest(name, data, expected)
