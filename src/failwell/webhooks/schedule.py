"""The schedule of a delivery: how long to wait before each of its attempts.

Pure: no clock, no random numbers of its own. Waits are seconds.
"""

import re
from collections.abc import Callable, Sequence

from failwell.core.exceptions import FailwellError

__all__ = ["USUAL_SCHEDULE", "longest_wait", "parse_schedule", "wait_before"]

_MINUTE, _HOUR, _DAY = 60.0, 3_600.0, 86_400.0

USUAL_SCHEDULE = (
    0.0,
    5.0,
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
)
"""Ten attempts in 75 hours, 35 minutes and 5 seconds: a receiver may be away for a long weekend."""

_MOST_JITTER = 0.1
_MOST_ATTEMPTS = 30
_LONGEST = 7 * _DAY
_WAIT = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)([smhd]?)")
_UNITS = {"": 1.0, "s": 1.0, "m": _MINUTE, "h": _HOUR, "d": _DAY}


def parse_schedule(text: str) -> tuple[float, ...]:
    """Read a schedule that an operator wrote: the wait before each attempt, the first one 0.

    Args:
        text: Waits with commas between them, in seconds or with a unit: ``0,5s,5m,2h,1d``.

    Raises:
        FailwellError: It is something else, or has too many or too long waits.

    Examples:
        >>> parse_schedule("0, 5s, 5m")
        (0.0, 5.0, 300.0)
    """
    schedule = tuple(_wait(part.strip()) for part in text.split(","))
    if schedule[0] != 0:
        raise FailwellError(
            f"the first attempt is made at once: a schedule begins with 0, not {schedule[0]:g}"
        )
    if len(schedule) > _MOST_ATTEMPTS:
        raise FailwellError(
            f"a schedule has at most {_MOST_ATTEMPTS} attempts, not {len(schedule)}"
        )
    return schedule


def _wait(text: str) -> float:
    match = _WAIT.fullmatch(text)
    wait = float(match[1]) * _UNITS[match[2]] if match else -1.0
    if not 0 <= wait <= _LONGEST:
        raise FailwellError(
            f"{text[:20]!r} is no wait of a schedule; expected seconds, or a number "
            "with s, m, h or d, of at most 7d: 0,5s,5m,2h"
        )
    return wait


def wait_before(
    schedule: Sequence[float], tries: int, *, random: Callable[[], float]
) -> float | None:
    """Tell how long to wait before the next attempt.

    Up to a tenth is added, so that what failed together does not come back together; an attempt
    is never made earlier than the schedule says.

    Args:
        schedule: The wait before each attempt.
        tries: How many attempts there were.
        random: Gives a number from 0 up to 1.

    Returns:
        Seconds, ``None`` after the last attempt.

    Examples:
        >>> wait_before(USUAL_SCHEDULE, 2, random=lambda: 0.5)
        315.0
        >>> wait_before(USUAL_SCHEDULE, 10, random=lambda: 0.5) is None
        True
    """
    if tries >= len(schedule):
        return None
    return schedule[tries] * (1 + _MOST_JITTER * random())


def longest_wait(schedule: Sequence[float]) -> float:
    """The longest wait that can come of a schedule, in seconds.

    Examples:
        >>> longest_wait((0.0, 10.0, 5.0))
        11.0
    """
    return max(schedule) * (1 + _MOST_JITTER)
