"""Header fields: read from the other side without ever failing, written so that all can read."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.core.challenge import Challenge, format_challenge, parse_challenges
from failwell.core.header_fields import (
    LONGEST_WAIT,
    format_allow,
    format_retry_after,
    http_date,
    parse_allow,
    parse_http_date,
    parse_retry_after,
)
from failwell.core.ratelimit_fields import (
    PolicyNotice,
    QuotaNotice,
    format_legacy_rate_limit,
    format_rate_limit,
    format_rate_limit_policy,
    format_three_rate_limit,
    parse_legacy_rate_limit,
    parse_rate_limit,
    parse_rate_limit_policy,
    parse_three_rate_limit,
)
from failwell.core.structured_fields import Item, Token, format_items, parse_items

NOW = datetime(1994, 11, 6, 8, 49, 7, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 120 ", 120),
        ("1.5", 1.5),
        ("2.0", 2),
        ("1000000000000000000000000", LONGEST_WAIT),
        ("9" * 128, LONGEST_WAIT),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 30),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 30),
        ("Sun Nov  6 08:49:37 1994", 30),
        ("sun, 06 nov 1994 08:49:37 gmt", 30),
        ("Sun, 06 Nov 1994 08:49:60 GMT", 53),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
    ],
)
def test_retry_after_is_read_in_all_its_forms(value, seconds):
    """Seconds, decimals and the three dates of RFC 9110 are a wait counted from now."""
    assert parse_retry_after(value, now=NOW) == seconds


@pytest.mark.parametrize(
    "value",
    [None, "", " ", "soon", "-5", "+5", "nan", "inf", "1e3", "1_000", "0x10", "١٢", "1, 2", "5s"]
    + ["5.", ".5", "9" * 129, "120\n", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994"]
    + ["Sun, 06 Nov 0000 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT"]
    + ["Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 1994 08:49:37 CET", "1994-11-06T08:49:37Z"],
)
def test_a_retry_after_that_says_nothing_is_none(value):
    """Garbage is no wait, and never an exception."""
    assert parse_retry_after(value, now=NOW) is None


def test_a_year_of_two_digits_is_at_most_fifty_years_ahead():
    """An RFC 850 date belongs to the century that RFC 9110, 5.6.7 says."""
    now = datetime(2026, 1, 1, tzinfo=UTC).timestamp()

    near = parse_http_date("Sunday, 06-Nov-76 08:49:37 GMT", now=now)
    far = parse_http_date("Saturday, 06-Nov-77 08:49:37 GMT", now=now)

    assert datetime.fromtimestamp(near, UTC).year == 2076
    assert datetime.fromtimestamp(far, UTC).year == 1977


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0"), (-3, "0"), (0.2, "1"), (59.0, "59"), (59.1, "60"), (float("nan"), "0")]
    + [(float("inf"), str(LONGEST_WAIT)), (float("-inf"), "0")],
)
def test_retry_after_is_written_as_whole_seconds(seconds, text):
    """A wait is rounded up, is never negative and always a number."""
    assert format_retry_after(seconds) == text


@given(st.integers(0, 253_402_300_799))
def test_a_date_is_read_back(seconds):
    """The date that is written is the one that is read."""
    assert parse_http_date(http_date(seconds), now=0) == seconds


@given(st.floats())
def test_a_date_can_always_be_written(seconds):
    """No number makes the writer of dates fail."""
    assert parse_http_date(http_date(seconds), now=0) is not None


def test_a_date_is_an_imf_fixdate():
    """A sender must use IMF-fixdate (RFC 9110, 5.6.7)."""
    assert http_date(784111777.9) == "Sun, 06 Nov 1994 08:49:37 GMT"


def test_allow_is_read_and_written():
    """Methods keep their order, come once, and what is no method is left out."""
    assert parse_allow("GET, HEAD,,POST , GET, no method, \r\n") == ("GET", "HEAD", "POST")
    assert parse_allow("") == parse_allow(None) == ()
    assert format_allow(["GET", "POST", "GET", "X\r\nSet-Cookie: a"]) == "GET, POST"
    assert format_allow([]) == ""


def test_rate_limit_of_draft_10_is_read():
    """Each quota policy tells what remains and when there is more."""
    field = '"burst";r=0;t=2, "day";r=50;t=36000;pk=:aGVsbG8=:, "open";r=7'

    assert parse_rate_limit(field) == (
        QuotaNotice(name="burst", remaining=0, reset=2),
        QuotaNotice(name="day", remaining=50, reset=36000, partition=b"hello"),
        QuotaNotice(name="open", remaining=7),
    )


@pytest.mark.parametrize(
    "field",
    ["", "day;r=1", '"day"', '"day";r=-1', '"day";r=1.5', '"day";r=?1', '"day";r=1;t=-1']
    + ['"day";r=1,', '"day" ;r=1', '"day;r=1', '"day";r=1;t="x"', '"dä";r=1', "(1 2);r=1"]
    + ["limit=10, remaining=5", '"day";r=9999999999999999', "\x00", '"day";r=1' * 9000],
)
def test_a_malformed_rate_limit_says_nothing(field):
    """A client must ignore a malformed field, and so do we."""
    assert parse_rate_limit(field) == ()


def test_rate_limit_of_draft_10_is_written():
    """What is written is what other readers of the draft expect."""
    notices = [
        QuotaNotice(name="day", remaining=5, reset=59.2, partition=b"hello"),
        QuotaNotice(remaining=0),
        QuotaNotice(name="silent"),
    ]

    assert format_rate_limit(notices) == '"day";r=5;t=60;pk=:aGVsbG8=:, "default";r=0'
    assert format_rate_limit([]) == ""


def test_rate_limit_policy_is_read_and_written():
    """A policy of draft 10 survives both ways; the nameless one of older drafts is read."""
    field = '"burst";q=100;w=60, "data";q=1000;w=86400;qu="content-bytes"'
    policies = (
        PolicyNotice(name="burst", quota=100, window=60),
        PolicyNotice(name="data", quota=1000, window=86400, unit="content-bytes"),
    )

    assert parse_rate_limit_policy(field) == policies
    assert format_rate_limit_policy(policies) == field
    assert parse_rate_limit_policy("100; w=60, 5") == (
        PolicyNotice(quota=100, window=60),
        PolicyNotice(quota=5),
    )
    assert parse_rate_limit_policy('"x";q=1;w=0, "y", "z";q=-1') == ()


def test_three_fields_of_older_drafts_are_read_and_written():
    """The reset of the drafts up to 06 is a delay."""
    notice = QuotaNotice(limit=100, remaining=0, reset=30.0)

    assert parse_three_rate_limit("100, 100;w=60", "0", "30") == notice
    assert format_three_rate_limit(notice) == (
        ("RateLimit-Limit", "100"),
        ("RateLimit-Remaining", "0"),
        ("RateLimit-Reset", "30"),
    )
    assert parse_three_rate_limit(None, "x", "-1") is None


@pytest.mark.parametrize(
    ("reset", "reset_as", "seconds"),
    [
        ("45", "delta", 45),
        ("1700000045", "delta", 1700000045),
        ("1700000045", "epoch", 45),
        ("1700000045.5", "epoch", 45.5),
        ("1700000045000", "epoch_ms", 45),
        ("45", "epoch", 0),
        ("soon", "epoch", None),
        ("-1", "delta", None),
        (None, "delta", None),
    ],
)
def test_a_legacy_reset_is_read_as_declared(reset, reset_as, seconds):
    """Whether a reset is a delay or a moment is declared and never guessed."""
    notice = parse_legacy_rate_limit("100", "0", reset, reset_as=reset_as, now=1_700_000_000)

    assert notice == QuotaNotice(limit=100, remaining=0, reset=seconds)


@pytest.mark.parametrize(
    ("reset_as", "reset"),
    [("delta", "45"), ("epoch", "1700000045"), ("epoch_ms", "1700000044500")],
)
def test_a_legacy_reset_is_written_as_declared(reset_as, reset):
    """The three fields say what the notice says, the reset rounded up."""
    notice = QuotaNotice(limit=100, remaining=-3, reset=44.5)

    assert format_legacy_rate_limit(notice, reset_as=reset_as, now=1_700_000_000) == (
        ("X-RateLimit-Limit", "100"),
        ("X-RateLimit-Remaining", "0"),
        ("X-RateLimit-Reset", reset),
    )


SF_TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E))
SF_VALUES = (
    SF_TEXT
    | st.integers(-(10**15) + 1, 10**15 - 1)
    | st.binary()
    | st.booleans()
    | st.integers(-(10**9), 10**9).map(lambda n: n / 8)
    | st.just(Token("a/b"))
)


@given(st.lists(st.builds(Item, SF_VALUES, st.dictionaries(st.sampled_from("abc*"), SF_VALUES))))
def test_structured_fields_are_read_back(items):
    """What is written as a structured field is read as the same values of the same types."""
    read = parse_items(format_items(items))

    assert read == tuple(items)
    assert [type(item.value) for item in read] == [type(item.value) for item in items]


@given(st.text(), st.integers(), st.floats())
def test_a_structured_field_can_always_be_written(text, number, decimal):
    """Values outside the range of structured fields are brought into it."""
    items = [Item(text, {}), Item(number, {}), Item(decimal, {}), Item(Token(text), {})]

    assert len(parse_items(format_items(items))) == 4


def test_challenges_are_read():
    """Several challenges in one field, quoted commas and opaque tokens are told apart."""
    field = (
        'Newauth realm="apps, \\"all\\" of them", type=1, Negotiate, '
        'Basic realm="simple", , Custom abc/12==, Bearer'
    )

    assert parse_challenges(field) == (
        Challenge("Newauth", {"realm": 'apps, "all" of them', "type": "1"}),
        Challenge("Negotiate"),
        Challenge("Basic", {"realm": "simple"}),
        Challenge("Custom", token68="abc/12=="),
        Challenge("Bearer"),
    )


@pytest.mark.parametrize(
    ("field", "challenges"),
    [
        ("", ()),
        (" , ,", ()),
        ("=x, Basic realm=a", (Challenge("Basic", {"realm": "a"}),)),
        ('Bearer Realm = "a" , realm="b"', (Challenge("Bearer", {"realm": "a"}),)),
        ('Bearer realm="open', (Challenge("Bearer"),)),
        ("Bearer\r\nX: y", ()),
        ("Bearer" * 5000, ()),
    ],
)
def test_broken_challenges_are_read_as_far_as_they_go(field, challenges):
    """A part that cannot be read costs only itself."""
    assert parse_challenges(field) == challenges


def test_a_challenge_is_written_for_every_parser():
    """All values stand in quotes, and no value can break out of them."""
    challenge = Challenge("ApiKey", {"realm": 'con"nix\\', "note": "a\r\nX: ü", "bad name": "x"})

    assert format_challenge(challenge) == 'ApiKey realm="con\\"nix\\\\", note="a??X: ?"'
    assert format_challenge(Challenge("Custom", token68="abc==")) == "Custom abc=="
    assert format_challenge(Challenge("Custom", token68="a b")) == "Custom"
    assert format_challenge(Challenge("\r\n")) == "Unknown"


NAMES = st.from_regex(r"\A[a-z][a-z0-9_-]{0,8}\Z")


@given(st.lists(st.builds(Challenge, NAMES, st.dictionaries(NAMES, SF_TEXT, min_size=1))))
def test_challenges_are_read_back(challenges):
    """What is written as a challenge is read as the same challenge, also among others."""
    assert parse_challenges(", ".join(map(format_challenge, challenges))) == tuple(challenges)


HOSTILE_TEXT = st.text() | st.text('",;=:()?\\ \tabr019-.*/+', max_size=60)


@given(HOSTILE_TEXT)
def test_no_field_makes_a_parser_fail(text):
    """Every parser of fields from the other side answers to any text."""
    parse_retry_after(text, now=NOW)
    parse_http_date(text, now=NOW)
    parse_allow(text)
    parse_rate_limit(text)
    parse_rate_limit_policy(text)
    parse_three_rate_limit(text, text, text)
    parse_legacy_rate_limit(text, text, text, reset_as="epoch", now=NOW)
    parse_challenges(text)


@pytest.mark.parametrize("unit", ["a ", 'a="', ",", "a=b ", '"\\', "a=\t", ":", '"a";r=1,', "A a,"])
def test_no_field_takes_long(unit):
    """A long field costs time in proportion to its length."""
    field = (unit * 100_000)[:16_000]
    start = time.process_time()

    parse_challenges(field)
    parse_rate_limit(field[:8000])
    parse_allow(field)
    parse_retry_after(field, now=NOW)

    assert time.process_time() - start < 1
