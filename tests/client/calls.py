"""One call against scripted replies, over time that is faked: how often, after which waits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from failwell.core.exceptions import FaultError
from tests.client.byte_server import Reply, Seen, json_reply, serve
from tests.client.driving import Drive, outcome

__all__ = ["OK", "Called", "call", "failed"]

OK = json_reply(200, {"ok": True})


@dataclass(frozen=True)
class Called:
    """What came of a call."""

    outcome: Any
    """The response, or the exception."""

    slept: list[float]
    """Seconds of every wait."""

    requests: list[Seen]

    @property
    def count(self) -> int:
        """How many requests reached the server."""
        return len(self.requests)

    @property
    def error(self) -> FaultError:
        """The error the call ended with; anything else fails the test."""
        if isinstance(self.outcome, BaseException) and not isinstance(self.outcome, FaultError):
            raise self.outcome
        assert isinstance(self.outcome, FaultError), f"no error: {self.outcome}"
        return self.outcome

    @property
    def status(self) -> int:
        """The status of the response; an error fails the test with its traceback."""
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return int(self.outcome.status_code)


def call(
    drive: Drive,
    *replies: Reply,
    method: str = "GET",
    random: float = 1.0,
    per_call: dict[str, Any] | None = None,
    while_asleep: Callable[[Any], None] = lambda time: None,
    base_url: str | None = None,
    **options: Any,
) -> Called:
    """Make one call to a server that gives these replies in turn, the last for ever.

    Args:
        drive: The world.
        replies: What the server says; 200 when there is none.
        method: The request method.
        random: What the random source always gives; 1 makes every jitter the largest.
        per_call: Arguments of the call itself.
        while_asleep: Told the faked time during every wait.
        base_url: Another address than that of a server with these replies.
        options: Of the client.
    """
    time = drive.fake_time()
    time.asleep = lambda: while_asleep(time)
    with serve(*(replies or (OK,))) as server:
        client = drive.client(
            base_url or server.url, clock=time, sleep=time.sleep, random=lambda: random, **options
        )
        ended = outcome(lambda: client.request(method, "/books/1", **(per_call or {})))
        client.close()
    return Called(ended, time.slept, server.requests)


def failed(status: int = 503, headers: Any = (), body: Any = None) -> Reply:
    """An error of an API nobody has described."""
    return json_reply(status, {"error": "busy"} if body is None else body, headers)
