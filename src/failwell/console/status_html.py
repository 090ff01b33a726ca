"""The status page as HTML. Every text from outside is escaped, and isolated in its direction."""

from collections.abc import Iterable
from html import escape

from failwell.console.running_api import ApiState, RunningApi, Status
from failwell.console.window_text import STATES, message_of, routes_of, times_of
from failwell.stores.maintenance_window import MaintenanceWindow

__all__ = ["STYLE", "api_list", "in_words", "status_content", "window_list"]

STYLE = (
    ":root{--soft:#8884;--good:#1a7f37;--busy:#9a6700}"
    "@media (prefers-color-scheme:dark){:root{--good:#3fb950;--busy:#d29922}}"
    "body{max-width:48rem}h1{font-size:1.4rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}"
    "h3{font-size:1rem;margin:0}a{color:LinkText}"
    "ul.cards{list-style:none;padding:0;margin:0}p{margin:.25rem 0}"
    "footer{opacity:.8;margin-top:2rem}"
    ".cards>li{border:1px solid var(--soft);border-radius:.5rem;padding:.75rem 1rem;"
    "margin:.75rem 0}"
    ".operational,.completed{color:var(--good)}"
    ".maintenance,.partial_maintenance,.in_progress,.unknown{color:var(--busy)}"
    ".banner{font-weight:600}"
)
"""CSS of the pages that show states and windows."""

_WORDS: dict[ApiState, str] = {
    "operational": "operational",
    "partial_maintenance": "partly in maintenance",
    "maintenance": "maintenance",
}

_SECTIONS = (
    ("Maintenance in progress", ("in_progress",), False),
    ("Upcoming maintenance", ("upcoming",), False),
    ("Completed maintenance", ("completed", "cancelled"), True),
)


def status_content(status: Status) -> str:
    """Write the page's content."""
    now, ahead, past = (_section(status, *section) for section in _SECTIONS)
    parts = [
        f'<p class="banner">{in_words(status)}</p>{now}',
        f"<h2>APIs</h2>{api_list(status)}{ahead}{past}",
    ]
    if not status.windows:
        parts.append("<p>No maintenance is planned, and there was none in the last 30 days.</p>")
    parts.append(
        '<footer><p><a href="/status/feed.atom">Atom feed</a> · '
        '<a href="/status/api/v2/summary.json">JSON</a></p></footer>'
    )
    return "".join(parts)


def _section(status: Status, heading: str, states: tuple[str, ...], newest_first: bool) -> str:
    windows = status.in_state(*states)
    if not windows:
        return ""
    shown = reversed(windows) if newest_first else windows
    return f"<h2>{heading}</h2>{window_list(status, shown)}"


def in_words(status: Status) -> str:
    """Say in one sentence how things are."""
    if not status.away:
        return "Everything is operational."
    return f"{len(status.away)} of {len(status.apis)} in maintenance."


def api_list(status: Status, *, detailed: bool = False) -> str:
    """Write the list of APIs with their states; with their addresses if `detailed`."""
    items = "".join(_api(api, status, detailed=detailed) for api in status.apis)
    return f'<ul class="cards">{items}</ul>'


def _api(api: RunningApi, status: Status, *, detailed: bool) -> str:
    state = status.state_of(api)
    address = f"<p><code>{escape(api.base_url)}</code></p>" if detailed else ""
    return f'<li><h3>{escape(api.title)}</h3><p class="{state}">{_WORDS[state]}</p>{address}</li>'


def window_list(status: Status, windows: Iterable[MaintenanceWindow]) -> str:
    """Write maintenance windows, each with what it is about, when it is and why."""
    return f'<ul class="cards">{"".join(_window(each, status) for each in windows)}</ul>'


def _window(window: MaintenanceWindow, status: Status) -> str:
    state = window.state(status.now)
    routes = "".join(f"<li><code>{escape(route)}</code></li>" for route in routes_of(window))
    return (
        f'<li id="{escape(window.id)}"><h3>{escape(status.title_of(window))}</h3>'
        f'<p class="{state}">{STATES[state]}</p>'
        f"<p>{escape(times_of(window, status.now))}</p>"
        f'<p dir="auto">{escape(message_of(window))}</p>'
        f"{f'<p>Only:</p><ul>{routes}</ul>' if routes else ''}</li>"
    )
