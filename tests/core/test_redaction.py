"""Redaction: what is not named stays inside, and what comes out cannot harm a log."""

import json
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.core.redaction import HIDDEN, RedactionPolicy, log_text

POLICY = RedactionPolicy()
CANARY = "canary-9f8e7d6c5b4a"


def test_a_policy_cannot_be_changed():
    """Nobody can widen a policy that is in use."""
    with pytest.raises(AttributeError):
        POLICY.headers = frozenset()


def test_a_wider_policy_is_a_new_one():
    """Allowing a name makes a new policy; header names compare without regard to case."""
    wider = POLICY.allowing(headers=["X-Tenant"], query=["q"], members=["name"])

    assert wider.redact_headers([("x-tenant", "t1")]) == (("x-tenant", "t1"),)
    assert wider.redact_query("q=1") == "q=1"
    assert wider.redact_body({"name": "x"}) == {"name": "x"}
    assert POLICY.redact_headers([("X-Tenant", "t1")]) == (("X-Tenant", HIDDEN),)


SECRET_HEADERS = ["Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-API-Key"] + [
    "Api-Application", "Secret-Token", "X-Amz-Security-Token", "Referer", "Location", "Link",
    "X-Invented-Tomorrow",
]  # fmt: skip


@pytest.mark.parametrize("name", SECRET_HEADERS)
def test_no_secret_header_is_shown(name):
    """A header that nobody allowed shows its name and nothing else."""
    shown = POLICY.redact_headers([(name, f"Bearer {CANARY}"), ("Content-Type", "text/plain")])

    assert shown == ((name, HIDDEN), ("Content-Type", "text/plain"))


def test_headers_of_asgi_are_shown_as_text():
    """Pairs of bytes are read as Latin-1, and hostile values are made harmless."""
    shown = POLICY.redact_headers([(b"user-agent", b"a\x1b[31m\r\nERROR"), (b"bad name", b"x")])

    assert shown == (("user-agent", "a\\x1b[31m\\r\\nERROR"), (HIDDEN, HIDDEN))


def test_the_number_of_headers_is_bounded():
    """A flood of fields is not a flood of log."""
    assert len(POLICY.redact_headers([("Accept", "x")] * 10_000)) == POLICY.most


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ""),
        ("page=2&limit=10", "page=2&limit=10"),
        (f"page=2&api_key={CANARY}", "page=2&api_key=***"),
        (f"page=2;token={CANARY}", "page=2&token=***"),
        (f"p%61ge={CANARY}", f"page={CANARY}"),
        (f"page={'x' * 300}", f"page={'x' * 199}…"),
        (CANARY, "***"),
        (f"{CANARY}=1", "***=***"),
        (f"{'x' * 300}=1", "***=***"),
        ("a=1\r\nb", "a=***"),
        ("limit=\x1b[2J", "limit=\\x1b[2J"),
        ("filter[name]=x&&b=", "filter[name]=***&&b=***"),
    ],
)
def test_a_query_keeps_names_and_allowed_values(query, shown):
    """Names stay as long as they look like names, values only where they are allowed."""
    assert POLICY.redact_query(query) == shown
    assert POLICY.redact_query(query.encode()) == shown


