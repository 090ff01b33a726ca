"""Reading one HTTP/1.1 answer as its bytes come in, within bounds, whatever the bytes are.

Nothing here waits or opens anything. Of an answer only so much is read as somebody will look
at; what is wrong with it is said once, and a connection is used again only after an answer that
left no doubt about its end (RFC 9112, 6.3).
"""

import re
from typing import Literal

from failwell.core.redaction import HIDDEN

__all__ = ["KEPT_BODY", "LONGEST_BODY", "LONGEST_HEAD", "AnswerReader", "BadAnswerError"]

LONGEST_HEAD = 32_768
"""Bytes of a status line with its header fields."""

LONGEST_BODY = 65_536
"""Bytes of a body that are read; the rest is not waited for."""

KEPT_BODY = 4_096
"""Bytes of a body that are kept."""

# Of everything that may surround a body: interim answers, chunk extensions, trailers.
_LONGEST_ANSWER = LONGEST_HEAD + 2 * LONGEST_BODY
_MOST_FIELDS = 50
_LONGEST_FIELD = 1_024
_LONGEST_CHUNK_LINE = 4_096
_SECRET_FIELDS = {"set-cookie", "set-cookie2"}

_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: [^\r\n]*)?")
# Lines may end in a bare line feed (RFC 9112, 2.2).
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"[ \t]*\n[ \t]+")
_FORBIDDEN = re.compile(rb"[\r\0]")
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?")
_LENGTH = re.compile(r"[0-9]{1,18}")
_BEGINNING = b"HTTP/1."
_SWITCHING = 101


class BadAnswerError(Exception):
    """What came is no answer that can be read.

    Args:
        why: ``http`` for what is no HTTP, ``oversize`` for header fields beyond every bound.
    """

    def __init__(self, why: Literal["http", "oversize"]) -> None:
        super().__init__(why)
        self.why: Literal["http", "oversize"] = why


