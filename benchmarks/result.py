"""What a benchmark found, printed as a line or as JSON."""

from collections.abc import Iterable

import msgspec

__all__ = ["Result", "as_json", "as_lines"]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One ratio, or one measure with a limit of its own."""

    name: str
    """What was measured."""

    value: float
    """The ratio, or the measure in `unit`."""

    unit: str = "x"
    """``x`` for a ratio."""

    at_most: float | None = None
    """Largest value that keeps the promise."""

    at_least: float | None = None
    """Smallest value that keeps the promise."""

    note: str = ""
    """What else belongs to it, in absolute numbers of this machine."""

    @property
    def kept(self) -> bool:
        """Whether the promise is kept; true where there is none."""
        above = self.at_most is not None and self.value > self.at_most
        below = self.at_least is not None and self.value < self.at_least
        return not above and not below


def as_lines(results: Iterable[Result]) -> str:
    """Write results for people, one to a line."""
    return "\n".join(map(_line, results))


def as_json(results: Iterable[Result]) -> str:
    """Write results for machines."""
    rows = [{**msgspec.structs.asdict(each), "kept": each.kept} for each in results]
    return msgspec.json.format(msgspec.json.encode(rows)).decode()


def _line(result: Result) -> str:
    verdict = ""
    if result.at_most is not None:
        verdict = f"<= {result.at_most:g} {'ok' if result.kept else 'BROKEN'}"
    elif result.at_least is not None:
        verdict = f">= {result.at_least:g} {'ok' if result.kept else 'BROKEN'}"
    value = f"{result.value:.2f} {result.unit}"
    return f"  {result.name:<44}{value:>14}  {verdict:<14}{result.note}".rstrip()
