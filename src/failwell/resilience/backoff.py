"""Backoff: how long to wait when the server names no time of its own.

Full jitter: the wait is drawn evenly below a bound that doubles, so that clients which failed
together do not come back together.
"""

from collections.abc import Callable

from failwell.resilience.policy import RetryPolicy

__all__ = ["backoff", "padded"]

_MOST_DOUBLINGS = 60
_LEAST_SHARE = 0.25
_PAD = 0.5


def backoff(
    retry_number: int, *, policy: RetryPolicy, throttled: bool, random: Callable[[], float]
) -> float:
    """Draw the wait before a retry.

    Evenly between a quarter of the base and ``min(cap, base * 2 ** (retry_number - 1))``. The
    quarter keeps the first retry from being immediate.

    Args:
        retry_number: 1 for the first retry; counts from 1 again after a wait that the server
            asked for, since that wait has already given it time (gRPC A6).
        policy: Bases and cap.
        throttled: Whether the fault is a rate limit, which passes more slowly.
        random: Gives a number from 0 up to 1.

    Returns:
        Seconds.

    Examples:
        >>> backoff(3, policy=RetryPolicy(), throttled=False, random=lambda: 1.0)
        0.4
    """
    base = policy.throttle_base if throttled else policy.base
    most = min(policy.cap, base * 2.0 ** min(max(retry_number, 1) - 1, _MOST_DOUBLINGS))
    least = min(most, base * _LEAST_SHARE)
    return least + (most - least) * random()


def padded(wait: float, random: Callable[[], float], *, most: float = float("inf")) -> float:
    """Lengthen a wait that a server asked for, never shorten it.

    Everybody who was told the same time would come back at the same time; so a tenth is added
    at most, or for short waits up to as much again and half a second at most.

    Args:
        wait: Seconds the server asked for.
        random: Gives a number from 0 up to 1.
        most: Seconds the padding must not pass, what is left of a deadline.
    """
    room = max(0.1 * wait, min(wait, _PAD))
    return max(wait, min(wait + room * random(), most))
