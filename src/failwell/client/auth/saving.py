"""Handing new tokens to their owner before they are used.

A server that rotates refresh tokens ends the old one as it gives the new one. So the new one
is given away first, and kept until it was taken: if the call that fetched it is cancelled, or
its owner fails, the next call hands over the same tokens again and fetches nothing.
"""

from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextvars import ContextVar

from failwell.client.auth.protocol import AuthTools
from failwell.client.auth.tokens import Tokens
from failwell.client.auth.user_code import call
from failwell.client.steps import Join, Steps
from failwell.core.exceptions import FailwellError

__all__ = ["OnTokens", "Saving"]

OnTokens = Callable[[Tokens], object | Awaitable[object]]
"""Told of new tokens before they are used; a plain or a coroutine function."""

_under_way: ContextVar[tuple["Saving", ...]] = ContextVar("failwell_saving", default=())


class Saving:
    """Hands new tokens to their owner.

    Only the leader of a flight uses it, and there is one at a time.

    Args:
        on_tokens: Takes them; ``None`` when nobody wants them.
    """

    def __init__(self, on_tokens: OnTokens | None) -> None:
        self._on_tokens = on_tokens
        self.forget()

    def forget(self) -> None:
        """Keep no tokens any more: they were taken, or are not wanted."""
        self.unsaved: Tokens | None = None
        """New tokens that were not taken yet."""
        self._taken: Future[object] | None = None

    def keep(self, tokens: Tokens) -> None:
        """Keep new tokens until they are taken."""
        self.unsaved, self._taken = tokens, None

    def save(self, tokens: Tokens, tools: AuthTools) -> Steps[None]:
        """Wait until the owner has taken the tokens; ask again where that failed before."""
        if self._on_tokens is None:
            return
        taken = self._taken
        if taken is None or (taken.done() and taken.exception() is not None):
            taken = self._taken = self._hand_over(self._on_tokens, tokens)
        if not taken.done():
            yield Join(taken, tools.left())
        taken.result()

    def _hand_over(self, on_tokens: OnTokens, tokens: Tokens) -> Future[object]:
        marked = _under_way.set((*_under_way.get(), self))
        try:
            return call(on_tokens, tokens)
        finally:
            _under_way.reset(marked)

    def refuse_itself(self) -> None:
        """Refuse a call that the owner makes while taking tokens: it would wait for itself.

        Raises:
            FailwellError: There is such a call.
        """
        if any(each is self for each in _under_way.get()):
            raise FailwellError(
                "on_tokens makes a call with the very credentials it is asked to store, and would "
                "wait for itself; store the tokens in another way"
            )
