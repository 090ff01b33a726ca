"""A bar chart as inline SVG, made by the server: no script, nothing from elsewhere.

The drawing stretches to any width, so its words stand around it as HTML and stay readable on a
phone. What it shows can be read as a table, too.
"""

from collections.abc import Callable, Sequence
from html import escape

import msgspec

__all__ = ["STYLE", "Bar", "Mark", "Series", "draw"]

STYLE = (
    ":root{--e5:#b42318;--e4:#b7791f;--pl:#57606a;--win:#0969da}"
    "@media (prefers-color-scheme:dark){"
    ":root{--e5:#ff7b72;--e4:#e3b341;--pl:#8b949e;--win:#58a6ff}}"
    "figure{margin:1rem 0}figcaption{margin-bottom:.5rem}"
    "svg{display:block;width:100%;height:12rem;border-bottom:1px solid var(--line)}"
    ".s0{fill:var(--e5)}.s1{fill:var(--e4)}.s2{fill:var(--pl)}"
    ".mark{fill:var(--win);opacity:.18}.edge{fill:var(--win)}"
    ".grid{stroke:var(--soft);vector-effect:non-scaling-stroke}"
    ".axis{display:flex;justify-content:space-between;gap:.5rem;font-size:.8rem}"
    ".legend{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;padding:0;"
    "margin:.5rem 0}"
    ".legend svg{display:inline-block;width:.8rem;height:.8rem;border:0;margin-right:.4rem}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .5rem .25rem 0;"
    "border-bottom:1px solid var(--soft)}td.n,th.n{text-align:right}"
    "summary{cursor:pointer;padding:.25rem 0}"
)
"""CSS of charts; one class for each series, so that both themes can be read."""

_WIDTH, _HEIGHT = 1000.0, 100.0
_GAP = 0.15
"""Share of a bar's place that is left free."""

_EDGE = 2.5
_LABELS = 5


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of thing that is counted."""

    name: str
    """What it is."""

    counts: tuple[int, ...]
    """How many in each bar."""


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """The place of one bar."""

    begins: float
    """Unix seconds of its beginning."""

    name: str
    """The time it stands for, in words."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A span of time that stands out."""

    begins: float
    """Unix seconds of its beginning."""

    ends: float
    """Unix seconds of its end."""

    name: str
    """What it is."""


def draw(
    title: str,
    bars: Sequence[Bar],
    series: Sequence[Series],
    *,
    seconds: float,
    marks: Sequence[Mark] = (),
    label: Callable[[float], str],
) -> str:
    """Draw stacked bars over time.

    Args:
        title: What the chart shows, as text.
        bars: The places, in order, each as long as the others.
        series: At most three, the lowest of a stack first.
        seconds: How long one bar is.
        marks: Spans that stand out; what lies outside is cut off.
        label: Words for a moment of the axis.
    """
    highest = max(1, *(sum(each.counts[i] for each in series) for i in range(len(bars))))
    spans = _spans(bars, seconds, marks)
    # A band lies behind the bars, and its edge above them, where even the highest shows it.
    bands = "".join(_mark(span, "mark", _HEIGHT) for span in spans)
    edges = "".join(_mark(span, "edge", _EDGE) for span in spans)
    drawing = (
        f'<svg viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(_in_words(title, series, marks))}">'
        f"{bands}{_grid()}{_bars(bars, series, highest)}{edges}</svg>"
    )
    begin, end = bars[0].begins, bars[-1].begins + seconds
    moments = [begin + (end - begin) * i / (_LABELS - 1) for i in range(_LABELS)]
    labels = "".join(f"<span>{escape(label(each))}</span>" for each in moments)
    return (
        f"<figure><figcaption>{escape(title)} · highest bar: {highest:,}</figcaption>{drawing}"
        f'<div class="axis" aria-hidden="true">{labels}</div>'
        f"{_legend(series, marks)}{_table(bars, series)}</figure>"
    )


def _in_words(title: str, series: Sequence[Series], marks: Sequence[Mark]) -> str:
    sums = [f"{each.name}: {sum(each.counts):,}" for each in series]
    return "; ".join([title, *sums, *(mark.name for mark in marks)])


def _grid() -> str:
    return "".join(
        f'<line class="grid" x1="0" x2="{_WIDTH:g}" y1="{y:g}" y2="{y:g}"/>'
        for y in (0.5, _HEIGHT / 2)
    )


def _spans(
    bars: Sequence[Bar], seconds: float, marks: Sequence[Mark]
) -> list[tuple[str, float, float]]:
    begin = bars[0].begins
    scale = _WIDTH / (bars[-1].begins + seconds - begin)
    spans = []
    for mark in marks:
        left = min(max(0.0, (mark.begins - begin) * scale), _WIDTH - _EDGE)
        right = min(_WIDTH, (mark.ends - begin) * scale)
        spans.append((mark.name, left, max(_EDGE, right - left)))
    return spans


def _mark(span: tuple[str, float, float], style: str, height: float) -> str:
    name, left, width = span
    return (
        f"<g><title>{escape(name)}</title>"
        f'<rect class="{style}" x="{left:.2f}" y="0" width="{width:.2f}" height="{height:g}"/></g>'
    )


def _bars(bars: Sequence[Bar], series: Sequence[Series], highest: int) -> str:
    place = _WIDTH / len(bars)
    return "".join(
        _stack(i * place + place * _GAP / 2, place * (1 - _GAP), bar, i, series, highest)
        for i, bar in enumerate(bars)
        if any(each.counts[i] for each in series)
    )


def _stack(
    left: float, width: float, bar: Bar, index: int, series: Sequence[Series], highest: int
) -> str:
    top, drawn, words = _HEIGHT, [], [bar.name]
    for number, each in enumerate(series):
        count = each.counts[index]
        if not count:
            continue
        # One error among thousands is still to be seen.
        height = max(1.0, count / highest * _HEIGHT)
        top = max(0.0, top - height)
        words.append(f"{each.name}: {count:,}")
        drawn.append(
            f'<rect class="s{number}" x="{left:.2f}" y="{top:.2f}"'
            f' width="{width:.2f}" height="{height:.2f}"/>'
        )
    return f"<g><title>{escape('; '.join(words))}</title>{''.join(drawn)}</g>"


def _legend(series: Sequence[Series], marks: Sequence[Mark]) -> str:
    items = [
        _key(f"s{number}", f"{each.name}: {sum(each.counts):,}")
        for number, each in enumerate(series)
    ]
    items += [_key("edge", mark.name) for mark in marks]
    return f'<ul class="legend">{"".join(items)}</ul>'


def _key(style: str, words: str) -> str:
    square = f'<rect class="{style}" width="1" height="1"/>'
    return f'<li><svg viewBox="0 0 1 1" aria-hidden="true">{square}</svg>{escape(words)}</li>'


def _table(bars: Sequence[Bar], series: Sequence[Series]) -> str:
    head = "".join(f'<th class="n" scope="col">{escape(each.name)}</th>' for each in series)
    rows = "".join(
        f'<tr><th scope="row">{escape(bar.name)}</th>'
        + "".join(f'<td class="n">{each.counts[i]:,}</td>' for each in series)
        + "</tr>"
        for i, bar in enumerate(bars)
        if any(each.counts[i] for each in series)
    )
    if not rows:
        return "<p>There was none.</p>"
    return (
        f'<details><summary>The numbers</summary><table><tr><th scope="col">Time (UTC)</th>{head}'
        f"</tr>{rows}</table></details>"
    )
