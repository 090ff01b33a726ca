"""One TCP connection seen byte by byte, with a deadline on everything."""

import re
import select
import socket
import struct
import time
from types import TracebackType
from typing import Self

import msgspec

__all__ = ["Head", "RawAnswer", "RawConnection"]

_STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5][0-9][0-9]) [A-Za-z' -]+")
_FIELD = re.compile(rb"([a-z0-9-]+): ([\x20-\x7e]+)")
_MOST = 1_048_576
_RESET = struct.pack("ii", 1, 0)

Head = tuple[tuple[str, str], ...]
"""Header fields in the order they came."""


class RawAnswer(msgspec.Struct, frozen=True):
    """One response, as it came."""

    status: int
    fields: Head
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every value of a header field."""
        return [value for known, value in self.fields if known == name]

    def one(self, name: str) -> str:
        """The value of a header field that must come exactly once."""
        values = self.all(name)
        assert len(values) == 1, f"{name}: {values}"
        return values[0]

    @property
    def closes(self) -> bool:
        """Whether it says that nothing follows it."""
        return self.all("connection") == ["close"]


class RawConnection:
    """Sends bytes as they are and reads answers strictly.

    Args:
        port: Port of loopback.
        patience: Seconds for everything that is done with it.
    """

    def __init__(self, port: int, *, patience: float = 10.0) -> None:
        self._ends_at = time.monotonic() + patience
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=patience)
        self._read = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes; a reset, or a server that reads no more, is an error."""
        self._hurry()
        self._socket.sendall(data)

    def trickle(self, data: bytes, *, pause: float) -> None:
        """Send bytes one at a time with a pause after each, until an answer comes."""
        for place in range(len(data)):
            self.send(data[place : place + 1])
            if select.select([self._socket], [], [], pause)[0]:
                return

    def end(self) -> None:
        """Say that nothing more will be sent."""
        self._socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Go away without a word, as a killed program does."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._socket.close()

    def answer(self, *, head_only: bool = False, interim: bool = False) -> RawAnswer:
        """Read one answer to its end.

        Args:
            head_only: Whether the request was a HEAD.
            interim: Whether a 1xx is an answer; otherwise the final one is waited for.
        """
        line, *lines = self._until(b"\r\n\r\n").split(b"\r\n")
        status = _STATUS_LINE.fullmatch(line)
        assert status is not None, f"no status line: {line[:100]!r}"
        fields = tuple(map(_field, lines))
        answer = RawAnswer(int(status[1]), fields, b"")
        if answer.status < 200:
            return answer if interim else self.answer(head_only=head_only)
        assert answer.all("transfer-encoding") == []
        bodiless = head_only or answer.status in (204, 304)
        size = 0 if bodiless else int(answer.one("content-length"))
        assert size < _MOST
        return RawAnswer(answer.status, fields, self._exactly(size))

    def take(self, most: int) -> int:
        """Read some bytes and throw them away; returns how many, none at the end."""
        self._hurry()
        return len(self._socket.recv(most))

    def has_answer(self) -> bool:
        """Tell whether something has come that was not read yet."""
        return bool(self._read or select.select([self._socket], [], [], 0)[0])

    def rest(self) -> bytes:
        """Read until the server closes."""
        while self._receive():
            pass
        rest, self._read = self._read, b""
        return rest

    def _until(self, end: bytes) -> bytes:
        while end not in self._read:
            assert len(self._read) < _MOST
            assert self._receive(), f"closed without an answer, after {self._read[:100]!r}"
        found, _, self._read = self._read.partition(end)
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._read) < size:
            assert self._receive(), "closed in the middle of an answer"
        found, self._read = self._read[:size], self._read[size:]
        return found

    def _receive(self) -> bytes:
        self._hurry()
        data = self._socket.recv(65_536)
        self._read += data
        return data

    def _hurry(self) -> None:
        self._socket.settimeout(max(0.01, self._ends_at - time.monotonic()))


def _field(line: bytes) -> tuple[str, str]:
    field = _FIELD.fullmatch(line)
    assert field is not None, f"no header field: {line[:100]!r}"
    return field[1].decode("ascii"), field[2].decode("ascii")
