"""Streams: a body the caller reads piece by piece, whose errors are ours too."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

__all__ = ["unpacking", "watch_body"]

Explain = Callable[[httpx2.RequestError], Exception]


class _Watched(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    def __init__(self, stream: Any, explain: Explain) -> None:
        self._stream = stream
        self.explain = explain

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._stream
        except httpx2.RequestError as error:
            raise self.explain(error) from error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = self._stream.__aiter__()
        try:
            async for piece in pieces:
                yield piece
        except httpx2.RequestError as error:
            raise self.explain(error) from error
        finally:
            if isinstance(pieces, AsyncGenerator):
                await pieces.aclose()

    def close(self) -> None:
        self._stream.close()

    async def aclose(self) -> None:
        await self._stream.aclose()


def watch_body(response: httpx2.Response, explain: Explain) -> None:
    """Let what breaks the reading of a body come out as an error of ours.

    Args:
        response: A response whose body is still to be read.
        explain: Makes our error from what the HTTP library raised.
    """
    response.stream = _Watched(response.stream, explain)


@contextmanager
def unpacking(response: httpx2.Response) -> Iterator[None]:
    """Let a body that cannot be unpacked come out as an error of ours, too.

    The HTTP library unpacks what has come through the stream, so the stream does not see it.

    Args:
        response: A response after `watch_body`.
    """
    try:
        yield
    except httpx2.DecodingError as error:
        stream = response.stream
        if not isinstance(stream, _Watched):
            raise
        raise stream.explain(error) from error
