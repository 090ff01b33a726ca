"""Hostile requests as rows of a table: a name, bytes, and what must come of them."""

import re
import secrets
from itertools import chain

import msgspec

__all__ = [
    "BAD_CREDENTIALS",
    "BODY_TOO_LARGE",
    "CANARY",
    "HEADERS_TOO_LARGE",
    "HELLO",
    "KEY",
    "NOT_FOUND",
    "NOT_JSON",
    "NOT_UNDERSTOOD",
    "NO_ROUTE",
    "OK",
    "PROJECT",
    "PROJECTS",
    "URL_TOO_LONG",
    "WRONG_METHOD",
    "Expected",
    "HostileRequest",
    "Secrets",
    "get",
    "head",
    "invalid",
    "json_refused",
    "post",
    "row",
]

CANARY = b"canary-" + b"c" * 16
"""Stands for a fresh random text, which must not come back."""

KEY = b"cx_" + b"k" * 32
"""Stands for a key with every scope."""

PROJECT = b"proj_" + b"p" * 16
"""Stands for the id of a project."""

HELLO = b"/api/v1/hello"
"""The cheapest path."""

PROJECTS = b"/api/v1/projects"
"""A path that takes a body."""

_JSON = b"Content-Type: application/json"


class Expected(msgspec.Struct, frozen=True):
    """What a request must be answered with."""

    status: int
    code: str | None = None
    says: tuple[str, ...] = ()
    """Pieces of the body, one after the other."""

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


class Secrets(msgspec.Struct, frozen=True):
    """What the placeholders stand for when a request is sent."""

    key: str
    project: str
    canary: str = msgspec.field(default_factory=lambda: "canary-" + secrets.token_hex(8))

    def fill(self, data: bytes) -> bytes:
        """Put them in; no length changes."""
        for placeholder, value in ((CANARY, self.canary), (KEY, self.key), (PROJECT, self.project)):
            assert len(placeholder) == len(value)
            data = data.replace(placeholder, value.encode("ascii"))
        return data


OK = Expected(200)
"""The request is good after all, or nothing worse than odd."""

NOT_UNDERSTOOD = Expected(
    400, "validation_error", ('"field":"request"', "Request could not be understood"), closes=True
)
"""Line, header or framing are no HTTP."""

HEADERS_TOO_LARGE = Expected(
    400, "validation_error", ("Headers must be at most 16384 bytes",), closes=True
)
"""Too many header fields, or too many bytes of them."""

URL_TOO_LONG = Expected(400, "validation_error", ("Url must be at most 8192 bytes",), closes=True)
"""The request target is too long."""

BODY_TOO_LARGE = Expected(
    400, "validation_error", ("Body must be at most 1048576 bytes",), closes=True
)
"""The body is too long."""

NO_ROUTE = Expected(404, "resource_not_found", ('"resource_type":"endpoint"',))
"""There is no such path."""

NOT_FOUND = Expected(404, "resource_not_found", ('"resource_type":"project"',))
"""There is no such project."""

WRONG_METHOD = Expected(405, "method_not_allowed")
"""The path exists, but not with this method."""

BAD_CREDENTIALS = Expected(
    401, "invalid_api_key", ("API key format should be: cx_[32 hexadecimal characters]",)
)
"""No credentials that Connix accepts."""

NOT_JSON = Expected(400, "invalid_json", ("Expected content type application/json",))
"""The body is not said to be JSON."""


def json_refused(says: str) -> Expected:
    """The body is no JSON, and the answer says so and where."""
    return Expected(400, "invalid_json", (says,))


def invalid(*violations: tuple[str, str]) -> Expected:
    """Fields of the body or the query are wrong: pairs of field and code, one after the other."""
    pieces = [(f'"field":"{field}"', f'"code":"{code}"') for field, code in violations]
    return Expected(400, "validation_error", tuple(chain.from_iterable(pieces)))


def head(
    line: bytes, *fields: bytes, host: bytes = b"Host: connix.test", key: bytes = KEY
) -> bytes:
    """Write a head with the usual fields, a key and canaries, and whatever else is wanted.

    Args:
        line: The request line.
        fields: Further fields, as lines.
        host: The line of the host; empty for none.
        key: The API key; empty for none.
    """
    usual = [host, b"User-Agent: " + CANARY, b"Cookie: session=" + CANARY]
    lines = [*usual, b"X-API-Key: " + key if key else b"", *fields]
    return line + b"\r\n" + b"".join(each + b"\r\n" for each in lines if each) + b"\r\n"


def get(path: bytes, *fields: bytes, key: bytes = KEY) -> bytes:
    """Write a GET."""
    return head(b"GET %b HTTP/1.1" % path, *fields, key=key)


def post(
    body: bytes, *fields: bytes, path: bytes = PROJECTS, media: bytes = _JSON, key: bytes = KEY
) -> bytes:
    """Write a POST with a body.

    Args:
        body: The body; its length is announced.
        fields: Further header fields, as lines.
        path: The path.
        media: The line of its type; empty for none.
        key: The API key; empty for none.
    """
    length = b"Content-Length: %d" % len(body)
    return head(b"POST %b HTTP/1.1" % path, length, media, *fields, key=key) + body


def row(name: str, data: bytes, expected: Expected) -> HostileRequest:
    """Make a row; its name must be fit for the command line of a test runner."""
    assert re.fullmatch(r"[A-Za-z0-9 ,.:/+*'-]+", name), name
    return HostileRequest(name, data, expected)
