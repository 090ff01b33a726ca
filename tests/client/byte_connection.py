"""One connection of the byte server: reads requests, plays replies, notes when the peer goes."""

import contextlib
import select
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable

from tests.client.byte_replies import End, Reply
from tests.client.byte_requests import Head, read_body, read_head

__all__ = ["Connection", "shut"]

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Connection:
    """One connection.

    Args:
        peer: Its socket.
        stopping: Set when the server ends; then nothing more is noted.
    """

    def __init__(self, peer: socket.socket, stopping: threading.Event) -> None:
        self.gone_at: float | None = None
        """Monotonic seconds when the peer was found gone."""
        self._peer = self._wire = peer
        self._stopping = stopping
        self._buffer = bytearray()

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Speak TLS from here on."""
        # The plain socket stays whose it is, so that whoever ends it ends both.
        self._peer = context.wrap_socket(self._peer.dup(), server_side=True)

    def close(self) -> None:
        """Close what `encrypt` has opened."""
        self._peer.close()

    def read_head(self) -> Head | None:
        """The next request, or ``None`` when there is no further one."""
        head = read_head(self._peer, self._buffer)
        if head is None:
            self._gone()
        return head

    def read_body(self, head: Head) -> tuple[bytes, bool]:
        """The body of a request, and whether it came to its end."""
        return read_body(self._peer, self._buffer, head)

    def play(self, answer: Reply, count: Callable[[int], None]) -> bool:
        """Send a reply.

        Args:
            answer: What is sent.
            count: Told how many bytes have left.

        Returns:
            Whether another request may follow.
        """
        if answer.before and not self._pause(answer.before):
            return False
        for index, piece in enumerate(answer.pieces()):
            if index and answer.pause and not self._pause(answer.pause):
                return False
            self._send(piece, count)
        return self._finish(answer.end)

    def _send(self, piece: bytes, count: Callable[[int], None]) -> None:
        left = memoryview(piece)
        while left:
            try:
                sent = self._peer.send(left)
            except OSError:
                self._gone()
                raise
            left = left[sent:]
            count(sent)

    def _finish(self, end: End) -> bool:
        if end == "keep":
            return True
        if end == "reset":
            self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            return False
        if end in ("close", "half"):
            self._peer.shutdown(socket.SHUT_WR)
        if end in ("half", "hold"):
            self._until_gone()
        return False

    def _until_gone(self) -> None:
        with contextlib.suppress(OSError):
            while self._peer.recv(65536):
                pass
        self._gone()

    def _pause(self, seconds: float) -> bool:
        """Let time pass; false when the peer has gone or the server stops meanwhile."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self._wire], [], [], left)[0]:
                return True
            if not self._wire.recv(1, socket.MSG_PEEK):
                self._gone()
                return False
            # Something was sent early; it stays where it is.
            if self._stopping.wait(min(left, 0.01)):
                return False
        return True

    def _gone(self) -> None:
        if not self._stopping.is_set() and self.gone_at is None:
            self.gone_at = time.monotonic()


def shut(connection: socket.socket) -> None:
    """End a connection or a listener both ways, if it is not already."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
