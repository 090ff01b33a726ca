"""A server behind the APIs that can be told to be slow, or to hang up."""

import http.server
import threading
import time
from types import TracebackType
from typing import Any, Self

__all__ = ["SlowHost"]


class SlowHost:
    """Listens on a free port of loopback; what it does is an attribute."""

    def __init__(self) -> None:
        self.sleeps = 0.0
        """Seconds before it does anything."""

        self.hangs_up = False
        """Whether it closes the connection without a word."""

        self.asked = threading.Event()
        """Set when somebody asked."""

        host = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def _answer(self) -> None:
                host.asked.set()
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                time.sleep(host.sleeps)
                if not host.hangs_up:
                    self.send_response(200)
                    self.send_header("Content-Length", "2")
                    self.end_headers()
                    self.wfile.write(b"{}")

            do_GET = do_POST = do_PUT = _answer  # noqa: N815  # names the library looks for

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        # A caller that gave up is no news.
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # callers that hang up are no news
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
