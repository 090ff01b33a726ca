"""Replies for `tests.client.byte_server`: bytes, and how they go out."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

__all__ = [
    "HANG",
    "LOST",
    "RESET",
    "End",
    "Reply",
    "bomb_reply",
    "gzip_reply",
    "html_reply",
    "huge_reply",
    "json_reply",
    "raw_reply",
    "reply",
]

End = Literal["keep", "close", "half", "hold", "reset"]
"""What becomes of the connection after a reply.

``keep``: the next request may follow. ``close``: it is closed in order, both ways. ``half``: only
our side is closed. ``hold``: it stays open and silent. ``reset``: the peer gets a RST.
"""

Fields = Mapping[str, str] | Iterable[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What one request is answered with."""

    data: bytes = b""
    """The exact bytes, head and all."""

    more: Callable[[], Iterable[bytes]] | None = None
    """Further pieces after ``data``, made while they go out: for what should not lie in memory."""

    before: float = 0.0
    """Seconds before the first byte."""

    piece: int = 0
    """Bytes of ``data`` sent at a time; 0 sends them all at once."""

    pause: float = 0.0
    """Seconds between two pieces."""

    end: End = "keep"

    def slow(self, *, piece: int, pause: float) -> "Reply":
        """The same bytes, dripped."""
        return replace(self, piece=piece, pause=pause)

    def after(self, seconds: float) -> "Reply":
        """The same reply, later."""
        return replace(self, before=seconds)

    def then(self, end: End) -> "Reply":
        """The same bytes with another end."""
        return replace(self, end=end)

    def cut(self, *, last: int, end: End = "close") -> "Reply":
        """Without its last bytes, as when the line breaks."""
        return replace(self, data=self.data[:-last], end=end)

    def pieces(self) -> Iterator[bytes]:
        """What is sent at a time."""
        step = self.piece or max(len(self.data), 1)
        for start in range(0, len(self.data), step):
            yield self.data[start : start + step]
        if self.more:
            yield from self.more()


HANG = Reply(end="hold")
"""Never answers."""

LOST = Reply(end="close")
"""Has read the request and closes without a word."""

RESET = Reply(end="reset")
"""Has read the request and resets the connection."""


def reply(
    status: int,
    body: bytes = b"",
    headers: Fields = (),
    *,
    reason: str = "Whatever",
    length: int | str | None = None,
) -> Reply:
    """A response with a content length; ``length`` lets it lie, ``""`` leaves it out."""
    fields = list(headers.items() if isinstance(headers, Mapping) else headers)
    said = len(body) if length is None else length
    if said != "":
        fields.append(("content-length", str(said)))
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    line = f"HTTP/1.1 {status} {reason}\r\n{head}\r\n"
    return Reply(data=line.encode("utf-8", "surrogateescape") + body)


def json_reply(status: int, value: Any = None, headers: Fields = ()) -> Reply:
    """A response with a JSON body."""
    return _typed("application/json", status, json.dumps(value).encode(), headers)


def html_reply(
    status: int, text: str = "<html><h1>Bad Gateway</h1>", headers: Fields = ()
) -> Reply:
    """A response as a proxy in front of an API makes it."""
    return _typed("text/html; charset=utf-8", status, text.encode(), headers)


def gzip_reply(status: int, value: Any, *, broken: bool = False) -> Reply:
    """A compressed JSON body; ``broken`` damages its middle."""
    body = gzip.compress(json.dumps(value).encode(), mtime=0)
    if broken:
        middle = len(body) // 2
        body = body[:middle] + bytes(each ^ 0xFF for each in body[middle : middle + 4]) + body[-4:]
    return _typed("application/json", status, body, {"content-encoding": "gzip"})


def bomb_reply(status: int, *, unpacked: int = 256 * 1024 * 1024) -> Reply:
    """A small gzip body that unpacks to very much."""
    packer = zlib.compressobj(9, wbits=31)
    block = bytes(1024 * 1024)
    body = b"".join(packer.compress(block) for _ in range(unpacked // len(block))) + packer.flush()
    return _typed("application/json", status, body, {"content-encoding": "gzip"})


def huge_reply(status: int, *, size: int = 64 * 1024 * 1024, headers: Fields = ()) -> Reply:
    """A plain text body of very many bytes, announced by its content length."""
    block = b"x" * 65536
    head = reply(status, b"", [*_pairs(headers), ("content-type", "text/plain")], length=size)
    return replace(head, more=lambda: (block for _ in range(size // len(block))))


def raw_reply(data: bytes, *, end: End = "close") -> Reply:
    """Bytes as they are."""
    return Reply(data=data, end=end)


def _pairs(headers: Fields) -> list[tuple[str, str]]:
    return list(headers.items() if isinstance(headers, Mapping) else headers)


def _typed(media_type: str, status: int, body: bytes, headers: Fields) -> Reply:
    fields = _pairs(headers)
    if not any(name.lower() == "content-type" for name, _ in fields):
        fields.insert(0, ("content-type", media_type))
    return reply(status, body, fields)
