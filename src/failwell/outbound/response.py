"""The answer of another server, read within bounds."""

import zlib
from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

import msgspec

from failwell.core.exceptions import UpstreamError

__all__ = ["Chunks", "LongBodyError", "OutboundResponse", "UnreadableBodyError", "decompressed"]

# 16 and more accept a gzip frame, 15 a zlib one (RFC 9110, 8.4.1).
_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class OutboundResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What another server answered."""

    status: int
    """The status, of whatever class."""

    headers: Mapping[str, str]
    """Header fields by lower-case name; of repeated ones the last."""

    body: bytes
    """The whole body, decompressed."""

    upstream: str
    """What the other server is called in faults."""

    def json(self) -> Any:
        """Parse the body.

        Raises:
            UpstreamError: It is not JSON.
        """
        try:
            return msgspec.json.decode(self.body)
        except (ValueError, RecursionError) as error:
            raise UpstreamError(upstream=self.upstream) from error


class UnreadableBodyError(Exception):
    """A body that is too long or not what its header fields say."""


class LongBodyError(UnreadableBodyError):
    """A body that is longer than it may be."""


class Chunks(Protocol):
    """A body that arrives in pieces."""

    def iter_any(self) -> AsyncIterator[bytes]:
        """Yield the pieces as they come."""
        ...


async def decompressed(content: Chunks, *, encoding: str, limit: int) -> bytes:
    """Read a body to its end, undoing its content coding, up to a size.

    Args:
        content: The pieces as they come from the network.
        encoding: Its ``Content-Encoding``, empty for none.
        limit: Bytes it may have, decompressed; a small piece can hold a thousand times
            its size, so the bound is kept inside the decompressor.

    Raises:
        LongBodyError: It is longer.
        UnreadableBodyError: It is broken, or in a coding we never asked for.
    """
    unpack = _Unpacker(encoding, limit)
    async for chunk in content.iter_any():
        unpack.feed(chunk)
    return unpack.end()


class _Unpacker:
    def __init__(self, encoding: str, limit: int) -> None:
        name = encoding.strip().lower()
        if name not in {"", "identity", *_WINDOW_BITS}:
            raise UnreadableBodyError("unknown content coding")
        bits = _WINDOW_BITS.get(name)
        self._inflate = None if bits is None else zlib.decompressobj(bits)
        self._limit = limit
        self._body = bytearray()

    def feed(self, chunk: bytes) -> None:
        if self._inflate is not None:
            room = self._limit - len(self._body) + 1
            try:
                chunk = self._inflate.decompress(chunk, room)
            except zlib.error as error:
                raise UnreadableBodyError("broken content coding") from error
        self._body += chunk
        if len(self._body) > self._limit:
            raise LongBodyError("body too long")

    def end(self) -> bytes:
        if self._inflate is not None and self._body and not self._inflate.eof:
            raise UnreadableBodyError("content coding cut off")
        return bytes(self._body)
