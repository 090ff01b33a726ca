"""Nearest: the word somebody probably meant."""

import difflib
from collections.abc import Sequence

__all__ = ["nearest"]


def nearest(word: str, known: Sequence[str]) -> str:
    """Give ``, did you mean 'x'?`` for the closest known word, or nothing."""
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f", did you mean {found[0]!r}?" if found else ""
