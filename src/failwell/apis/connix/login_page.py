"""The log-in page: one form, no script, readable by every screen reader."""

from collections.abc import Mapping
from html import escape

from failwell.server.html_page import HtmlPages

__all__ = ["LOGIN_HEADERS", "login_page"]

_PAGES = HtmlPages(
    "body{max-width:24rem}label{display:block;margin-top:1rem}"
    "input{box-sizing:border-box;width:100%;font:inherit;padding:.5rem;"
    "border:1px solid var(--line);border-radius:.25rem}button{margin-top:1.5rem}"
    "[role=alert]{padding:.5rem;border:2px solid var(--bad);color:var(--bad)}"
)

LOGIN_HEADERS = _PAGES.headers
"""What the page is sent with."""


def login_page(
    app: str, scopes: tuple[str, ...], kept: Mapping[str, str], *, refused: bool = False
) -> bytes:
    """Write the page.

    Args:
        app: The name of the app that asks.
        scopes: What it asks for.
        kept: Values that travel with the form.
        refused: Whether e-mail and password were just found to be wrong.
    """
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in kept.items()
    )
    wanted = "".join(f"<li>{escape(scope)}</li>" for scope in scopes)
    alert = '<p role="alert">E-mail or password is wrong.</p>' if refused else ""
    title = "Log in to Connix"
    content = (
        f"{alert}<p><strong>{escape(app)}</strong> asks for access to your organization:</p>"
        f'<ul>{wanted}</ul><form method="post" action="/oauth2/authorize">{hidden}'
        '<label for="email">E-mail</label>'
        '<input id="email" name="email" type="email" autocomplete="username" required>'
        '<label for="password">Password</label>'
        '<input id="password" name="password" type="password" '
        'autocomplete="current-password" required>'
        "<button>Log in and allow</button></form>"
    )
    return _PAGES.write(title, content, tab=f"Error: {title}" if refused else title)
