"""Hostile requests that mean something to Connix alone: its fields, its queries, its forms."""

import json
import sys

from failwell.core.situation import Situation
from tests.hostile.hostile_request import (
    CANARY,
    CREATE,
    NO_ROUTE,
    OK,
    READ,
    WRONG_METHOD,
    Expected,
    HostileRequest,
    get,
    head,
    invalid,
    post,
    row,
)

__all__ = ["FORMS", "PLACES", "QUERIES", "WRONG_VALUES"]

_PROJECT = b"{project}"
_AGENTS = b"/api/v1/projects/" + _PROJECT + b"/agents"
_TOKEN = b"/oauth2/token"
_REQUIRED = invalid(("name", "required"))
_NOT_FOUND = Expected((Situation.NOT_FOUND,), ('"resource_type":"project"',))
_BAD_FORM = Expected((Situation.BAD_REQUEST,), ("Request could not be understood",))
_BODY = b'{"name":"' + CANARY + b'"}'

PLACES: tuple[HostileRequest, ...] = (
    row("PUT of a project", head(b"PUT /api/v1/projects/%b HTTP/1.1" % _PROJECT), WRONG_METHOD),
    row("HEAD of a POST", head(b"HEAD /oauth2/token HTTP/1.1"), WRONG_METHOD),
    row("percent encoded slash", get(b"/api%2fv1%2fhello"), OK),
    row("slash at the end", get(b"/api/v1/hello/"), NO_ROUTE),
    row("token beside a key", get(READ, b"Authorization: Bearer " + CANARY), OK),
)
"""Places that are somewhere else in another API, or nowhere."""

QUERIES: tuple[HostileRequest, ...] = (
    row("id with a NUL", get(CREATE + b"/%00"), _NOT_FOUND),
    row("id of 5 kB", get(CREATE + b"/" + b"a" * 5_000), _NOT_FOUND),
    row("id of SQL", get(CREATE + b"/'%20OR%201=1--"), _NOT_FOUND),
    row("id no UTF-8", get(CREATE + b"/%ff"), _NOT_FOUND),
    row("search percent zz", get(CREATE + b"?search=%zz"), _BAD_FORM),
    row("search no UTF-8", get(CREATE + b"?search=%ff" + CANARY), _BAD_FORM),
    row("search with a NUL", get(CREATE + b"?search=%00"), invalid(("search", "invalid_format"))),
    row("query of SQL", get(CREATE + b"?search=%25'%20OR%201=1--"), OK),
    row("search for nothing", get(CREATE + b"?&&=&=x&?#"), OK),
    row("list with 1,000 unknown names", get(CREATE + b"?" + b"a=b&" * 1_000), OK),
    row("limit 500", get(CREATE + b"?limit=500"), invalid(("limit", "out_of_range"))),
    row("limit no number", get(CREATE + b"?limit=" + CANARY), invalid(("limit", "invalid_format"))),
    row("limit empty", get(CREATE + b"?limit="), invalid(("limit", "invalid_format"))),
    row("limit twice", get(CREATE + b"?limit=1&limit=2"), invalid(("limit", "invalid_format"))),
    row("limit NaN", get(CREATE + b"?limit=NaN"), invalid(("limit", "invalid_format"))),
    row("limit 1e400", get(CREATE + b"?limit=1e400"), invalid(("limit", "invalid_format"))),
    row(
        "limit of 308 digits",
        get(CREATE + b"?limit=" + b"9" * 308),
        invalid(("limit", "out_of_range")),
    ),
    row(
        "limit of 309 digits",
        get(CREATE + b"?limit=" + b"9" * 309),
        invalid(("limit", "invalid_format")),
    ),
    row(
        "limit of 5,000 digits",
        get(CREATE + b"?limit=" + b"9" * 5_000),
        invalid(("limit", "invalid_format")),
    ),
    row(
        "page enormous",
        get(CREATE + b"?page=9223372036854775808"),
        invalid(("page", "out_of_range")),
    ),
    row("sort unknown", get(CREATE + b"?sort=" + CANARY), invalid(("sort", "invalid_choice"))),
)
"""Identifiers and queries of projects."""

