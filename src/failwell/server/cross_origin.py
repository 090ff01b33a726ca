"""Cross-origin headers: a browser shows a script only the errors that carry them.

A middleware inside the application adds them to what passes through it; a crash never
does. So what an origin was told before is told to it again with its errors.
"""

from collections.abc import Iterable

from failwell.server.exchange import Header

__all__ = ["Origins", "cross_origin_headers"]

_TOLD = frozenset(
    {
        b"access-control-allow-credentials",
        b"access-control-allow-origin",
        b"access-control-expose-headers",
        b"vary",
    }
)
_MOST_ORIGINS = 256


def cross_origin_headers(headers: Iterable[Header]) -> list[Header]:
    """Pick the header fields that let a browser hand a response to a script."""
    return [(name.lower(), value) for name, value in headers if name.lower() in _TOLD]


class Origins:
    """Remembers what each origin was told, for a bounded number of origins."""

    def __init__(self) -> None:
        self._told: dict[bytes, list[Header]] = {}

    def learn(self, origin: bytes, headers: Iterable[Header]) -> None:
        """Remember what a response told an origin; a response that told nothing forgets it."""
        told = cross_origin_headers(headers)
        if not any(name == b"access-control-allow-origin" for name, _ in told):
            self._told.pop(origin, None)
            return
        if len(self._told) >= _MOST_ORIGINS and origin not in self._told:
            self._told.pop(next(iter(self._told)))
        self._told[origin] = told

    def recall(self, origin: bytes | None) -> list[Header]:
        """Return what an origin was told last, or nothing."""
        return [] if origin is None else self._told.get(origin, [])
