"""The log-in page: one form, no script, readable by every screen reader."""

import base64
import hashlib
from collections.abc import Mapping
from html import escape

__all__ = ["LOGIN_HEADERS", "login_page"]

_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:24rem;margin:3rem auto;padding:0 1rem;"
    "color:#1a1a1a;background:#fff}"
    "label{display:block;margin-top:1rem}"
    "input{box-sizing:border-box;width:100%;font:inherit;padding:.5rem;border:1px solid #595959;"
    "border-radius:.25rem}"
    "button{font:inherit;margin-top:1.5rem;padding:.5rem 1.5rem;color:#fff;background:#14539a;"
    "border:0;border-radius:.25rem}"
    ":focus-visible{outline:3px solid #b35900;outline-offset:2px}"
    "[role=alert]{padding:.5rem;border:2px solid #a40000;color:#a40000}"
)

_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

LOGIN_HEADERS = (
    ("Cache-Control", "no-store"),
    (
        "Content-Security-Policy",
        (
            f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; "
            "base-uri 'none'"
        ),
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
)
"""What the page is sent with: nothing may run in it, frame it or keep it."""


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
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{'Error: ' if refused else ''}{title}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{title}</h1>{alert}"
        f"<p><strong>{escape(app)}</strong> asks for access to your organization:</p>"
        f'<ul>{wanted}</ul><form method="post" action="/oauth2/authorize">{hidden}'
        '<label for="email">E-mail</label>'
        '<input id="email" name="email" type="email" autocomplete="username" required>'
        '<label for="password">Password</label>'
        '<input id="password" name="password" type="password" '
        'autocomplete="current-password" required>'
        "<button>Log in and allow</button></form></main></body></html>"
    ).encode()
