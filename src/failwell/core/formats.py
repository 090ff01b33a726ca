"""Formats that the values of requests are checked for, stricter than their standards.

A ``uri`` is one that HTTP can fetch, and an ``email`` is one address and nothing else. The
standard's own check is given, so that no validator is imported here.
"""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

__all__ = ["FormatCheck", "strict_email", "strict_uri"]

_LONGEST_URL = 8192
_LONGEST_EMAIL = 254
_BARE_EMAIL = re.compile(r"[^\s<>()\",;:\\@]+@[^\s<>()\",;:\\@]+")

FormatCheck = Callable[[str], bool]
"""Tells whether a text is written in a format."""


def strict_uri(is_uri: FormatCheck) -> FormatCheck:
    """Make the check for an absolute ``http`` or ``https`` URL with a host.

    Args:
        is_uri: The check of the standard (RFC 3986).
    """

    def check(text: str) -> bool:
        if len(text) > _LONGEST_URL or not is_uri(text):
            return False
        try:
            parts = urlsplit(text)
            # Reading the port checks it.
            return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            return False

    return check


def strict_email(is_email: FormatCheck) -> FormatCheck:
    """Make the check for one plain e-mail address.

    Args:
        is_email: The check of the standard (RFC 5321).
    """

    def check(text: str) -> bool:
        bare = len(text) <= _LONGEST_EMAIL and _BARE_EMAIL.fullmatch(text) is not None
        return bare and is_email(text)

    return check
