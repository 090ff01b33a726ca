"""HTML pages of an API: whole documents without scripts, sent so that nothing can run in them."""

import base64
import hashlib
from html import escape

__all__ = ["HtmlPages"]

_EVERY_PAGE = (
    ":root{color-scheme:light dark;--line:#767676;--act:#14539a;--bad:#a40000}"
    "@media (prefers-color-scheme:dark){:root{--act:#2f6fb7;--bad:#ff8f8f}}"
    "body{font:1rem/1.5 system-ui,sans-serif;margin:0 auto;padding:1.5rem 1rem;"
    "overflow-wrap:anywhere}"
    "button{font:inherit;padding:.5rem 1.5rem;color:#fff;background:var(--act);border:0;"
    "border-radius:.25rem}"
    ":focus-visible{outline:3px solid #b35900;outline-offset:2px}"
)
_NO_FRAMES = "frame-ancestors 'none'; base-uri 'none'"


class HtmlPages:
    """Pages of one look.

    Args:
        style: CSS besides what all pages share.
    """

    def __init__(self, style: str = "") -> None:
        self._style = _EVERY_PAGE + style
        allowed = base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        self.headers: tuple[tuple[str, str], ...] = (
            ("Cache-Control", "no-store"),
            (
                "Content-Security-Policy",
                f"default-src 'none'; style-src 'sha256-{allowed}'; {_NO_FRAMES}",
            ),
            ("X-Content-Type-Options", "nosniff"),
            # An address may be a key to its page; no other site may learn it.
            ("Referrer-Policy", "no-referrer"),
        )
        """What a page is sent with: nothing may run in it, frame it or keep it."""

    def write(self, title: str, content: str, *, tab: str | None = None, head: str = "") -> bytes:
        """Write a document.

        Args:
            title: Its heading, as text.
            content: What follows, as HTML; whatever comes from outside is escaped in it.
            tab: Title of the tab where that is another one.
            head: Further elements of the document's head, as HTML.
        """
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(tab or title)}</title><style>{self._style}</style>{head}</head>"
            f"<body><main><h1>{escape(title)}</h1>{content}</main></body></html>"
        ).encode("utf-8", "replace")