def test_a_long_query_is_cut():
    """The number of parameters is bounded, and the cut is visible."""
    shown = POLICY.redact_query("&".join(["a=1"] * 500))

    assert shown.count("=") == POLICY.most
    assert shown.endswith("&…")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"https://user:{CANARY}@example.com/hooks/{CANARY}?page=1#{CANARY}",
         "https://example.com/***?page=1"),
        ("https://example.com/", "https://example.com/"),
        ("https://example.com", "https://example.com"),
        (f"/callback?code={CANARY}", "/***?code=***"),
        (f"https://[{CANARY}", HIDDEN),
        (f"mailto:{CANARY}", "/***"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_url_shows_only_where_it_goes(url, shown):
    """User, password, path and fragment of an address never leave."""
    assert POLICY.redact_url(url) == shown


def test_a_body_keeps_its_shape_and_allowed_single_values():
    """Names and nesting are shown; values only single ones under an allowed name."""
    body = {
        "type": "card",
        "limit": 3,
        "name": "Ada",
        "code": "123456",
        "status": ["active", {"status": None}],
        "items": [1, {"position": 1.5}],
        "user@example.com": True,
        "sk_live_12345678": True,
    }

    assert POLICY.redact_body(body) == {
        "type": "card",
        "limit": 3,
        "name": HIDDEN,
        "code": HIDDEN,
        "status": [HIDDEN, {"status": None}],
        "items": [HIDDEN, {"position": 1.5}],
        HIDDEN: HIDDEN,
    }
    assert POLICY.redact_body("text") == HIDDEN


def test_a_body_of_any_size_becomes_a_small_one():
    """Depth, breadth, texts and numbers are bounded; a cycle ends."""
    cycle = {"limit": 10**5000}
    cycle["again"] = [cycle]
    wide = {f"n{'x' * (n % 30)}": [0] * 1000 for n in range(30)}

    assert len(json.dumps(POLICY.redact_body(cycle))) < 500
    assert len(json.dumps(POLICY.redact_body(wide))) < 5000
    assert POLICY.redact_body({"limit": 10**5000, "type": "x" * 999}) == {
        "limit": HIDDEN,
        "type": "x" * 199 + "…",
    }
    assert POLICY.redact_body({"type": object(), "limit": b"x"}) == {
        "type": HIDDEN,
        "limit": HIDDEN,
    }


def test_params_of_a_fault_are_redacted_like_a_body():
    """What a caller sent never leaves in a record of the fault."""
    params = {"limit": 100, "resource_type": "project", "value": CANARY, "token": "}"}

    assert POLICY.redact_params(params) == {
        "limit": 100,
        "resource_type": "project",
        "value": HIDDEN,
        "token": HIDDEN,
    }


JSON = st.recursive(
    st.just(CANARY) | st.integers() | st.none() | st.floats(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["a", "b"]), inner),
    max_leaves=30,
)


@given(JSON)
def test_no_planted_secret_leaves_a_body(body):
    """A secret under names that nobody allowed is nowhere in the result."""
    shown = RedactionPolicy(members=frozenset()).redact_body(body)

    assert CANARY not in msgspec.json.encode(shown).decode()


@given(st.lists(st.tuples(st.text(min_size=1), st.just(CANARY))))
def test_no_planted_secret_leaves_headers_or_queries(pairs):
    """With nothing allowed nothing is shown, whatever the names are."""
    closed = RedactionPolicy(headers=frozenset(), query=frozenset())

    assert CANARY not in repr(closed.redact_headers(pairs))
    assert CANARY not in closed.redact_query("&".join(f"{name}={value}" for name, value in pairs))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – ü 😀", "plain – ü 😀"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("\x9b31m\x7f\x85", "\\x9b31m\\x7f\\x85"),
        ("user\u202etxt.exe\u2066\u200f", "user\\u202etxt.exe\\u2066\\u200f"),
        ("a\u200bb\ufeff\u2028", "a\\u200bb\\ufeff\\u2028"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("x" * 201, "x" * 199 + "…"),
        ("", ""),
    ],
)
def test_text_for_a_log_is_one_harmless_line(text, shown):
    """Nothing in a text can forge a line, steer a terminal or hide a part of itself."""
    assert log_text(text) == shown


@given(st.text(), st.integers(1, 40))
def test_text_for_a_log_is_printable_and_short(text, longest):
    """Whatever comes, the result is printable, within its length, and not cut inside an escape."""
    shown = log_text(text, longest=longest)

    assert shown.isprintable()
    assert len(shown) <= longest
    if shown.endswith("…") and "\\" not in text and "…" not in text:
        assert re.fullmatch(r"(?:[^\\]|\\[nrt]|\\x..|\\u.{4}|\\U.{8})*", shown)
