"""Request ids: ours, made for every exchange, and the caller's own, checked.

A caller's id is never reused as ours, or it could make two exchanges look like one; it
is kept beside ours as the parent id.
"""

import os
import re
from itertools import chain

__all__ = ["RequestIds", "valid_parent_id"]

_BATCH = 256
_BYTES = 256
_PARENT_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")


class RequestIds:
    """Makes request ids, unguessable and unique: a prefix and random digits.

    Randomness is fetched for many ids at once: a system call for each would cost three
    times as much as everything else about an id.

    Args:
        prefix: Text before the digits.
        digits: How many digits follow.
        alphabet: What they are drawn from: ASCII characters, at most 256.

    Examples:
        >>> len(RequestIds()())
        20
    """

    def __init__(
        self, prefix: str = "req_", *, digits: int = 16, alphabet: str = "0123456789abcdef"
    ) -> None:
        self._prefix = prefix
        self._blank = f"{prefix}{'0' * digits} ".encode("ascii")
        self._digits = digits
        size = len(alphabet)
        self._digit_of = bytes(ord(alphabet[byte % size]) for byte in range(_BYTES))
        # The last bytes would draw the first digits once more than the others.
        self._unfair = bytes(range(_BYTES - _BYTES % size, _BYTES))
        self._ready: list[str] = []
        self.make = chain.from_iterable(iter(self._batch, None)).__next__
        """Makes the next id, with nothing of Python between two batches."""
        # A forked worker would otherwise hand out the same ids as its siblings.
        os.register_at_fork(after_in_child=self._forget)

    def __call__(self) -> str:
        """Make the next id. Threads may share the maker."""
        return self.make()

    def _batch(self) -> list[str]:
        drawn = os.urandom(_BATCH * self._digits).translate(self._digit_of, self._unfair)
        count = len(drawn) // self._digits
        text = bytearray(self._blank * count)
        # Digit by digit for all ids at once: there are many more ids than digits.
        for at in range(self._digits):
            first = len(self._prefix) + at
            text[first :: len(self._blank)] = drawn[at : count * self._digits : self._digits]
        self._ready = text.decode("ascii").split()
        return self._ready

    def _forget(self) -> None:
        self._ready.clear()


def valid_parent_id(value: bytes) -> str | None:
    """Return a caller's own request id as text, or ``None`` if it is no plain short word.

    It goes to logs and look-ups, so nothing that could forge a log line gets through.
    """
    return value.decode("ascii") if _PARENT_ID.fullmatch(value) else None
