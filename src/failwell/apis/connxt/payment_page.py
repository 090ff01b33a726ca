"""The payment page: one form, no script; it works with a keyboard and on a phone."""

from html import escape

from failwell.apis.connxt.transaction_rows import Row
from failwell.apis.connxt.transaction_view import number
from failwell.server.html_page import HtmlPages

__all__ = ["PAGE_HEADERS", "closed_page", "payment_page"]

_PAGES = HtmlPages(
    "body{max-width:26rem}dt{opacity:.8}dd{margin:0 0 .5rem;font-weight:600}"
    "fieldset{border:1px solid var(--line);border-radius:.25rem;margin:1rem 0}"
    "label{display:block;padding:.6rem .25rem}"
    "input{width:1.25rem;height:1.25rem;margin-right:.75rem;vertical-align:middle}"
    "button{width:100%;padding:.75rem}"
)

PAGE_HEADERS = _PAGES.headers
"""What the page is sent with."""

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
    return _PAGES.write("Confirm your payment", _summary(row) + form)


def closed_page(row: Row, status: str) -> bytes:
    """Write the page of a payment that is over.

    Args:
        row: The transaction.
        status: How it ended.
    """
    return _PAGES.write(_ENDS[status], _summary(row))


def _summary(row: Row) -> str:
    facts = [
        ("Amount", f"{number(row['amount'])} {row['currency']}"),
        ("Paid through", row["psp_name"]),
        ("Order", row["order_id"] or row["id"]),
    ]
    listed = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    return f"<dl>{listed}</dl>"
