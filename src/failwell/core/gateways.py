"""Gateways: who answered, the API itself or something in front of it, and under which name.

A proxy, a CDN or a load balancer answers for an API that is down. Its words mean nothing to
the API's callers, but its header fields name the exchange, and support can find it by them.
"""

import re
from collections.abc import Mapping

from failwell.core.foreign_body import BodyKind

__all__ = ["REQUEST_ID_FIELDS", "answered_by_gateway", "header_request_id"]

REQUEST_ID_FIELDS = (
    "x-request-id",
    "request-id",
    "x-requestid",
    "requestid",
    "x-amzn-requestid",
    "x-amz-request-id",
    "x-ms-request-id",
    "x-github-request-id",
    "twilio-request-id",
    "x-slack-req-id",
    "x-okta-request-id",
    "x-hubspot-correlation-id",
    "x-shopify-request-id",
    "x-correlation-id",
    "correlation-id",
    "x-trace-id",
    "x-transaction-id",
    "x-datadog-trace-id",
    "x-b3-traceid",
    "x-cloud-trace-context",
    "x-fb-trace-id",
    "cf-ray",
    "x-amz-cf-id",
    "x-azure-ref",
    "x-vercel-id",
    "fly-request-id",
    "traceparent",
)
"""Header fields that name an exchange, those of an API before those of its surroundings."""

_PROXIES = re.compile(
    r"cloudflare|cloudfront|awselb|akamai|varnish|envoy|nginx|openresty|haproxy|traefik|caddy"
    r"|google frontend|gfe|squid|bigip|fastly|vercel|netlify|heroku|azure|apache|litespeed|kong",
    re.IGNORECASE,
)
_FIELDS = (
    "via",
    "cf-ray",
    "x-amz-cf-id",
    "x-azure-ref",
    "x-vercel-error",
    "x-served-by",
    "x-akamai-request-id",
    "fly-request-id",
    "x-envoy-upstream-service-time",
    "x-cache",
)
_WORDS = re.compile(
    r"upstream (connect|request)|no healthy upstream|bad gateway|gateway time-?out"
    r"|stream timeout|origin (is )?unreachable|backend fetch failed|no server is available",
    re.IGNORECASE,
)
_LONGEST_ID = 200


def answered_by_gateway(
    status: int | None, fields: Mapping[str, str], kind: BodyKind, text: str
) -> bool:
    """Tell whether something in front of the API answered.

    JSON and XML are an API's own words, whoever carries them: a CDN puts its fields on every
    answer. A page of HTML is never an API's answer to a program.

    Args:
        status: The status line.
        fields: Header fields by lower-case name.
        kind: What the body looks like.
        text: The decoded body.
    """
    if kind == "html":
        return True
    if kind in ("json", "xml"):
        return False
    if _WORDS.search(text[:500]):
        return True
    marked = bool(_PROXIES.search(fields.get("server", ""))) or any(f in fields for f in _FIELDS)
    return marked and (status in (502, 503, 504) or 520 <= (status or 0) <= 530)


def header_request_id(fields: Mapping[str, str]) -> str | None:
    """Find the name of the exchange in the header fields.

    Args:
        fields: Header fields by lower-case name.
    """
    for name in REQUEST_ID_FIELDS:
        value = fields.get(name, "").strip()
        if value and value.isprintable() and len(value) <= _LONGEST_ID:
            parts = value.split("-")
            return parts[1] if name == "traceparent" and len(parts) == 4 else value
    return None
