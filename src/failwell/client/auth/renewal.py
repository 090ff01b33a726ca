"""Renewal: one token for all calls of an `Auth`, fetched once however many find it spent.

The calls may be threads, tasks, or both, and belong to several clients. Whoever first finds
the token spent leads: it has the next one fetched and stored, and all others wait for the same
future. A leader that is cancelled, or out of its own time, hands over to one of them, who goes
on where it was.
"""

import copy
import os
import threading
from concurrent.futures import Future
from weakref import WeakSet

import msgspec

from failwell.client.auth.fetching import Fetch, Fetching
from failwell.client.auth.protocol import AuthTools
from failwell.client.auth.saving import OnTokens, Saving
from failwell.client.auth.tokens import Tokens
from failwell.client.steps import Join, Steps
from failwell.core.exceptions import (
    DeadlineExceededError,
    FaultError,
    ReauthenticationRequiredError,
)

__all__ = ["Held", "Renewal"]

_COOL_DOWN = 1.0
"""Seconds for which a failed renewal also answers those who come a little later."""

_LEAST_LIFE_LEFT = 0.75
"""Part of its life for which a token is used, however great the leeway."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens in use."""

    tokens: Tokens
    """What the log-in gave."""

    generation: int
    """The first is 1."""

    renew_at: float | None = None
    """Unix seconds from which they are renewed ahead of their end."""

    ends_at: float | None = None
    """Unix seconds from which they are not sent any more."""


class _Failed(msgspec.Struct, frozen=True):
    error: Exception
    until: float


_Landing = Held | Exception | None
"""How a flight ended: with tokens, with an error, or handed over."""

_Flight = Future[_Landing]


