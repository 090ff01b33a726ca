"""Delay: what a server asks for is understood in every notation, and never shortened."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.core.header_fields import LONGEST_WAIT, http_date
from failwell.resilience.delay import ServerWait, server_wait

NOW = 1_700_000_000.0
"""Tue, 14 Nov 2023 22:13:20 GMT"""

NAMES = (
    "date",
    "ratelimit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "retry-after",
    "retry-after-ms",
    "x-amz-retry-after",
    "x-ms-retry-after-ms",
    "x-rate-limit-remaining",
    "x-rate-limit-reset",
    "x-ratelimit-remaining",
    "x-ratelimit-remaining-tokens",
    "x-ratelimit-reset",
    "x-ratelimit-reset-after",
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
)

CASES = [
    # N1, N5: seconds, also with decimals
    (503, {"retry-after": "2"}, 2.0, "Retry-After (seconds)"),
    (503, {"retry-after": " 2\t"}, 2.0, "Retry-After (seconds)"),
    (503, {"retry-after": "1.5"}, 1.5, "Retry-After (seconds)"),
    (429, {"retry-after": "2.0"}, 2.0, "Retry-After (seconds)"),
    (503, {"retry-after": "0"}, 0.0, "Retry-After (seconds)"),
    (503, {"retry-after": "1" + "0" * 24}, float(LONGEST_WAIT), "Retry-After (seconds)"),
    # N2: the three dates
    (503, {"retry-after": "Tue, 14 Nov 2023 22:13:22 GMT"}, 2.0, "Retry-After (date)"),
    (503, {"retry-after": "Tuesday, 14-Nov-23 22:13:22 GMT"}, 2.0, "Retry-After (date)"),
    (503, {"retry-after": "Tue Nov 14 22:13:22 2023"}, 2.0, "Retry-After (date)"),
    (503, {"retry-after": "Tue, 14 Nov 2023 20:00:00 GMT"}, 0.0, "Retry-After (date)"),
    # N4: milliseconds beat seconds
    (503, {"retry-after-ms": "1500", "retry-after": "3"}, 1.5, "retry-after-ms"),
    (503, {"x-ms-retry-after-ms": "1500", "retry-after": "3"}, 1.5, "x-ms-retry-after-ms"),
    (503, {"x-amz-retry-after": "1500"}, 1.5, "x-amz-retry-after"),
    (503, {"retry-after-ms": "0.5"}, 0.0005, "retry-after-ms"),
    (503, {"retry-after-ms": "1000", "x-amz-retry-after": "2000"}, 2.0, "x-amz-retry-after"),
    (503, {"retry-after-ms": "soon", "retry-after": "3"}, 3.0, "Retry-After (seconds)"),
    (503, {"retry-after-ms": "9" * 60}, float(LONGEST_WAIT), "retry-after-ms"),
    # N9: resets of quotas, when it is a rate limit or nothing remains
    (429, {"x-ratelimit-reset": "30"}, 30.0, "X-RateLimit-Reset (seconds)"),
    (429, {"x-ratelimit-reset": "1700000030"}, 30.0, "X-RateLimit-Reset (Unix seconds)"),
    (429, {"x-rate-limit-reset": "1700000030"}, 30.0, "X-Rate-Limit-Reset (Unix seconds)"),
    (429, {"ratelimit-reset": "30"}, 30.0, "RateLimit-Reset (seconds)"),
    (429, {"x-ratelimit-reset-after": "30.5"}, 30.5, "X-RateLimit-Reset-After (seconds)"),
    (429, {"x-ratelimit-reset-requests": "1s"}, 1.0, "X-RateLimit-Reset-Requests (duration)"),
    (429, {"x-ratelimit-reset-tokens": "6m0s"}, 360.0, "X-RateLimit-Reset-Tokens (duration)"),
    (
        503,
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1700000030"},
        30.0,
        "X-RateLimit-Reset (Unix seconds)",
    ),
    (
        403,
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1700000030"},
        30.0,
        "X-RateLimit-Reset (Unix seconds)",
    ),
    # N9: the spent quota of two says how long
    (
        429,
        {
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": "1s",
            "x-ratelimit-remaining-tokens": "9000",
            "x-ratelimit-reset-tokens": "6m0s",
        },
        1.0,
        "X-RateLimit-Reset-Requests (duration)",
    ),
    # both spent: the longer one
    (
        429,
        {
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": "1s",
            "x-ratelimit-remaining-tokens": "0.0",
            "x-ratelimit-reset-tokens": "6s",
        },
        6.0,
        "X-RateLimit-Reset-Tokens (duration)",
    ),
    # a delay beside a moment needs no clocks that agree
    (
        429,
        {
            "x-ratelimit-remaining": "0",
            "x-ratelimit-reset": "1700009999.5",
            "x-ratelimit-reset-after": "1.25",
        },
        1.25,
        "X-RateLimit-Reset-After (seconds)",
    ),
    (
        429,
        {"x-ratelimit-reset": "1700000030", "x-ratelimit-reset-after": "soon"},
        30.0,
        "X-RateLimit-Reset (Unix seconds)",
    ),
    # N10: RateLimit, and what wins over what
    (429, {"ratelimit": '"p";r=0;t=2'}, 2.0, "RateLimit (p)"),
    (503, {"ratelimit": '"p";r=0;t=2'}, 2.0, "RateLimit (p)"),
    (429, {"ratelimit": '"a";r=0;t=2, "b";r=0;t=4, "c";r=5;t=9'}, 4.0, "RateLimit (b)"),
    (429, {"ratelimit": '"p";r=3;t=2'}, 2.0, "RateLimit (p)"),
    (429, {"ratelimit": "limit=10, remaining=0, reset=7"}, 7.0, "RateLimit"),
    (429, {"ratelimit": '"p";r=0;t=40', "retry-after": "2"}, 2.0, "Retry-After (seconds)"),
    (429, {"ratelimit": '"p";r=0;t=2', "x-ratelimit-reset": "9"}, 2.0, "RateLimit (p)"),
    (429, {"x-ratelimit-reset": "9", "retry-after": "2"}, 2.0, "Retry-After (seconds)"),
    (429, {"x-ratelimit-reset": "9", "retry-after": "soon"}, 9.0, "X-RateLimit-Reset (seconds)"),
]


@pytest.mark.parametrize(("status", "headers", "seconds", "source"), CASES)
def test_a_wait_is_understood(status, headers, seconds, source):
    """Seconds and source are what the field says."""
    assert server_wait(status, headers, now=NOW) == ServerWait(seconds, source)


@pytest.mark.parametrize(
    "text",
    ["", "soon", "-5", "nan", "inf", "-inf", "1_000", "0x10", "٣", "1, 2", "2, 2", "+2", "2s"]
    + ["1e3", "2;q=1", "9" * 5000, "Fri, 99 Jan 2027 08:00:02 GMT", "\udcff", "1.", ".5"],
)
def test_garbage_is_ignored(text):
    """What is no wait leaves us to our own backoff (N6)."""
    assert server_wait(503, {"retry-after": text, "retry-after-ms": text}, now=NOW) is None


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (503, {"x-ratelimit-reset": "30"}),
        (503, {"x-ratelimit-reset": "30", "x-ratelimit-remaining": "7"}),
        (200, {"ratelimit": '"p";r=7;t=30'}),
        (503, {"ratelimit": '"p";r=7;t=30'}),
        (429, {"ratelimit": '"a";r=7;t=30, "b";r=900;t=80000'}),
        (503, {"ratelimit": '"p";r=0'}),
        (503, {"ratelimit": "p;r=0;t=2"}),
        (503, {"x-ratelimit-remaining": "0"}),
        (503, {"x-ratelimit-remaining": "0", "x-ratelimit-reset-tokens": "30"}),
    ],
)
def test_a_window_is_no_wait_while_something_remains(status, headers):
    """Windows of quotas count when the quota is spent or the answer is a rate limit (N9)."""
    assert server_wait(status, headers, now=NOW) is None


def test_a_contract_may_call_any_status_a_rate_limit():
    """Where the code is a rate limit by contract, its window counts (N9)."""
    headers = {"x-ratelimit-reset": "30"}

    found = server_wait(403, headers, now=NOW, rate_limited=True)

    assert found == ServerWait(30.0, "X-RateLimit-Reset (seconds)")


def test_the_declared_unit_of_a_reset_is_believed():
    """A contract that says Unix seconds is not corrected by the size of the number."""
    headers = {"x-ratelimit-reset": "30"}

    found = server_wait(429, headers, now=NOW, reset_as="epoch")

    assert found == ServerWait(0.0, "X-RateLimit-Reset (Unix seconds)")


@pytest.mark.parametrize(
    ("skew", "note"), [(2, "+2"), (-3600, "-3600"), (3600, "+3600"), (-34_560_000, "-34560000")]
)
def test_dates_are_measured_by_the_clock_of_the_server(skew, note):
    """However wrong its clock, the difference of two of its own times is right (N3)."""
    sent = NOW + skew
    date = {"date": http_date(sent), "retry-after": http_date(sent + 2)}
    reset = {"date": http_date(sent), "x-ratelimit-reset": f"{sent + 2:.0f}"}

    assert server_wait(503, date, now=NOW) == ServerWait(2.0, f"Retry-After (date, skew {note} s)")
    assert server_wait(429, reset, now=NOW) == ServerWait(
        2.0, f"X-RateLimit-Reset (Unix seconds, skew {note} s)"
    )


def test_a_second_of_skew_is_not_worth_a_word():
    """``Date`` has no fractions, so clocks that agree differ by up to a second."""
    headers = {"date": http_date(NOW), "retry-after": http_date(NOW + 2)}

    assert server_wait(503, headers, now=NOW + 0.9) == ServerWait(2.0, "Retry-After (date)")


@pytest.mark.parametrize(
    ("headers", "body_wait", "expected"),
    [
        ({}, 53.0, ServerWait(53.0, "body retry_after")),
        ({"retry-after": "soon"}, 53.0, ServerWait(53.0, "body retry_after")),
        ({"retry-after": "2"}, 1.0, ServerWait(2.0, "Retry-After (seconds)")),
        ({"retry-after": "2"}, 2.0, ServerWait(2.0, "Retry-After (seconds)")),
        ({"retry-after": "2"}, 30.0, ServerWait(30.0, "body retry_after")),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 2.0, ServerWait(1.5, "retry-after-ms")),
        ({"x-ratelimit-reset": "9"}, 4.0, ServerWait(9.0, "X-RateLimit-Reset (seconds)")),
        ({}, float("inf"), ServerWait(float(LONGEST_WAIT), "body retry_after")),
        ({}, float("nan"), None),
        ({}, -1.0, None),
        ({}, None, None),
    ],
)
def test_body_and_header_are_joined(headers, body_wait, expected):
    """The body speaks when no field does, or when it asks for more (N11)."""
    assert server_wait(429, headers, now=NOW, body_wait=body_wait) == expected


def test_what_a_policy_is_called_does_not_flood_a_log():
    """The source of a wait stays short whatever the server calls its policy."""
    found = server_wait(429, {"ratelimit": f'"{"x" * 5000}";r=0;t=2'}, now=NOW)

    assert found is not None
    assert len(found.source) < 60


VALUES = (
    st.text(max_size=60)
    | st.integers(-10, 10**40).map(str)
    | st.floats().map(str)
    | st.from_regex(r"[0-9a-zT:;=\" ,.-]{0,60}", fullmatch=True)
    | st.floats(0, 1e11).map(http_date)
)


@given(
    status=st.none() | st.integers(100, 599),
    headers=st.dictionaries(st.sampled_from(NAMES), VALUES),
    now=st.floats(0, 4e9),
    body_wait=st.none() | st.floats(),
    reset_as=st.sampled_from([None, "delta", "epoch", "epoch_ms"]),
)
def test_reading_is_total(status, headers, now, body_wait, reset_as):
    """No field, however odd, raises or gives a wait that is negative or not finite."""
    found = server_wait(status, headers, now=now, body_wait=body_wait, reset_as=reset_as)

    assert found is None or 0.0 <= found.seconds <= LONGEST_WAIT


@given(
    seconds=st.integers(0, 10**8),
    others=st.dictionaries(st.sampled_from(NAMES), VALUES),
    body_wait=st.none() | st.floats(),
)
def test_a_wait_is_never_shorter_than_asked(seconds, others, body_wait):
    """Whatever else is sent, ``Retry-After`` is kept, unless milliseconds say it more exactly."""
    exact = {name for name in others if name.endswith("-ms") or name.startswith("x-amz")}
    headers = {k: v for k, v in others.items() if k not in exact} | {"retry-after": str(seconds)}

    found = server_wait(503, headers, now=NOW, body_wait=body_wait)

    assert found is not None
    assert found.seconds >= seconds
