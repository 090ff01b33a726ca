"""Formats that the values of requests are checked for: those of JSON Schema, two made stricter."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import jsonschema_rs

from failwell.core.formats import strict_email, strict_uri

__all__ = ["FORMATS", "is_email", "is_http_url"]

_URI = jsonschema_rs.validator_for({"format": "uri"}, validate_formats=True)
_EMAIL = jsonschema_rs.validator_for({"format": "email"}, validate_formats=True)

_is_http_url = strict_uri(_URI.is_valid)
_is_email = strict_email(_EMAIL.is_valid)


def is_http_url(text: str) -> bool:
    """Tell whether a text is an absolute ``http`` or ``https`` URL with a host.

    Examples:
        >>> is_http_url("https://example.com/hooks?a=1"), is_http_url("ftp://example.com")
        (True, False)
    """
    return _is_http_url(text)


def is_email(text: str) -> bool:
    """Tell whether a text is one plain e-mail address.

    Examples:
        >>> is_email("ann@example.com"), is_email("Ann <ann@example.com>")
        (True, False)
    """
    return _is_email(text)


FORMATS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {"uri": is_http_url, "email": is_email}
)
"""Formats checked by our own rules instead of the validator's."""
