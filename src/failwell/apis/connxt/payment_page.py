"""The payment page: one form, no script; it works with a keyboard and on a phone."""

import base64
import hashlib
from html import escape

from failwell.apis.connxt.transaction_rows import Row
from failwell.apis.connxt.transaction_view import number

__all__ = ["PAGE_HEADERS", "closed_page", "payment_page"]

_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:2rem auto;padding:0 1rem;"
    "color:#1a1a1a;background:#fff;overflow-wrap:anywhere}"
    "dt{color:#595959}dd{margin:0 0 .5rem;font-weight:600}"
    "fieldset{border:1px solid #595959;border-radius:.25rem;margin:1rem 0}"
    "label{display:block;padding:.6rem .25rem}input{width:1.25rem;height:1.25rem;"
    "margin-right:.75rem;vertical-align:middle}"
    "button{font:inherit;width:100%;padding:.75rem;color:#fff;background:#14539a;border:0;"
    "border-radius:.25rem}"
    ":focus-visible{outline:3px solid #b35900;outline-offset:2px}"
)

_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

PAGE_HEADERS = (
    ("Cache-Control", "no-store"),
    (
        "Content-Security-Policy",
        (
            f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; "
            "base-uri 'none'"
        ),
    ),
    ("X-Content-Type-Options", "nosniff"),
    # The address is the key to the page; no other site may learn it.
    ("Referrer-Policy", "no-referrer"),
)
"""What the page is sent with: nothing may run in it, frame it or keep it."""

_CHOICES = (
    ("SUCCESS", "Pay"),
    ("FAILED", "Let the payment fail"),
    ("REJECTED", "Do not accept the payment"),
)

_ENDS = {
    "SUCCESS": "The payment is done.",
    "FAILED": "The payment has failed.",
    "REJECTED": "The payment was not accepted.",
}


def payment_page(row: Row) -> bytes:
    """Write the page of a payment that waits.

    Args:
        row: The transaction.
    """
    choices = "".join(
        f'<label><input type="radio" name="outcome" value="{value}"'
        f"{' checked' if index == 0 else ''} required>{text}</label>"
        for index, (value, text) in enumerate(_CHOICES)
    )
    # Without an address the form goes back to where the page came from.
    form = (
        '<p>This is a sandbox: no money moves.</p><form method="post">'
        f"<fieldset><legend>What should happen?</legend>{choices}</fieldset>"
        "<button>Continue</button></form>"
    )
    return _page("Confirm your payment", _summary(row) + form)


def closed_page(row: Row, status: str) -> bytes:
    """Write the page of a payment that is over.

    Args:
        row: The transaction.
        status: How it ended.
    """
    return _page(_ENDS[status], _summary(row))


def _summary(row: Row) -> str:
    facts = [
        ("Amount", f"{number(row['amount'])} {row['currency']}"),
        ("Paid through", row["psp_name"]),
        ("Order", row["order_id"] or row["id"]),
    ]
    listed = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    return f"<dl>{listed}</dl>"


def _page(title: str, content: str) -> bytes:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{title}</h1>{content}</main></body></html>"
    ).encode("utf-8", "replace")
