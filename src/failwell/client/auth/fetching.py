"""Fetching tokens apart from the calls that wait for them.

A server that rotates refresh tokens ends the old one when it reads the request. If the request
were part of a call, and that call cancelled, the answer with the new one would be lost, and
asking again with the old one would look like theft (RFC 9700, 4.14.2). So the request runs on by
itself; whoever needs a token next finds its answer.
"""

import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from typing import Literal

from failwell.client.auth.protocol import AuthTools
from failwell.client.auth.tokens import Tokens
from failwell.client.steps import Detach, Join, Steps
from failwell.core.exceptions import DeadlineExceededError

__all__ = ["PATIENCE", "Fetch", "Fetching"]

PATIENCE = 3.0
"""Seconds for which a fetch is waited for whose starter has left, perhaps because it hangs."""

Fetch = Callable[[Tokens | None, AuthTools], Steps[Tokens]]
"""Gets new tokens, given those that they replace."""


class Fetching:
    """One fetch, which outlives the call that started it.

    Args:
        fetch: Gets the tokens.
        before: Those that they replace.
    """

    def __init__(self, fetch: Fetch, before: Tokens | None) -> None:
        self._fetch = fetch
        self._before = before
        self._state: Literal["new", "started", "begun", "over"] = "new"
        self._lock = threading.Lock()
        self._ended_at = 0.0
        self._given_up = False
        self._found: Future[Tokens | Exception | None] = Future()
        self._found.set_running_or_notify_cancel()

    def wait(self, tools: AuthTools) -> Steps[Tokens | None]:
        """Give the tokens, and start the fetch if nobody has.

        Returns:
            The tokens; ``None`` when another fetch is needed: this one was cut off, or its
            starter has left and it takes too long.
        """
        started = self._moved("new", "started")
        if started:
            yield from self._start(tools)
            found = yield Join(self._found, tools.left())
        else:
            found = yield from self._inherited(tools)
        if isinstance(found, Exception):
            raise found
        tokens: Tokens | None = found
        return tokens

    def _inherited(self, tools: AuthTools) -> Steps[Tokens | Exception | None]:
        left = tools.left()
        patience = PATIENCE if left is None else min(left, PATIENCE)
        try:
            found: Tokens | Exception | None = yield Join(self._found, patience)
        except DeadlineExceededError:
            if left is not None and left <= patience:
                raise
            self._given_up = True
            return None
        # That its starter had too little time is nobody else's error.
        return None if isinstance(found, DeadlineExceededError) else found

    def _start(self, tools: AuthTools) -> Steps[None]:
        steps = self._run(tools)
        # Where nobody ever runs the steps, because a loop has ended, nobody waits in vain.
        weakref.finalize(steps, self._forgotten).atexit = False
        try:
            yield Detach(steps)
        except BaseException:
            self._forgotten()
            raise

    def _run(self, tools: AuthTools) -> Steps[None]:
        if not self._moved("started", "begun"):
            return
        found: Tokens | Exception | None = None
        try:
            found = yield from self._fetch(self._before, tools)
        except Exception as error:
            found = error
        finally:
            self._ended_at = tools.monotonic()
            self._found.set_result(found)

    def _forgotten(self) -> None:
        if self._moved("started", "over"):
            self._found.set_result(None)

    def _moved(self, before: str, after: Literal["started", "begun", "over"]) -> bool:
        with self._lock:
            if self._state != before:
                return False
            self._state = after
            return True

    @property
    def failed(self) -> bool:
        """Whether it is over and has brought no tokens."""
        return self._found.done() and not isinstance(self._found.result(), Tokens)

    def useless(self, now: float, *, keeps: float) -> bool:
        """Tell whether another fetch must be started for who needs tokens.

        Args:
            now: Monotonic seconds.
            keeps: Seconds for which a failure still counts.
        """
        if not self.failed:
            return self._given_up
        found = self._found.result()
        passing = found is None or isinstance(found, DeadlineExceededError)
        return passing or now >= self._ended_at + keeps
