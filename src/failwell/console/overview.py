"""The overview: what runs where, errors over time, maintenance, and where errors come from."""

from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

from failwell.console.rates import RANGES, Rates, Span, rate_chart
from failwell.console.running_api import Status
from failwell.console.status_html import api_list, in_words, window_list
from failwell.core.redaction import log_text
from failwell.stores.faults import Rate, RateQuery
from failwell.stores.maintenance_window import MaintenanceWindow

__all__ = ["DEFAULT_RANGE", "overview_content"]

DEFAULT_RANGE = "24h"
"""How far back the overview looks when nobody says."""

_LATER = 1.0
_MOST_CODES = 10


async def overview_content(
    status: Status, rates: Rates | None, *, wanted: str | None, api: str | None
) -> str:
    """Write the page's content.

    Args:
        status: What is known; also windows that are not announced yet.
        rates: Where counts come from; without it there is no chart.
        wanted: How far back the chart looks, one of `RANGES`; the default for anything else.
        api: Only the errors of this API, if there is such a one.
    """
    span = wanted if wanted in RANGES else DEFAULT_RANGE
    only = api if api in {each.name for each in status.apis} else None
    parts = [f'<p class="banner">{in_words(status)}</p>']
    if rates is not None:
        parts.append("<h2>Errors</h2>")
        parts.append(_choices(status, span, only))
        parts.append(await _errors(status, rates, RANGES[span], only))
    parts += ["<h2>APIs</h2>", api_list(status, detailed=True)]
    ahead = status.in_state("in_progress", "upcoming")
    if ahead:
        parts += ["<h2>Maintenance</h2>", window_list(status, ahead)]
    return "".join(parts)


def _choices(status: Status, span: str, only: str | None) -> str:
    spans = [(RANGES[key].name, {"range": key, "api": only}, key == span) for key in RANGES]
    names: list[tuple[str, str | None]] = [("All APIs", None)]
    names += [(each.title, each.name) for each in status.apis]
    apis = [(title, {"range": span, "api": name}, name == only) for title, name in names]
    return _links("How far back", spans) + _links("Which API", apis)


def _links(name: str, choices: Sequence[tuple[str, dict[str, str | None], bool]]) -> str:
    items = []
    for words, query, chosen in choices:
        address = escape("?" + urlencode({k: v for k, v in query.items() if v}))
        current = ' aria-current="true"' if chosen else ""
        items.append(f'<li><a href="{address}"{current}>{escape(words)}</a></li>')
    return f'<nav aria-label="{escape(name)}"><ul class="choices">{"".join(items)}</ul></nav>'


async def _errors(status: Status, rates: Rates, span: Span, only: str | None) -> str:
    windows: tuple[MaintenanceWindow, ...] = status.windows
    week = RANGES["7d"].begins(status.now)
    try:
        chart = await rate_chart(rates, span, now=status.now, windows=windows, api=only)
        codes = await rates(
            RateQuery(
                since=max(span.begins(status.now), week),
                until=status.now + _LATER,
                step=span.step,
                by=("api", "route", "code", "status"),
                api=only,
                planned=False,
                limit=_MOST_CODES,
            )
        )
    except Exception:
        # Whatever is wrong with the counts, the rest of the page is what an operator needs now.
        return '<p class="unknown">The counts cannot be read at the moment.</p>'
    return chart + _codes(codes, "" if span.begins(status.now) >= week else " of the last 7 days")


def _codes(codes: Sequence[Rate], when: str) -> str:
    if not codes:
        return ""
    rows = "".join(
        f'<tr><td class="n">{rate.count:,}</td><td>{_cell(rate.api)}</td>'
        f'<td>{_cell(rate.code)}</td><td class="n">{rate.status}</td>'
        f"<td>{_cell(rate.route)}</td></tr>"
        for rate in codes
    )
    heads = "".join(
        f'<th scope="col"{style}>{word}</th>'
        for word, style in (
            # What matters most comes first: on a phone the end is out of sight.
            ("Count", ' class="n"'),
            ("API", ""),
            ("Code", ""),
            ("Status", ' class="n"'),
            ("Route", ""),
        )
    )
    return (
        f"<h3>Most frequent{when}</h3>"
        '<div class="wide" tabindex="0" role="region" aria-label="Most frequent errors">'
        f"<table><tr>{heads}</tr>{rows}</table></div>"
    )


def _cell(text: str | None) -> str:
    return f"<bdi>{escape(log_text(text or '-'))}</bdi>"
