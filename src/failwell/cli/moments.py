"""Moments that people type: ISO 8601, in UTC unless they say otherwise."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from failwell.cli.terminal import UsageError

__all__ = ["read_moment", "read_zone"]


def read_zone(name: str, option: str) -> ZoneInfo:
    """Find a time zone.

    Args:
        name: As the IANA list has it, ``Europe/Berlin``.
        option: The option it was given to, for the text.

    Raises:
        UsageError: There is none of this name on this machine.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f"{option} {name!r}: no such time zone here; expected a name such as Europe/Berlin"
        ) from None


def read_moment(text: str, option: str, zone: tzinfo = UTC) -> float:
    """Read a moment as Unix seconds.

    Args:
        text: ``2026-01-15T16:00``, with an offset or ``Z`` if wanted.
        option: The option it was given to, for the text.
        zone: Where a moment without an offset is meant.

    Raises:
        UsageError: It is no moment.
    """
    try:
        found = datetime.fromisoformat(text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError):
        raise UsageError(
            f"{option} {text!r}: expected a moment such as 2026-01-15T16:00Z"
        ) from None
