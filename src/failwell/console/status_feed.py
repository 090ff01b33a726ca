"""Maintenance as an Atom feed (RFC 4287): whoever subscribes hears of every change."""

import uuid
from xml.sax.saxutils import escape, quoteattr

from failwell.console.running_api import Status
from failwell.console.window_text import STATES, message_of, routes_of, times_of
from failwell.core.clock import timestamp
from failwell.stores.maintenance_window import MaintenanceWindow

__all__ = ["feed"]


def feed(status: Status, *, page_url: str, feed_url: str) -> bytes:
    """Write the feed, the window that changed last first.

    Args:
        status: What is known.
        page_url: Where the status page is.
        feed_url: Where the feed is.
    """
    newest = sorted(status.windows, key=lambda w: (w.changed_at(status.now), w.id), reverse=True)
    entries = "".join(_entry(window, status, page_url) for window in newest)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">'
        f"<id>{_name(feed_url)}</id><title>Maintenance</title>"
        f"<updated>{timestamp(status.changed_at)}</updated>"
        "<author><name>Failwell</name></author>"
        f'<link rel="self" type="application/atom+xml" href={quoteattr(feed_url)}/>'
        f'<link rel="alternate" type="text/html" href={quoteattr(page_url)}/>'
        f"{entries}</feed>\n"
    ).encode()


def _entry(window: MaintenanceWindow, status: Status, page_url: str) -> str:
    link = f"{page_url}#{window.id}"
    state = STATES[window.state(status.now)]
    routes = f" ({', '.join(routes_of(window))})" if window.routes else ""
    words = f"{times_of(window, status.now)}. {message_of(window)}{routes}"
    return (
        f"<entry><id>{_name(window.id)}</id>"
        f"<title>{escape(f'{state}: {status.title_of(window)}')}</title>"
        f"<published>{timestamp(window.created_at)}</published>"
        f"<updated>{timestamp(window.changed_at(status.now))}</updated>"
        f'<link rel="alternate" type="text/html" href={quoteattr(link)}/>'
        f"<category term={quoteattr(window.api)}/>"
        f"<content>{escape(words)}</content></entry>"
    )


def _name(text: str) -> str:
    """Make a name that stays, whatever the address of the page (RFC 4287, 4.2.6)."""
    return uuid.uuid5(uuid.NAMESPACE_URL, text).urn
