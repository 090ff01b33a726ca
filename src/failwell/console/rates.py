"""Errors over time, as the overview shows them: counts of the store, put into bars."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

import msgspec

from failwell.console.chart import Bar, Mark, Series, draw
from failwell.console.window_text import shown_time
from failwell.core.redaction import log_text
from failwell.stores.faults import Rate, RateQuery
from failwell.stores.maintenance_window import MaintenanceWindow

__all__ = ["RANGES", "Rates", "Span", "rate_chart"]

Rates = Callable[[RateQuery], Awaitable[Sequence[Rate]]]
"""Adds up counts (`failwell.stores.faults.FaultStore.rates`)."""

_SERVER, _CALLER, _PLANNED = "server errors (5xx)", "caller errors (4xx)", "in maintenance"
_LATER = 1.0
_MOST_MARKS = 12
_MOST_SUMS = 10_000
"""More than there are: a day of minutes, a month of hours."""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """How far back a chart looks."""

    name: str
    """What a link to it says."""

    step: Literal["minute", "hour"]
    """Which counts it needs."""

    bar: float
    """Seconds of one bar."""

    bars: int
    """How many of them there are."""

    def begins(self, now: float) -> float:
        """Tell when the first bar begins; the last one is the one that time fills now."""
        return (now // self.bar + 1 - self.bars) * self.bar


RANGES = {
    "1h": Span(name="1 hour", step="minute", bar=60.0, bars=60),
    "6h": Span(name="6 hours", step="minute", bar=300.0, bars=72),
    "24h": Span(name="24 hours", step="hour", bar=3600.0, bars=24),
    "7d": Span(name="7 days", step="hour", bar=3600.0, bars=168),
    "30d": Span(name="30 days", step="hour", bar=21_600.0, bars=120),
}
"""What a chart may look back on; minutes are kept for two days."""


async def rate_chart(
    rates: Rates, span: Span, *, now: float, windows: Sequence[MaintenanceWindow], api: str | None
) -> str:
    """Draw the errors of a span; answers given in maintenance are counted apart.

    Args:
        rates: Where counts come from.
        span: How far back.
        now: The moment.
        windows: Maintenance windows; those that reach into the span are marked.
        api: Only the errors and windows of this API.
    """
    begins = span.begins(now)
    asked = RateQuery(
        since=begins, until=now + _LATER, step=span.step, by=("moment",), api=api, limit=_MOST_SUMS
    )
    # Three sums by moment alone, which are read in order, take less than one by kind.
    unplanned = msgspec.structs.replace(asked, planned=False)
    planned = await rates(msgspec.structs.replace(asked, planned=True))
    server = await rates(msgspec.structs.replace(unplanned, status_from=500))
    every = await rates(unplanned)
    return draw(
        f"Errors of the last {span.name} (UTC)",
        [_bar(begins + i * span.bar) for i in range(span.bars)],
        _series(
            _in_bars(server, span, begins),
            _in_bars(every, span, begins),
            _in_bars(planned, span, begins),
        ),
        seconds=span.bar,
        marks=_marks(windows, begins, now, api),
        label=_label(span),
    )


def _bar(begins: float) -> Bar:
    return Bar(begins=begins, name=shown_time(begins))


def _label(span: Span) -> Callable[[float], str]:
    days = span.bar * span.bars > 86_400
    return lambda seconds: shown_time(seconds)[5:10] if days else shown_time(seconds, day=False)


def _in_bars(found: Sequence[Rate], span: Span, begins: float) -> list[int]:
    counts = [0] * span.bars
    for rate in found:
        place = int(((rate.moment or 0) - begins) // span.bar)
        if 0 <= place < span.bars:
            counts[place] += rate.count
    return counts


def _series(
    server: Sequence[int], every: Sequence[int], planned: Sequence[int]
) -> tuple[Series, ...]:
    # An error that was counted between two questions is in one sum and not in the other.
    caller = tuple(max(0, all_ - own) for all_, own in zip(every, server, strict=True))
    return (
        Series(name=_SERVER, counts=tuple(server)),
        Series(name=_CALLER, counts=caller),
        Series(name=_PLANNED, counts=tuple(planned)),
    )


def _marks(
    windows: Sequence[MaintenanceWindow], begins: float, now: float, api: str | None
) -> list[Mark]:
    marks = []
    for window in windows:
        ends = min(now, window.over_at or now)
        seen = window.starts_at < now and ends > max(begins, window.starts_at)
        if seen and api in (None, window.api):
            marks.append(Mark(begins=window.starts_at, ends=ends, name=_name(window, ends, now)))
    return marks[-_MOST_MARKS:]


def _name(window: MaintenanceWindow, ends: float, now: float) -> str:
    until = "now" if ends >= now else f"{shown_time(ends)} UTC"
    routes = f" ({', '.join(window.routes)})" if window.routes else ""
    words = f"Maintenance of {window.api}{routes}, {shown_time(window.starts_at)} to {until}"
    return log_text(words, longest=200)
