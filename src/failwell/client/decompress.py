"""Decompression of error bodies, held to a size: a small body may unfold to gigabytes."""

import importlib
import zlib
from collections.abc import Callable
from typing import Any

import msgspec

__all__ = ["Unpacked", "unpacked"]

_MOST_LAYERS = 3


class Unpacked(msgspec.Struct, frozen=True, kw_only=True):
    """A body without its content coding."""

    body: bytes
    """What came out; of a coding we cannot read, what went in."""

    truncated: bool = False
    """Whether there was more than the limit."""

    broken: str | None = None
    """Why it could not be read to its end."""


def unpacked(raw: bytes, encoding: str, *, limit: int) -> Unpacked:
    """Take the content codings off a body (RFC 9110, 8.4.1). Never raises.

    Args:
        raw: The body as it came, possibly cut off.
        encoding: Value of ``Content-Encoding``.
        limit: Bytes that may come out, of each coding.
    """
    names = [name for word in encoding.lower().split(",") if (name := word.strip())]
    layers = [name for name in reversed(names) if name != "identity"]
    result = Unpacked(body=raw[:limit], truncated=len(raw) > limit)
    if len(layers) > _MOST_LAYERS:
        return msgspec.structs.replace(result, broken=f"{len(layers)} content codings")
    for name in layers:
        result = _one(result, name, limit)
        if result.broken:
            break
    return result


def _one(before: Unpacked, name: str, limit: int) -> Unpacked:
    unpack = _CODINGS.get(name)
    if unpack is None:
        return msgspec.structs.replace(before, broken=f"unknown content coding {name[:40]!r}")
    try:
        body, more = unpack(before.body, limit)
    except Exception as error:  # each library has errors of its own
        # Some servers name a coding and send the body as it is.
        return msgspec.structs.replace(before, broken=f"bad {name} body: {type(error).__name__}")
    return Unpacked(body=body, truncated=before.truncated or more)


def _gzip(raw: bytes, limit: int) -> tuple[bytes, bool]:
    return _inflate(raw, limit, zlib.MAX_WBITS | 16)


def _deflate(raw: bytes, limit: int) -> tuple[bytes, bool]:
    # "deflate" means zlib (RFC 9110, 8.4.1.2), and some servers send it bare.
    try:
        return _inflate(raw, limit, zlib.MAX_WBITS)
    except zlib.error:
        return _inflate(raw, limit, -zlib.MAX_WBITS)


def _inflate(raw: bytes, limit: int, window: int) -> tuple[bytes, bool]:
    unpacker = zlib.decompressobj(window)
    pieces: list[bytes] = []
    size = 0
    # In pieces, so that what came before a broken byte is kept.
    for start in range(0, len(raw), 1024):
        try:
            piece = unpacker.decompress(raw[start : start + 1024], limit + 1 - size)
        except zlib.error:
            if not pieces:
                raise
            break
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            return b"".join(pieces)[:limit], True
    return b"".join(pieces), not unpacker.eof


def _brotli(raw: bytes, limit: int) -> tuple[bytes, bool]:
    try:
        library = importlib.import_module("brotli")
    except ImportError:
        library = importlib.import_module("brotlicffi")
    unpacker = library.Decompressor()
    body = unpacker.process(raw, output_buffer_limit=limit)
    return body[:limit], len(body) >= limit or not unpacker.is_finished()


def _zstd(raw: bytes, limit: int) -> tuple[bytes, bool]:
    try:
        library: Any = importlib.import_module("compression.zstd")
    except ImportError:
        library = importlib.import_module("backports.zstd")
    unpacker = library.ZstdDecompressor()
    body = unpacker.decompress(raw, limit)
    return body, not unpacker.eof


_CODINGS: dict[str, Callable[[bytes, int], tuple[bytes, bool]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
