"""What a hostile or broken server may send, and what a caller may expect of it."""

from dataclasses import dataclass
from typing import Literal

from tests.client.byte_server import Reply, raw_reply

__all__ = ["ERROR", "GOOD", "JSON", "LENGTH", "Hostile", "Promise", "raw"]

Promise = Literal["error", "answer", "either"]
"""A typed error, the right answer, or either of them."""

GOOD = b"HTTP/1.1 200 OK\r\n"
ERROR = b"HTTP/1.1 500 Oops\r\n"
JSON = b'{"ok": true}'
LENGTH = b"content-length: 12\r\n\r\n"


@dataclass(frozen=True)
class Hostile:
    """One hostile answer."""

    name: str
    answer: Reply
    promise: Promise = "error"
    status: int | None = None
    """The status that must survive."""


def raw(name: str, data: bytes, promise: Promise = "error", status: int | None = None) -> Hostile:
    """Bytes, then the connection is closed."""
    return Hostile(name, raw_reply(data), promise, status)
