"""Values that may be a moment old: a cache whose age has a bound.

Other processes change the stores too (``failwell credentials revoke``), so nothing is
believed for longer than about half a second, and under load one request refreshes for
all the others.
"""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from failwell.core.clock import Clock

__all__ = ["Recent"]

K = TypeVar("K")
V = TypeVar("V")


class _Entry(Generic[V]):
    __slots__ = ("loaded_at", "refresh_at", "value")

    def __init__(self, value: V, loaded_at: float, refresh_at: float) -> None:
        self.value = value
        self.loaded_at = loaded_at
        self.refresh_at = refresh_at


class Recent(Generic[K, V]):
    """Remembers what `load` returned, for a bounded time and a bounded number of keys.

    Args:
        load: Fetches the value of a key.
        clock: Where the time comes from.
        fresh: Seconds until one caller is sent to look again.
        usable: Seconds a value may be used at all.
        limit: How many keys are remembered; the oldest is forgotten first.
    """

    def __init__(
        self,
        load: Callable[[K], Awaitable[V]],
        *,
        clock: Clock,
        fresh: float = 0.25,
        usable: float = 0.5,
        limit: int = 10_000,
    ) -> None:
        self._load = load
        self._monotonic = clock.monotonic
        self._fresh = fresh
        self._usable = usable
        self._limit = limit
        self._entries: dict[K, _Entry[V]] = {}
        self._changes = 0

    async def get(self, key: K) -> V:
        """Return the value of a key, at most `usable` seconds old."""
        now = self._monotonic()
        entry = self._entries.get(key)
        if entry is not None:
            if now < entry.refresh_at:
                return entry.value
            if now < entry.loaded_at + self._usable:
                # The others go on with this value while the caller looks again.
                entry.refresh_at = entry.loaded_at + self._usable
        changes = self._changes
        value = await self._load(key)
        if changes == self._changes:
            self._remember(key, _Entry(value, now, now + self._fresh))
        return value

    def forget(self) -> None:
        """Drop everything, also what is being loaded now: this process made a change."""
        self._changes += 1
        self._entries.clear()

    def _remember(self, key: K, entry: _Entry[V]) -> None:
        self._entries.pop(key, None)
        if len(self._entries) >= self._limit:
            del self._entries[next(iter(self._entries))]
        self._entries[key] = entry
