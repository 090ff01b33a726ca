"""The closed lists of words a contract file may use, and their exact form."""

import re
from typing import Final, get_args

from failwell.core.catalogue import Retry
from failwell.core.fault import Severity

__all__ = [
    "ANSWER_KEYS",
    "API_KEYS",
    "AUTH_KEYS",
    "ENTRY_KEYS",
    "HEADER_NAME",
    "ITEM_KEYS",
    "KEYWORDS",
    "LANGUAGE",
    "MEDIA_TYPE",
    "NAME",
    "ORDER",
    "RETRIES",
    "SEVERITIES",
    "TOP_KEYS",
    "VIOLATION_KEYS",
    "WHERE",
]

TOP_KEYS: Final = (
    "contract",
    "api",
    "envelope",
    "envelopes",
    "media",
    "applies",
    "identify",
    "headers",
    "auth",
    "violations",
    "codes",
    "answers",
    "order",
    "statuses",
    "example",
    "closed",
)
API_KEYS: Final = ("name", "base", "docs", "status", "support")
AUTH_KEYS: Final = ("in", "name", "scheme", "format", "challenge", "or")
VIOLATION_KEYS: Final = ("for", "says", "message", "params")
ENTRY_KEYS: Final = (
    "name",
    "status",
    "match",
    "message",
    "detail",
    "title",
    "details",
    "field",
    "params",
    "values",
    "headers",
    "retry",
    "severity",
    "says",
    "causes",
    "fix",
    "user",
    "see",
    "example",
    "since",
    "deprecated",
    "removed",
)
ANSWER_KEYS: Final = ("code", "with", "by")
ITEM_KEYS: Final = ("field", "code", "message", "params")

RETRIES: Final[tuple[str, ...]] = get_args(Retry)
SEVERITIES: Final[tuple[str, ...]] = get_args(Severity)
WHERE: Final = ("header", "query", "cookie")

ORDER: Final = (
    "framing",
    "maintenance",
    "route",
    "method",
    "credentials",
    "rate_limit",
    "permission",
    "size",
    "type",
    "syntax",
    "validation",
    "existence",
    "state",
    "semantics",
    "upstream",
)
"""The order in which a request is checked, unless a contract says another."""

KEYWORDS: Final = (
    "required",
    "type",
    "enum",
    "const",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minLength.0",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minContains",
    "maxContains",
    "contains",
    "minProperties",
    "maxProperties",
    "additionalProperties",
    "additionalItems",
    "propertyNames",
    "unevaluatedProperties",
    "unevaluatedItems",
    "dependentRequired",
    "dependencies",
    "contentEncoding",
    "contentMediaType",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "null",
    "false",
    "*",
)
"""JSON Schema keywords, the two refinements of ours (``minLength.0``, ``null``), and ``*``."""

NAME: Final = re.compile(r"[a-z_][a-z0-9_]*")
"""A slot, a param, a class: one word."""

HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A field name (RFC 9110, 5.6.2)."""

MEDIA_TYPE: Final = re.compile(r"[\w.+-]+/[\w.+-]+(; ?[\w-]+=[\w.+-]+)*", re.ASCII)
"""A media type without quoted parameters."""

LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
"""A language tag (BCP 47) as far as texts need it."""
