"""The verdict on an attempt: what its delivery and its endpoint do next. Pure.

The answer of a receiver can end a delivery (``410``, ``webhook-delivery: abort-message``), ask
for patience (``Retry-After``) or simply be wrong; everything else follows the schedule.
"""

import functools
from collections.abc import Callable, Sequence

from failwell.resilience.delay import server_wait
from failwell.stores.endpoints import Endpoint
from failwell.stores.outbox import Attempt, Delivery, Outcome
from failwell.webhooks.schedule import wait_before

__all__ = ["LONGEST_PAUSE", "verdict"]

LONGEST_PAUSE = 86_400.0
"""Seconds that a receiver may ask us to stay away; a day."""

_HOUR = 3_600.0
_SHORT_PAUSE = 60.0
_GONE = 410
_OVERLOADED = {429, 502, 503, 504}


def verdict(
    attempt: Attempt,
    delivery: Delivery,
    endpoint: Endpoint,
    *,
    now: float,
    schedule: Sequence[float],
    random: Callable[[], float],
) -> Outcome:
    """Say what follows from an attempt.

    Args:
        attempt: The attempt.
        delivery: Its delivery, as it stood before.
        endpoint: Its endpoint, as it stood before.
        now: The moment, by the clock that schedules follow.
        schedule: The wait before each attempt.
        random: Gives a number from 0 up to 1.
    """
    ended = functools.partial(Outcome, attempt=attempt, endpoint_id=endpoint.id)
    if attempt.error is None:
        return ended(state="delivered")
    if attempt.status == _GONE:
        return ended(state="parked", disable="gone")
    if _aborted(attempt):
        return ended(state="refused")
    asked = _asked(attempt)
    wait = wait_before(schedule, delivery.tries + 1, random=random)
    pause = max(_pause(attempt, asked, wait), _patience(endpoint, schedule))
    throttle = now + pause if pause else None
    if wait is None:
        return ended(state="exhausted", throttle_until=throttle)
    wait = max(wait, asked, _HOUR if attempt.error == "blocked" else 0.0)
    return ended(state="pending", next_at=now + wait, throttle_until=throttle)


def _aborted(attempt: Attempt) -> bool:
    """Whether the receiver never wants to see this one again; a word of Svix's."""
    told = dict(attempt.response_headers).get("webhook-delivery", "")
    return told.strip().lower() == "abort-message"


def _asked(attempt: Attempt) -> float:
    """Seconds the receiver asks us to wait, 0 for none."""
    if attempt.status not in _OVERLOADED:
        return 0.0
    answered_at = attempt.at + attempt.seconds
    asked = server_wait(attempt.status, dict(attempt.response_headers), now=answered_at)
    return 0.0 if asked is None else min(asked.seconds, LONGEST_PAUSE)


def _pause(attempt: Attempt, asked: float, wait: float | None) -> float:
    """Seconds that nothing goes to an endpoint that says it is overloaded."""
    if attempt.status not in _OVERLOADED:
        return 0.0
    return asked or min(wait or _SHORT_PAUSE, _SHORT_PAUSE)


def _patience(endpoint: Endpoint, schedule: Sequence[float]) -> float:
    """Seconds until an endpoint on probation is probed again, by how often that failed."""
    if endpoint.state != "probing":
        return 0.0
    return schedule[min(endpoint.failed_attempts + 1, len(schedule) - 1)]
