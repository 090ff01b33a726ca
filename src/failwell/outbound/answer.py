"""Reading one HTTP/1.1 answer as its bytes come in, within bounds, whatever the bytes are.

The bytes are parsed by llhttp; here are the bounds, what is kept, and when a connection may be
used again: only after an answer that left no doubt about its end (RFC 9112, 6.3). Nothing waits
or opens anything.
"""

from typing import Literal

import httptools

from failwell.core.redaction import HIDDEN

__all__ = ["KEPT_BODY", "LONGEST_BODY", "LONGEST_HEAD", "AnswerReader", "BadAnswerError"]

LONGEST_HEAD = 32_768
"""Bytes of a status line with its header fields, interim answers before it included."""

LONGEST_BODY = 65_536
"""Bytes of a body that are read; the rest is not waited for."""

KEPT_BODY = 4_096
"""Bytes of a body that are kept."""

# Of everything that may surround a body: chunk sizes with their extensions, trailers.
_LONGEST_ANSWER = LONGEST_HEAD + 2 * LONGEST_BODY
_MOST_FIELDS = 50
_LONGEST_FIELD = 1_024
_SECRET_FIELDS = {"set-cookie", "set-cookie2"}
_INTERIM = range(100, 200)
_SWITCHING = 101
_STATUSES = range(100, 600)
_VERSIONS = {"1.0", "1.1"}


class BadAnswerError(Exception):
    """What came is no answer that can be read.

    Args:
        why: ``http`` for what is no HTTP, ``oversize`` for header fields beyond every bound.
    """

    def __init__(self, why: Literal["http", "oversize"]) -> None:
        super().__init__(why)
        self.why: Literal["http", "oversize"] = why


class AnswerReader:
    """Takes the bytes of one answer, in pieces of any size.

    Methods that begin with ``on_`` are called by the parser.
    """

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

        self._parser = httptools.HttpResponseParser(self)
        # A recipient may take a bare line feed for the end of a line (RFC 9112, 2.2), and has to
        # take a folded field for one (5.2). Odd values are only ever shown.
        self._parser.set_dangerous_leniencies(
            lenient_optional_cr_before_lf=True, lenient_headers=True
        )
        self._fields: list[tuple[bytes, bytes]] = []
        self._head = self._fed = self._read = 0
        self._flawed = self._foreign = self._persistent = self._until_end = False

    def feed(self, data: bytes) -> None:
        """Take a piece.

        Raises:
            BadAnswerError: It cannot be read.
        """
        self._fed += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._flawed = True
        if max(self._head, self._fed if self.status is None else 0) > LONGEST_HEAD:
            raise BadAnswerError("oversize")
        if self._foreign or (self._flawed and not self.done):
            raise BadAnswerError("http")
        if self.done:
            # More than was asked for: whatever comes next on this connection is no answer.
            self.reusable = self.reusable and not self._flawed
        elif self._read >= LONGEST_BODY or self._fed > _LONGEST_ANSWER:
            self.done = True

    def end(self) -> None:
        """Take note that nothing more comes.

        Raises:
            BadAnswerError: The answer is not complete.
        """
        self.reusable = False
        if not self.done and not self._until_end:
            raise BadAnswerError("http")
        self.done = True

    @property
    def begun(self) -> bool:
        """Whether anything has come."""
        return self._fed > 0

    def on_message_begin(self) -> None:
        """Another answer begins; after the one that was asked for that is a flaw."""
        self._flawed = self._flawed or self.done

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field; trailers come here, too."""
        if self.status is None:
            self._head += len(name) + len(value) + len(": \r\n")
            if self._head <= LONGEST_HEAD:
                self._fields.append((name.lower(), value))
            # Two readers may disagree about these (RFC 9112, 5.1; RFC 9110, 5.5).
            self._foreign = self._foreign or b" " in name or b"\0" in value

    def on_headers_complete(self) -> None:
        """Find out what the head says, unless it is an interim one."""
        status, fields = self._parser.get_status_code(), self._fields
        self._fields = []
        interim = status in _INTERIM and status != _SWITCHING
        if interim or self.done or self._head > LONGEST_HEAD:
            return
        # Nobody who speaks HTTP/2 says so in such a line.
        if status not in _STATUSES or self._parser.get_http_version() not in _VERSIONS:
            self._foreign = True
            return
        self.status = status
        self.headers = tuple(_shown(*field) for field in fields[:_MOST_FIELDS])
        self._persistent = self._parser.should_keep_alive() and status != _SWITCHING
        self._until_end = not any(_says_its_end(*field) for field in fields)

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body, and keep the beginning."""
        if not self.done:
            self.kept += body[: KEPT_BODY - len(self.kept)]
            self._read += len(body)

    def on_message_complete(self) -> None:
        """The answer is complete, unless it was an interim one."""
        if self.status is not None and not self.done:
            self.done = True
            self.reusable = self._persistent


def _shown(name: bytes, value: bytes) -> tuple[str, str]:
    text = name.decode("ascii", "replace")
    if text in _SECRET_FIELDS:
        return text, HIDDEN
    return text[:_LONGEST_FIELD], value.decode("utf-8", "replace")[:_LONGEST_FIELD]


def _says_its_end(name: bytes, value: bytes) -> bool:
    """Whether a field means that the end of the connection is not the end of the body."""
    if name == b"transfer-encoding":
        return value.lower().endswith(b"chunked")
    return name == b"content-length"
