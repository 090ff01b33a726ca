"""Bodies that are sent more than once: files go back to where they began, iterators cannot.

A body that is sent again from where it stopped is empty or half, and the server stores it all
the same. So what cannot be read again is never sent again once a byte of it was read.
"""

from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Iterable,
    Iterator,
    Mapping,
)
from typing import Any, Protocol

import httpx2

__all__ = ["Body", "FromHere", "files_from_here", "from_here", "replayed", "unrepeatable"]


class Body(Protocol):
    """What has to be done to a body before it is sent again."""

    @property
    def replayable(self) -> bool:
        """Whether it can be sent again from its beginning."""
        ...

    def rewind(self) -> None:
        """Go back to the beginning."""
        ...


class FromHere:
    """A file that begins where it stood when it was given to us.

    Args:
        file: A binary file that can seek.
    """

    def __init__(self, file: Any) -> None:
        self._file = file
        self._start: int = file.tell()

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        data: bytes = self._file.read(size)
        return data

    def tell(self) -> int:
        """Tell the place, counted from our beginning."""
        place: int = self._file.tell()
        return place - self._start

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place, counted from our beginning."""
        if whence == 0:
            offset += self._start
        self._file.seek(offset, whence)
        return self.tell()

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(65_536):
            yield piece

    @property
    def replayable(self) -> bool:
        """Whether the file is still open."""
        return not getattr(self._file, "closed", False)

    def rewind(self) -> None:
        """Go back to our beginning."""
        self.seek(0)


class _Stream(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body that is read from somewhere; a file can be sent by tasks as well as by threads.

    Args:
        stream: What is read.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.begun = False

    def __iter__(self) -> Iterator[bytes]:
        self.begun = True
        yield from self._stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.begun = True
        if not isinstance(self._stream, AsyncIterable):
            for piece in self._stream:
                yield piece
            return
        pieces = self._stream.__aiter__()
        try:
            async for piece in pieces:
                yield piece
        finally:
            if isinstance(pieces, AsyncGenerator):
                await pieces.aclose()

    @property
    def replayable(self) -> bool:
        """Whether nothing of it was read: it cannot be read again."""
        return not self.begun

    def rewind(self) -> None:
        """Nothing to do: nothing was read."""


def from_here(value: Any) -> Any:
    """Let a file that can seek begin where it stands; give back anything else as it is."""
    if not hasattr(value, "read") or not hasattr(value, "seek"):
        return value
    try:
        seekable = value.seekable() if hasattr(value, "seekable") else True
        return FromHere(value) if seekable else value
    except (OSError, ValueError):
        return value


def files_from_here(files: Any) -> Any:
    """Do that to the files of a form."""
    pairs = files.items() if isinstance(files, Mapping) else files
    return [(name, _part(part)) for name, part in pairs]


def _part(part: Any) -> Any:
    if isinstance(part, tuple) and len(part) > 1:
        return (part[0], from_here(part[1]), *part[2:])
    return from_here(part)


def replayed(request: httpx2.Request, content: Any, files: Any) -> Body | None:
    """Tell how the body of a request is made ready for another attempt.

    What is read from a file or an iterator is put into a stream that threads and tasks can
    read, and that notices when it is read.

    Args:
        request: The request as it was built.
        content: What the caller gave as content, after `from_here`.
        files: What the caller gave as files, after `from_here`.
    """
    if files:
        if all(_repeats(part) for _, part in files):
            return None
    elif content is None or isinstance(content, bytes | str):
        return None
    stream = _Stream(request.stream)
    request.stream = stream
    if isinstance(content, FromHere):
        return content
    return None if not files and _repeats(content) else stream


def unrepeatable(request: httpx2.Request) -> Body | None:
    """Tell the same of a request somebody else has built: only bytes are known to repeat.

    Args:
        request: A request of an httpx2 client.
    """
    try:
        request.content  # noqa: B018 - asks whether the body is there as a whole
    except httpx2.RequestNotRead:
        stream = _Stream(request.stream)
        request.stream = stream
        return stream
    return None


def _repeats(value: Any) -> bool:
    if isinstance(value, tuple) and len(value) > 1:
        value = value[1]
    if isinstance(value, bytes | str | FromHere):
        return True
    if hasattr(value, "read"):
        return False
    if isinstance(value, AsyncIterable):
        return not isinstance(value, AsyncIterator)
    return isinstance(value, Iterable) and not isinstance(value, Iterator)