FORMS: tuple[HostileRequest, ...] = (
    row(
        "JSON for a form",
        post(_BODY, path=_TOKEN, key=b""),
        Expected(
            (Situation.WRONG_TYPE,), ("Expected content type application/x-www-form-urlencoded",)
        ),
    ),
    row(
        "form with bad escapes",
        post(
            b"grant_type=%zz&client_secret=" + CANARY,
            path=_TOKEN,
            media=b"Content-Type: application/x-www-form-urlencoded",
        ),
        _BAD_FORM,
    ),
)
"""Bodies of the token endpoint, which takes forms."""


def _value(name: str, value: object, *wrong: tuple[str, str]) -> HostileRequest:
    body = json.dumps(value).encode("ascii")
    return row(name, post(body, path=_AGENTS), invalid(*wrong))


_LARGEST = sys.float_info.max
_TEXT = CANARY.decode("ascii")
_WEBHOOK = {"url": _TEXT, "events": [_TEXT] * 1_000, "filters": {"severity": [_TEXT] * 1_000}}

WRONG_VALUES: tuple[HostileRequest, ...] = (
    _value("null for an object", None, ("body", "required")),
    _value("5 for an object", 5, ("body", "invalid_format")),
    _value("a text for an object", _TEXT, ("body", "invalid_format")),
    _value("a list for an object", [{}], ("body", "invalid_format")),
    _value("true for an object", True, ("body", "invalid_format")),
    _value("nothing in it", {}, ("name", "required")),
    _value("name null", {"name": None}, ("name", "required")),
    _value("name empty", {"name": ""}, ("name", "required")),
    _value("name a number", {"name": 5}, ("name", "invalid_format")),
    _value("name a list", {"name": [_TEXT]}, ("name", "invalid_format")),
    _value("name an object", {"name": {"secret": _TEXT}}, ("name", "invalid_format")),
    _value("name of 100 kB", {"name": _TEXT * 5_000}, ("name", "too_long")),
    _value("config a text", {"name": "x", "config": _TEXT}, ("config", "invalid_format")),
    _value("config null", {"name": "x", "config": None}, ("config", "required")),
    _value(
        "name and config wrong",
        {"config": {"temperature": -3.5, "max_tokens": 0}, "name": ""},
        ("config.temperature", "out_of_range"),
        ("config.max_tokens", "out_of_range"),
        ("name", "required"),
    ),
    _value(
        "numbers just sayable",
        {"name": "x", "config": {"temperature": _LARGEST, "max_tokens": -int(_LARGEST)}},
        ("config.temperature", "out_of_range"),
        ("config.max_tokens", "out_of_range"),
    ),
    _value(
        "numbers as texts",
        {"name": "x", "config": {"temperature": _TEXT, "max_tokens": _TEXT}},
        ("config.temperature", "invalid_format"),
        ("config.max_tokens", "invalid_format"),
    ),
    _value(
        "model unknown",
        {"name": "x", "config": {"model": _TEXT}},
        ("config.model", "invalid_choice"),
    ),
    _value(
        "tools unknown",
        {"name": "x", "config": {"tools": [_TEXT]}},
        ("config.tools.0", "invalid_choice"),
    ),
    _value(
        "tools not of one kind",
        {"name": "x", "config": {"tools": [[], {}, None]}},
        ("config.tools.0", "invalid_format"),
        ("config.tools.1", "invalid_format"),
        ("config.tools.2", "required"),
    ),
    _value(
        "1,000 wrong metadata",
        {"name": "x", "metadata": {f"m{n}": [_TEXT] for n in range(1_000)}},
        ("metadata", "too_long"),
        ("metadata.m0", "invalid_format"),
    ),
    _value(
        "1,000 wrong tools",
        {"name": "x", "config": {"tools": [_TEXT] * 1_000}},
        ("config.tools", "too_long"),
        ("config.tools.0", "invalid_choice"),
    ),
    _value(
        "60,000 wrong tools",
        {"name": "x", "config": {"tools": list(range(60_000))}},
        ("config.tools", "too_long"),
        ("config.tools.0", "invalid_format"),
    ),
    row(
        "1,000 wrong events",
        post(json.dumps(_WEBHOOK).encode("ascii"), path=b"/api/v1/webhooks"),
        invalid(("url", "invalid_format"), ("events", "too_long"), ("events.0", "invalid_choice")),
    ),
    row(
        "100,000 unknown members",
        post(b"{" + b",".join(b'"%d":0' % n for n in range(100_000)) + b"}"),
        _REQUIRED,
    ),
)
"""JSON that is no agent, no webhook, no project."""
