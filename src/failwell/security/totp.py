"""One-time passwords that change every half minute (RFC 6238), each good once.

Who checks a code stores the step that came back and hands it in the next time: neither
that code nor an older one is accepted again (RFC 6238, 5.2).
"""

import re

import pyotp

from failwell.security.keys import KeyPattern, same

__all__ = ["STEP_SECONDS", "matching_step", "new_totp_secret"]

STEP_SECONDS = 30
"""How long a code is shown."""

_SECRET = KeyPattern("", 32, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
_CODE = re.compile(r"[0-9]{6}")
_WINDOW = (0, -1, 1)
"""Steps beside the present one whose codes are good: clocks differ, and people are slow."""


def new_totp_secret() -> str:
    """Make a secret for an authenticator app: 160 bits, as RFC 4226 (4) wants them, in Base32."""
    return _SECRET.generate()


def matching_step(
    secret: str, code: str, *, now: float, last_step: int | None = None
) -> int | None:
    """Find the step a code belongs to; ``None`` when it is not good.

    Args:
        secret: In Base32, as `new_totp_secret` makes it.
        code: What the person typed.
        now: Unix seconds.
        last_step: The step of the last code that was accepted.

    Examples:
        >>> secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        >>> matching_step(secret, "287082", now=59.0)
        1
        >>> matching_step(secret, "287082", now=59.0, last_step=1) is None
        True
    """
    if not _CODE.fullmatch(code):
        return None
    present, codes = int(now // STEP_SECONDS), pyotp.HOTP(secret)
    steps = (present + shift for shift in _WINDOW)
    fresh = (step for step in steps if step >= 0 and (last_step is None or step > last_step))
    # Every fresh step is tried, so that the time tells nothing about which one fits.
    found = [step for step in fresh if same(code, codes.at(step))]
    return min(found, default=None)
