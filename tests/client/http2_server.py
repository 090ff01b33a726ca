"""A server that speaks HTTP/2 over TLS and answers each request as it is told."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

import h2.config
import h2.connection
import h2.errors
import h2.events

from tests.client.certificates import server_context

__all__ = ["Http2Server", "http2"]

Act = Literal["ok", "refuse", "break", "leave"]
"""Answer 200, refuse the stream untouched, reset it in the middle, or go away before it."""

_BODY = b'{"ok":true}'
_HEAD = [
    (":status", "200"),
    ("content-type", "application/json"),
    ("content-length", str(len(_BODY))),
]


class Http2Server:
    """Takes one connection after the other.

    Args:
        acts: What is done about each request, in order; the last one for all further ones.
    """

    def __init__(self, acts: tuple[Act, ...]) -> None:
        self._acts = list(acts)
        self.methods: list[str] = []
        """The method of each request that arrived."""
        self._context = server_context(address="127.0.0.1", days=29)
        self._context.set_alpn_protocols(["h2"])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        self._lines: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                plain, _ = self._listener.accept()
                self._lines.append(plain)
                thread = threading.Thread(target=self._connected, args=(plain,))
                self._threads.append(thread)
                thread.start()

    def _connected(self, plain: socket.socket) -> None:
        # The caller hangs up first: whoever closes with bytes unread resets the connection.
        with suppress(OSError), self._context.wrap_socket(plain, server_side=True) as line:
            self._lines.append(line)
            self._talk(line)

    def _talk(self, line: socket.socket) -> None:
        state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        state.initiate_connection()
        line.sendall(state.data_to_send())
        while data := line.recv(65_536):
            if state.state_machine.state is h2.connection.ConnectionState.CLOSED:
                continue
            for event in state.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    self.methods.append(dict(event.headers)[b":method"].decode())
                if isinstance(event, h2.events.StreamEnded):
                    self._act(state, event.stream_id)
            line.sendall(state.data_to_send())

    def _act(self, state: h2.connection.H2Connection, stream: int) -> None:
        act = self._acts.pop(0) if len(self._acts) > 1 else self._acts[0]
        if act == "ok":
            state.send_headers(stream, _HEAD)
            state.send_data(stream, _BODY, end_stream=True)
        elif act == "leave":
            state.close_connection(last_stream_id=0)
        else:
            refused, broken = (
                h2.errors.ErrorCodes.REFUSED_STREAM,
                h2.errors.ErrorCodes.INTERNAL_ERROR,
            )
            state.reset_stream(stream, refused if act == "refuse" else broken)

    def close(self) -> None:
        """Stop listening, and hang up."""
        for each in (self._listener, *self._lines):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(5)


@contextmanager
def http2(*acts: Act) -> Iterator[Http2Server]:
    """Serve with HTTP/2 for as long as the block lasts."""
    server = Http2Server(acts)
    try:
        yield server
    finally:
        server.close()