class AnswerReader:
    """Takes the bytes of one answer, in pieces of any size."""

    def __init__(self) -> None:
        self.status: int | None = None
        """Status of the answer, once its head has come."""

        self.headers: tuple[tuple[str, str], ...] = ()
        """Header fields by lower-case name: the first 50, cut at 1,024 characters."""

        self.kept = bytearray()
        """The beginning of the body."""

        self.done = False
        """Whether everything has come that is wanted."""

        self.reusable = False
        """Whether the connection may be used again."""

        self._waiting = bytearray()
        self._looked = 0
        self._fed = 0
        self._read = 0
        self._step = self._take_head
        # Bytes that are still to come, of the body or of a chunk; None without a known end.
        self._left: int | None = None
        self._persistent = False

    def feed(self, data: bytes) -> None:
        """Take a piece.

        Raises:
            BadAnswerError: It cannot be read.
        """
        self._waiting += data
        self._fed += len(data)
        while not self.done and self._step():
            pass
        if self._fed >= _LONGEST_ANSWER and not self.done:
            if self.status is None:
                raise BadAnswerError("oversize")
            self._finish(reusable=False)
        if self.done and self._waiting:
            # More than was asked for: whatever comes next on this connection is no answer.
            self.reusable = False

    def end(self) -> None:
        """Take note that nothing more comes.

        Raises:
            BadAnswerError: The answer is not complete.
        """
        self.reusable = False
        if not self.done:
            if self.status is None or self._left is not None or self._step != self._take_rest:
                raise BadAnswerError("http")
            self.done = True

    @property
    def begun(self) -> bool:
        """Whether anything has come."""
        return self.status is not None or bool(self._waiting)

    def _take_head(self) -> bool:
        waiting = self._waiting
        if not waiting.startswith(_BEGINNING[: len(waiting)]):
            raise BadAnswerError("http")
        # From where the last look ended: a head may come byte by byte.
        end = _END_OF_HEAD.search(waiting, self._looked, LONGEST_HEAD)
        if end is None:
            if len(waiting) >= LONGEST_HEAD:
                raise BadAnswerError("oversize")
            self._looked = max(0, len(waiting) - 3)
            return False
        first, *lines = _lines(bytes(waiting[: end.start()]))
        del waiting[: end.end()]
        self._looked = 0
        line = _STATUS_LINE.fullmatch(first)
        if line is None:
            raise BadAnswerError("http")
        status = int(line[2])
        if 100 <= status < 200 and status != _SWITCHING:
            # Interim: the answer is still to come.
            return True
        self.status = status
        self._begin_body([_field(each) for each in lines], newer=line[1] == b"1")
        return True

    def _begin_body(self, fields: list[tuple[str, str]], *, newer: bool) -> None:
        self.headers = tuple(
            (name, HIDDEN if name in _SECRET_FIELDS else value[:_LONGEST_FIELD])
            for name, value in fields[:_MOST_FIELDS]
        )
        codings = _words(fields, "transfer-encoding")
        lengths = set(_words(fields, "content-length"))
        self._persistent = newer and "close" not in _words(fields, "connection")
        if self.status in {_SWITCHING, 204, 304}:
            self._finish(reusable=self.status != _SWITCHING)
        elif codings:
            # With a length besides, one of the two lies.
            self._persistent = self._persistent and not lengths
            self._step = self._take_chunk_line if codings[-1] == "chunked" else self._take_rest
        elif lengths:
            self._left = _length(lengths)
            self._step = self._take_body
        else:
            self._step = self._take_rest

    def _take_body(self) -> bool:
        self._take()
        if self._left == 0:
            self._finish(reusable=True)
        return False

    def _take_rest(self) -> bool:
        self._take()
        return False

    def _take_chunk_line(self) -> bool:
        line = self._line()
        if line is None:
            return False
        size = _CHUNK_SIZE.fullmatch(line)
        if size is None:
            raise BadAnswerError("http")
        self._left = int(size[1], 16)
        self._step = self._take_chunk if self._left else self._take_trailer
        self._stop_at_bound()
        return True

    def _take_chunk(self) -> bool:
        self._take()
        if self._left or len(self._waiting) < 2:
            return False
        if not self._waiting.startswith(b"\r\n"):
            raise BadAnswerError("http")
        del self._waiting[:2]
        self._step = self._take_chunk_line
        return True

    def _take_trailer(self) -> bool:
        line = self._line()
        if line == b"":
            self._finish(reusable=True)
        return line is not None

    def _take(self) -> None:
        """Take what has come of a body; enough is enough."""
        waiting, left = self._waiting, self._left
        size = len(waiting) if left is None else min(left, len(waiting))
        self.kept += waiting[: min(size, KEPT_BODY - len(self.kept))]
        self._read += size
        self._left = None if left is None else left - size
        del waiting[:size]
        self._stop_at_bound()

    def _stop_at_bound(self) -> None:
        if self._read >= LONGEST_BODY and self._left != 0:
            self._finish(reusable=False)

    def _line(self) -> bytes | None:
        end = self._waiting.find(b"\r\n", 0, _LONGEST_CHUNK_LINE)
        if end < 0:
            if len(self._waiting) >= _LONGEST_CHUNK_LINE:
                raise BadAnswerError("http")
            return None
        line = bytes(self._waiting[:end])
        del self._waiting[: end + 2]
        return line

    def _finish(self, *, reusable: bool) -> None:
        self.done = True
        self.reusable = reusable and self._persistent


def _lines(head: bytes) -> list[bytes]:
    text = head.replace(b"\r\n", b"\n")
    # Folded ones stand for one (RFC 9112, 5.2).
    return (_FOLD.sub(b" ", text) if b"\n " in text or b"\n\t" in text else text).split(b"\n")


def _field(line: bytes) -> tuple[str, str]:
    name, colon, value = line.partition(b":")
    if not colon or not _NAME.fullmatch(name) or _FORBIDDEN.search(value):
        raise BadAnswerError("http")
    return name.decode("ascii").lower(), value.strip(b" \t").decode("utf-8", "replace")


def _words(fields: list[tuple[str, str]], name: str) -> list[str]:
    """The words of a list, over all fields of that name."""
    return [
        word.strip().lower() for key, value in fields if key == name for word in value.split(",")
    ]


def _length(lengths: set[str]) -> int:
    (length, *others) = lengths
    if others or not _LENGTH.fullmatch(length):
        raise BadAnswerError("http")
    return int(length)
