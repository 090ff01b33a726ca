"""A bare client: one real connection per call, nothing interpreted."""

import contextlib
import http.client
import io
import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from failwell.cli.main import main
from tests.running_server import RunningServer

FORM = "application/x-www-form-urlencoded"


class Answer:
    """What came back."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def assert_page(self, status: int, page: str, *, varying: Iterable[Sequence[str]] = ()) -> None:
        """Check that the body is an example of the page, to the byte.

        Args:
            status: The status the page gives.
            page: The JSON as the page prints it.
            varying: Paths of members that stand for any value, ``("error", "timestamp")``.
        """
        expected, found = json.loads(page), self.json
        for path in varying:
            target, source = expected, found
            for step in path[:-1]:
                target, source = target[step], source[step]
            target[path[-1]] = source[path[-1]]
        assert self.status == status, self.body
        assert self.headers["Content-Type"] == "application/json"
        assert self.body.decode() == json.dumps(expected, separators=(",", ":"))


class Caller:
    """Calls one API of a running server.

    Args:
        base_url: Its address with the prefix.
        headers: Header fields of every call; a call overrides one with ``None`` to leave it out.
    """

    answer = Answer
    """What makes an answer of a response."""

    def __init__(self, base_url: str, *, headers: Mapping[str, str] | None = None) -> None:
        place = urlsplit(base_url)
        assert place.hostname == "127.0.0.1"
        assert place.port is not None
        self.port = place.port
        self.prefix = place.path
        self.headers = dict(headers or {})

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str | None] | None = None,
        raw: bytes | None = None,
        prefix: str | None = None,
        timeout: float = 30.0,
    ) -> Answer:
        """Send one request.

        Args:
            method: The method.
            path: Below the prefix.
            body: Sent as JSON.
            headers: Header fields besides and instead of the usual ones; ``None`` leaves one out.
            raw: A body as it is.
            prefix: In front of the path, instead of the API's.
            timeout: Seconds to wait.
        """
        sent: dict[str, str | None] = {**self.headers}
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent |= headers or {}
        content = raw if body is None else msgspec.json.encode(body)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        fields = {name: value for name, value in sent.items() if value is not None}
        target = (self.prefix if prefix is None else prefix) + path
        try:
            connection.request(method, target, content, fields)
            return self.answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path: str, **how: Any) -> Answer:
        return self.call("GET", path, **how)

    def post(self, path: str, body: Any = None, **how: Any) -> Answer:
        return self.call("POST", path, body, **how)

    def put(self, path: str, body: Any = None, **how: Any) -> Answer:
        return self.call("PUT", path, body, **how)

    def patch(self, path: str, body: Any = None, **how: Any) -> Answer:
        return self.call("PATCH", path, body, **how)

    def delete(self, path: str, **how: Any) -> Answer:
        return self.call("DELETE", path, **how)

    def form(self, path: str, fields: Mapping[str, str], **how: Any) -> Answer:
        """Send a form."""
        headers = {"Content-Type": FORM, **how.pop("headers", {})}
        return self.call("POST", path, raw=urlencode(fields).encode(), headers=headers, **how)


def issue(server: RunningServer, api: str, *flags: str) -> dict[str, Any]:
    """Make a credential on the command line."""
    return command(server, "credentials", "issue", "--api", api, *flags)


def command(server: RunningServer, *words: str) -> Any:
    """Run a command beside a server and return what it prints as JSON.

    It runs in this process, in a thread without an event loop: a process of its own would spend
    most of a second on its imports, and tests/cli run the commands as people do.
    """
    with ThreadPoolExecutor(1) as thread:
        code, printed, complaint = thread.submit(
            _run, [*words, "--data", str(server.data), "--json"]
        ).result(30)
    assert code == 0, complaint
    return json.loads(printed)


# What is printed goes to one place at a time.
_PRINTING = threading.Lock()


def _run(words: list[str]) -> tuple[object, str, str]:
    printed, complaint = io.StringIO(), io.StringIO()
    to_us = (contextlib.redirect_stdout(printed), contextlib.redirect_stderr(complaint))
    try:
        with _PRINTING, to_us[0], to_us[1]:
            main(words)
    except SystemExit as end:
        return end.code, printed.getvalue(), complaint.getvalue()