class Renewal:
    """Holds the tokens of one `Auth` and renews them, one flight at a time.

    Args:
        fetch: Gets new tokens.
        tokens: What is known from before.
        on_tokens: Told of new tokens before they are used.
        leeway: Seconds before their end from which tokens are renewed ahead; at most a
            quarter of their life.
    """

    def __init__(
        self,
        fetch: Fetch,
        *,
        tokens: Tokens | None = None,
        on_tokens: OnTokens | None = None,
        leeway: float = 30.0,
    ) -> None:
        self._fetch = fetch
        self._saving = Saving(on_tokens)
        self._leeway = leeway
        self._generation = 0
        self._spent = 0
        self._begin(tokens)
        self.after_fork()
        _renewals.add(self)

    def _begin(self, tokens: Tokens | None) -> None:
        self._flight: _Flight | None = None
        self._fetching: Fetching | None = None
        self._latched: Exception | None = None
        self._failed: _Failed | None = None
        self._held: Held | None = None
        self._before = tokens
        self._saving.forget()
        if tokens is not None and tokens.access_token:
            ends_at = tokens.expires_at
            renew_at = None if ends_at is None else ends_at - self._leeway
            self._held = self._next(tokens, renew_at, ends_at)

    def _next(self, tokens: Tokens, renew_at: float | None, ends_at: float | None) -> Held:
        self._generation += 1
        return Held(tokens=tokens, generation=self._generation, renew_at=renew_at, ends_at=ends_at)

    def after_fork(self) -> None:
        """Forget who was at work: that thread is not in this process."""
        self._lock = threading.Lock()
        self._flight = self._fetching = None

    def replace(self, tokens: Tokens | None) -> None:
        """Start anew with other credentials; what is under way for the old ones is dropped."""
        with self._lock:
            self._spent = self._generation
            self._begin(tokens)

    def current(self, tools: AuthTools) -> Steps[Held]:
        """Give tokens that are good as far as can be known here; fetch them if need be."""
        held, now = self._held, tools.now()
        if held is None:
            return (yield from self._newer_than(0, tools))
        if held.generation <= self._spent or (held.ends_at is not None and now >= held.ends_at):
            return (yield from self._newer_than(held.generation, tools))
        if held.renew_at is not None and now >= held.renew_at and self._flight is None:
            return (yield from self._ahead(held, tools))
        return held

    def _ahead(self, held: Held, tools: AuthTools) -> Steps[Held]:
        """Renew what still works: only the leader waits, and a failure is not yet a loss."""
        try:
            return (yield from self._newer_than(held.generation, tools))
        except DeadlineExceededError:
            raise
        except FaultError:
            return held

    def after(self, generation: int, tools: AuthTools) -> Steps[Held]:
        """Give newer tokens than those of a generation, which was refused."""
        with self._lock:
            self._spent = max(self._spent, generation)
        return (yield from self._newer_than(generation, tools))

    def _newer_than(self, generation: int, tools: AuthTools) -> Steps[Held]:
        self._saving.refuse_itself()
        while True:
            boarded, leads = self._board(generation, tools)
            if isinstance(boarded, Held):
                return boarded
            landing = yield from self._lead(boarded, tools) if leads else _follow(boarded, tools)
            if isinstance(landing, Exception):
                raise landing
            if landing is not None:
                return landing

    def _board(self, generation: int, tools: AuthTools) -> tuple[Held | _Flight, bool]:
        with self._lock:
            if self._held is not None and self._held.generation > generation:
                return self._held, False
            if self._latched is not None:
                raise _twin(self._latched)
            if self._flight is not None:
                return self._flight, False
            if self._failed is not None and tools.monotonic() < self._failed.until:
                raise _twin(self._failed.error)
            self._flight = Future()
            # From now on nobody who waits for it can cancel it.
            self._flight.set_running_or_notify_cancel()
            return self._flight, True

    def _lead(self, flight: _Flight, tools: AuthTools) -> Steps[_Landing]:
        # None is handed over: this call was cancelled, or ran out of its own time.
        found: Tokens | Exception | None = None
        try:
            found = yield from self._obtain(flight, tools)
        except DeadlineExceededError:
            raise
        except Exception as error:
            found = error
        finally:
            landing = self._land(flight, found, tools)
        return landing

    def _obtain(self, flight: _Flight, tools: AuthTools) -> Steps[Tokens | None]:
        tokens = self._saving.unsaved
        if tokens is None:
            tokens = yield from self._fetched(flight, tools)
        if tokens is not None:
            yield from self._saving.save(tokens, tools)
        return tokens

    def _fetched(self, flight: _Flight, tools: AuthTools) -> Steps[Tokens | None]:
        fetching = self._fetching_for(flight, tools)
        if fetching is None:
            return None
        try:
            tokens = yield from fetching.wait(tools)
        except Exception:
            self._let_go(fetching)
            raise
        # Up to the next step nothing comes between: the old refresh token is spent by now, and
        # the new one is known only here.
        with self._lock:
            if self._flight is not flight:
                return None
            self._fetching = None
            if tokens is not None:
                self._saving.keep(tokens)
        return tokens

    def _fetching_for(self, flight: _Flight, tools: AuthTools) -> Fetching | None:
        with self._lock:
            if self._flight is not flight:
                return None
            fetching, now = self._fetching, tools.monotonic()
            if fetching is None or fetching.useless(now, keeps=_COOL_DOWN):
                fetching = self._fetching = Fetching(self._fetch, self._before)
            return fetching

    def _let_go(self, fetching: Fetching) -> None:
        # One that goes on, or has brought tokens nobody has taken yet, is for the next leader.
        with self._lock:
            if self._fetching is fetching and fetching.failed:
                self._fetching = None

    def _land(
        self, flight: _Flight, found: Tokens | Exception | None, tools: AuthTools
    ) -> _Landing:
        landing: _Landing = None
        with self._lock:
            # Else other credentials have been given in the meantime: this is about the old ones.
            if self._flight is flight:
                self._flight = None
                landing = self._settle(found, tools)
        # The followers' copy: the leader's flow adds the history of its own call to the error.
        flight.set_result(_twin(landing) if isinstance(landing, Exception) else landing)
        return landing

    def _settle(self, found: Tokens | Exception | None, tools: AuthTools) -> _Landing:
        if isinstance(found, Tokens):
            self._held = self._timed(found, tools)
            self._before, self._failed = found, None
            self._saving.forget()
            return self._held
        if isinstance(found, ReauthenticationRequiredError):
            self._latched = _twin(found)
        elif found is not None:
            self._failed = _Failed(_twin(found), tools.monotonic() + _COOL_DOWN)
        return found

    def _timed(self, tokens: Tokens, tools: AuthTools) -> Held:
        now, ends_at = tools.now(), tokens.expires_at
        # A token that is over before it is used has an end that cannot be believed.
        if ends_at is None or ends_at <= now:
            return self._next(tokens, None, None)
        ahead = self._leeway * (1 + tools.random() / 2)
        renew_at = max(ends_at - ahead, now + _LEAST_LIFE_LEFT * (ends_at - now))
        return self._next(tokens, renew_at, ends_at)


def _follow(flight: _Flight, tools: AuthTools) -> Steps[_Landing]:
    landing: _Landing = yield Join(flight, tools.left())
    return _twin(landing) if isinstance(landing, Exception) else landing


def _twin(error: Exception) -> Exception:
    """Copy an error: each caller adds its own traceback to what it raises."""
    try:
        twin = copy.copy(error)
    except Exception:
        return error
    twin.__cause__ = error.__cause__
    return twin


_renewals: WeakSet[Renewal] = WeakSet()


def _after_fork() -> None:
    for renewal in tuple(_renewals):
        renewal.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
