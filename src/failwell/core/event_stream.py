"""Server-sent events: the parser of ``text/event-stream`` (WHATWG HTML, 9.2.6), without a socket.

Pieces of bytes go in wherever the line happened to cut them, whole events come out.
"""

import codecs
import re
from collections.abc import Iterator

import msgspec

__all__ = ["LARGEST_EVENT", "EventReader", "ServerEvent"]

LARGEST_EVENT = 8 * 1024 * 1024
"""Characters of one event. A stream with a larger one is broken, or meant to do harm."""

_END_OF_LINE = re.compile(r"\r\n|\n|\r")


class ServerEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a stream."""

    name: str = "message"
    """What sort of event it is (``event:``)."""

    data: str
    """Its text, lines joined with a line feed (``data:``)."""

    id: str = ""
    """The last id that the stream has told (``id:``), to go on from there."""

    retry: int | None = None
    """Milliseconds after which to connect again, where this event told them (``retry:``)."""


class EventReader:
    """Reads one stream.

    Examples:
        >>> reader = EventReader()
        >>> list(reader.feed(b"event: error\\ndata: {")), list(reader.feed(b"}\\n\\n"))
        ([], [ServerEvent(name='error', data='{}', id='', retry=None)])
    """

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._text = ""
        self._begun = False
        self._name = ""
        self._data: list[str] = []
        self._size = 0
        self._retry: int | None = None
        self._id = ""

    def feed(self, piece: bytes) -> Iterator[ServerEvent]:
        """Take a piece of the stream, and give the events that are whole now.

        Raises:
            ValueError: An event is larger than `LARGEST_EVENT`.
        """
        text = self._decode(piece)
        if not self._begun and text:
            text, self._begun = text.removeprefix("\ufeff"), True
        # What was there before has no end of line but perhaps a CR at its end.
        seen = max(len(self._text) - 1, 0)
        self._text += text
        for line in self._lines(seen):
            event = self._take(line)
            if event is not None:
                yield event
        if len(self._text) + self._size > LARGEST_EVENT:
            raise ValueError(f"an event of more than {LARGEST_EVENT} characters")

    def _lines(self, seen: int) -> Iterator[str]:
        text, at = self._text, 0
        while (end := _END_OF_LINE.search(text, max(at, seen))) is not None:
            if end[0] == "\r" and end.end() == len(text):
                # Its line feed may be the first of the next piece.
                break
            yield text[at : end.start()]
            at = end.end()
        self._text = text[at:]

    def _take(self, line: str) -> ServerEvent | None:
        if not line:
            return self._dispatched()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
            self._size += len(value) + 1
        elif field == "event":
            self._name = value
        elif field == "id" and "\0" not in value:
            self._id = value
        elif field == "retry" and value.isascii() and value.isdigit() and len(value) < 10:
            self._retry = int(value)
        return None

    def _dispatched(self) -> ServerEvent | None:
        data, name, retry = self._data, self._name, self._retry
        self._data, self._name, self._size, self._retry = [], "", 0, None
        if not data:
            return None
        return ServerEvent(name=name or "message", data="\n".join(data), id=self._id, retry=retry)
