"""Saying why something cannot be done now, and what to do about it."""

from collections.abc import Awaitable, Mapping
from typing import TypeVar

from failwell.core.exceptions import ConflictError

__all__ = ["explained"]

_Answer = TypeVar("_Answer")

_REASONS: Mapping[tuple[object, object], str] = {
    ("delivery", "running"): "An attempt is running; force sends the delivery again all the same",
    ("delivery", "pending"): "A retry is pending; force sends the delivery again now",
    ("webhook", "disabled"): "The webhook is disabled; enable it first",
    ("webhook", "deleted"): "The webhook was deleted, so there is nowhere to send it",
    ("recovery", "running"): "A recovery of this webhook is running; wait until it is done",
}


async def explained(doing: Awaitable[_Answer]) -> _Answer:
    """Wait for something whose `ConflictError` is to tell the caller what stands against it.

    Raises:
        ConflictError: As it came, with a sentence for the caller.
    """
    try:
        return await doing
    except ConflictError as error:
        params = error.params
        reason = _REASONS.get((params.get("resource_type"), params.get("value")))
        raise ConflictError(**{**params, "reason": reason}) from error
