"""One-time passwords for log-ins: from a secret, from a function, or none."""

from collections.abc import Awaitable, Callable

from failwell.client.auth.protocol import AuthTools
from failwell.client.auth.tokens import clock_skew
from failwell.client.auth.totp import STEP_SECONDS, totp, totp_key
from failwell.client.auth.user_code import call
from failwell.client.steps import Answer, Join, Steps, Wait
from failwell.core.exceptions import DeadlineExceededError
from failwell.core.fault import Fault

__all__ = ["OneTimePasswords"]


class OneTimePasswords:
    """Gives the codes for log-ins, none of them twice.

    Args:
        source: The secret of an authenticator app, a function that gives the code of the
            moment, or ``None`` where no code is asked for.
    """

    def __init__(self, source: str | Callable[[], str | Awaitable[str]] | None) -> None:
        self._key = totp_key(source) if isinstance(source, str) else None
        self._ask = None if isinstance(source, str) else source
        self._last_step = -1
        self._skew = 0.0

    def __repr__(self) -> str:
        return "OneTimePasswords(***)"

    def next(self, tools: AuthTools) -> Steps[str]:
        """Give a code, empty where none is asked for.

        A code is good once (RFC 6238, 5.2), so a second log-in within its half minute waits
        for the next one.

        Raises:
            DeadlineExceededError: The next code comes too late for this call.
        """
        if self._ask is not None:
            asked = call(self._ask)
            if not asked.done():
                yield Join(asked, tools.left())
            return asked.result()
        if self._key is None:
            return ""
        now = tools.now() + self._skew
        step = max(int(now // STEP_SECONDS), self._last_step + 1)
        wait = step * STEP_SECONDS - now
        _check_time(wait, tools)
        # Before the wait: who comes in the meantime gets a later one.
        self._last_step = step
        if wait > 0:
            yield Wait(wait)
        return totp(self._key, step)

    def may_help(self, refusal: Answer) -> bool:
        """Tell whether the next code may be accepted where this one was refused.

        Somebody else may have used it, or our clock is wrong; the server's is taken from now on.
        """
        self._skew = clock_skew(refusal)
        return self._key is not None


def _check_time(wait: float, tools: AuthTools) -> None:
    left = tools.left()
    if left is not None and wait >= left:
        message = f"The next one-time password comes in {wait:.0f} s, after the deadline"
        raise DeadlineExceededError.of(Fault(message=message, outcome="not_sent"))
