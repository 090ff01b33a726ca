"""Formats that the values of requests are checked for.

Those of JSON Schema, with two made stricter: a ``uri`` is one that HTTP can fetch, and
an ``email`` has one address and nothing else.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

import jsonschema_rs

__all__ = ["FORMATS", "is_email", "is_http_url"]

_LONGEST_URL = 8192
_LONGEST_EMAIL = 254
_PLAIN_URI = jsonschema_rs.validator_for({"format": "uri"}, validate_formats=True)
_PLAIN_EMAIL = jsonschema_rs.validator_for({"format": "email"}, validate_formats=True)
_BARE_EMAIL = re.compile(r"[^\s<>()\",;:\\@]+@[^\s<>()\",;:\\@]+")


def is_http_url(text: str) -> bool:
    """Tell whether a text is an absolute ``http`` or ``https`` URL with a host.

    Examples:
        >>> is_http_url("https://example.com/hooks?a=1"), is_http_url("ftp://example.com")
        (True, False)
    """
    if len(text) > _LONGEST_URL or not _PLAIN_URI.is_valid(text):
        return False
    try:
        parts = urlsplit(text)
        # Reading the port checks it.
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_email(text: str) -> bool:
    """Tell whether a text is one plain e-mail address.

    Examples:
        >>> is_email("ann@example.com"), is_email("Ann <ann@example.com>")
        (True, False)
    """
    return (
        len(text) <= _LONGEST_EMAIL
        and _BARE_EMAIL.fullmatch(text) is not None
        and _PLAIN_EMAIL.is_valid(text)
    )


FORMATS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {"uri": is_http_url, "email": is_email}
)
"""Formats checked by our own rules instead of the validator's."""
