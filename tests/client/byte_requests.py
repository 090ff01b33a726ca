"""Reading a request from a socket just far enough to know where it ends."""

import socket
from typing import NamedTuple

__all__ = ["Head", "read_body", "read_head"]


class Head(NamedTuple):
    """Request line and header fields."""

    method: str
    target: str
    fields: tuple[tuple[str, str], ...]

    def field(self, name: str) -> str | None:
        """The first value of a field."""
        return next((value for known, value in self.fields if known.lower() == name), None)


def read_head(connection: socket.socket, buffer: bytearray) -> Head | None:
    """The next request, or ``None`` when the peer has closed in between."""
    end = _read_until(connection, buffer, b"\r\n\r\n")
    if end < 0:
        return None
    line, *fields = bytes(buffer[:end]).decode("latin-1").split("\r\n")
    del buffer[: end + 4]
    method, target, _ = line.split(" ")
    return Head(method, target, tuple(_pair(each) for each in fields))


def read_body(connection: socket.socket, buffer: bytearray, head: Head) -> tuple[bytes, bool]:
    """The body without the framing of chunks, and whether it came to its end."""
    if "chunked" in (head.field("transfer-encoding") or ""):
        return _read_chunks(connection, buffer)
    wanted = int(head.field("content-length") or 0)
    while len(buffer) < wanted and _read_more(connection, buffer):
        pass
    body = bytes(buffer[:wanted])
    del buffer[:wanted]
    return body, len(body) == wanted


def _read_chunks(connection: socket.socket, buffer: bytearray) -> tuple[bytes, bool]:
    body = b""
    while (end := _read_until(connection, buffer, b"\r\n")) >= 0:
        size = int(bytes(buffer[:end]), 16)
        del buffer[: end + 2]
        while len(buffer) < size + 2 and _read_more(connection, buffer):
            pass
        body += bytes(buffer[:size])
        if len(buffer) < size + 2:
            return body, False
        del buffer[: size + 2]
        if size == 0:
            return body, True
    return body, False


def _read_until(connection: socket.socket, buffer: bytearray, mark: bytes) -> int:
    while (end := buffer.find(mark)) < 0:
        if not _read_more(connection, buffer):
            return -1
    return end


def _read_more(connection: socket.socket, buffer: bytearray) -> bool:
    data = connection.recv(65536)
    buffer += data
    return bool(data)


def _pair(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.strip()
