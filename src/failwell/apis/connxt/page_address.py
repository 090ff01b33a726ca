"""Addresses of payment pages: whoever knows one may pay, so they are long and random."""

import string

from failwell.apis.connxt.wire import PREFIX
from failwell.security.keys import KeyPattern
from failwell.server.formats import is_http_url
from failwell.server.operation import Call

__all__ = ["PAGE_PATH", "PAGE_TOKEN", "page_address"]

PAGE_PATH = "/gateway/{token}"
"""The path of a payment page, below the prefix."""

PAGE_TOKEN = KeyPattern("pay_", 40, string.digits + string.ascii_letters)
"""How the token in the address looks."""


def page_address(call: Call, token: str, *, public_url: str | None) -> str:
    """Write the address of a payment page.

    Args:
        call: The call that starts the payment; its customer reaches us the same way.
        token: The token of the page.
        public_url: Our origin as customers see it, where the operator says so.
    """
    path = PREFIX + PAGE_PATH.replace("{token}", token)
    if public_url is not None:
        return public_url.rstrip("/") + path
    address = f"http://{call.headers.get('Host', '')}{path}"
    # Only HTTP/1.0 may leave out the host; a path is then all there is.
    return address if is_http_url(address) else path
