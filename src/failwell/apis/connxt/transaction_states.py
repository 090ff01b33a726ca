"""The states of a transaction, and which may follow which.

    NEW -> CREATED -> INITIATED -> PG_ACCEPTED -> PG_SUCCESS -> SUCCESS
                                                  PG_FAILED  -> FAILED
                                   PG_REJECTED                -> REJECTED

What nobody finishes in time is FAILED, whoever looks; no worker has to come by for that.
"""

from collections.abc import Mapping

from failwell.core.exceptions import FailwellError

__all__ = ["FINAL", "OUTCOMES", "STATES", "check_step", "state_at"]

_STEPS: Mapping[str, tuple[str, ...]] = {
    "NEW": ("CREATED",),
    "CREATED": ("INITIATED", "FAILED"),
    "INITIATED": ("PG_ACCEPTED", "PG_REJECTED", "FAILED"),
    "PG_ACCEPTED": ("PG_SUCCESS", "PG_FAILED", "SUCCESS", "FAILED"),
    "PG_REJECTED": ("REJECTED",),
    "PG_SUCCESS": ("SUCCESS",),
    "PG_FAILED": ("FAILED",),
    "SUCCESS": (),
    "FAILED": (),
    "REJECTED": (),
}

STATES = tuple(_STEPS)
"""Every state, the first one first."""

FINAL = tuple(state for state, following in _STEPS.items() if not following)
"""The states that nothing follows."""

OUTCOMES: Mapping[str, tuple[str, ...]] = {
    "SUCCESS": ("PG_ACCEPTED", "PG_SUCCESS", "SUCCESS"),
    "FAILED": ("PG_ACCEPTED", "PG_FAILED", "FAILED"),
    "REJECTED": ("PG_REJECTED", "REJECTED"),
}
"""What a payment provider decides -> the steps from ``INITIATED`` to the end."""


def check_step(before: str, after: str) -> None:
    """Let a step pass that a transaction may take.

    Args:
        before: The state it is in.
        after: The state it would be in.

    Raises:
        FailwellError: No transaction goes this way.
    """
    if after not in _STEPS.get(before, ()):
        raise FailwellError(f"a transaction does not go from {before} to {after}")


def state_at(state: str, *, expires_at: float, now: float) -> str:
    """Tell the state of a transaction at a moment.

    Args:
        state: What was written down last.
        expires_at: Until when somebody may finish it.
        now: The moment.

    Examples:
        >>> state_at("INITIATED", expires_at=100.0, now=99.0)
        'INITIATED'
        >>> state_at("INITIATED", expires_at=100.0, now=100.0)
        'FAILED'
    """
    return "FAILED" if state not in FINAL and now >= expires_at else state
