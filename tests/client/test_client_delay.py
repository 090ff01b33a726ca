"""N1 to N14: a wait that the server asks for is kept, whatever notation it comes in."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from failwell import Contract, RateLimitError, UnavailableError
from failwell.core.header_fields import http_date
from failwell.resilience.policy import RetryPolicy
from tests.client.byte_server import json_reply, reply, serve
from tests.client.calls import OK, call, failed
from tests.client.driving import QUICK, outcome
from tests.client.shop import SHOP, shop_reply

NOW = 1_800_000_000
"""Unix seconds at which faked time begins: 2027-01-15 08:00:00 UTC, a Friday."""


def asked(headers, *, status=503):
    """A failure with a wish, then success."""
    return failed(status, headers), OK


def assert_waited(called, seconds):
    """It waited once: what was asked for, at most a second or a tenth longer."""
    assert called.status == 200
    assert called.count == 2
    (slept,) = called.slept
    assert seconds <= slept <= seconds + max(seconds * 0.1, 1.0)


def test_client_n01_seconds_are_waited_on_a_real_clock(drive):
    """The second request comes 2 to 3 s after the first, never earlier."""
    with serve(*asked({"Retry-After": "2"})) as server:
        assert drive.client(server.url, retry=QUICK).get("/").status_code == 200

        assert 2.0 <= server.gaps[0] <= 3.0


@pytest.mark.parametrize("random", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("seconds", [1, 2, 30, 59])
def test_client_n01_jitter_only_lengthens(drive, seconds, random):
    """Whatever the dice say, a wait is at least what was asked and at most a little more."""
    assert_waited(
        call(drive, *asked({"Retry-After": str(seconds)}), random=random, retry=RetryPolicy()),
        seconds,
    )


@pytest.mark.parametrize(
    "date",
    ["Fri, 15 Jan 2027 08:00:02 GMT", "Friday, 15-Jan-27 08:00:02 GMT", "Fri Jan 15 08:00:02 2027"],
    ids=["IMF-fixdate", "RFC 850", "asctime"],
)
def test_client_n02_dates_are_waited_for(drive, date):
    """All three forms of an HTTP date mean the same wait."""
    assert_waited(call(drive, *asked({"Retry-After": date})), 2)


def test_client_n02_a_date_that_has_passed_is_no_wait(drive):
    """A moment in the past lets the client come back after its own backoff."""
    called = call(drive, *asked({"Retry-After": http_date(NOW - 100)}), retry=QUICK)

    assert called.status == 200
    assert sum(called.slept) <= 0.02


@pytest.mark.parametrize("skew", [-3600, 3600, -86_400 * 400])
def test_client_n03_the_clock_of_the_server_counts(drive, skew):
    """A date is measured from the response's own ``Date``, however wrong that clock is."""
    fields = {"Date": http_date(NOW + skew), "Retry-After": http_date(NOW + skew + 2)}

    assert_waited(call(drive, *asked(fields)), 2)


@pytest.mark.parametrize("name", ["retry-after-ms", "x-ms-retry-after-ms", "x-amz-retry-after"])
def test_client_n04_milliseconds_beat_seconds(drive, name):
    """Fields in milliseconds are read as such and win over ``Retry-After``."""
    assert_waited(call(drive, *asked({"Retry-After": "30", name: "1500"})), 1.5)


@pytest.mark.parametrize("text", ["1.5", "2.0", "0.75"])
def test_client_n05_decimals_are_seconds(drive, text):
    """A decimal wait is waited to its fraction."""
    assert_waited(call(drive, *asked({"Retry-After": text})), float(text))


GARBAGE = [
    "soon",
    "-5",
    "nan",
    "inf",
    "-inf",
    "1_000",
    "0x10",
    "٣",
    "",
    "1, 2",
    "+2",
    "2s",
    "1e3",
    "2;q=1",
    "9" * 5000,
    "Fri, 99 Jan 2027 08:00:02 GMT",
    "\udcff\udcfe",
]


@pytest.mark.parametrize("text", GARBAGE, ids=[ascii(each)[:20] for each in GARBAGE])
def test_client_n06_garbage_is_ignored(drive, text):
    """What is no wait leads to the client's own backoff, and the status is kept."""
    called = call(drive, failed(503, {"Retry-After": text}), retry=RetryPolicy(attempts=2))

    assert isinstance(called.error, UnavailableError)
    assert (called.error.status, called.error.retry_after) == (503, None)
    assert called.slept == [pytest.approx(0.1)]
    assert called.count == 2


def test_client_n06_two_fields_are_ignored(drive):
    """Two different waits are none."""
    twice = failed(503, [("Retry-After", "1"), ("Retry-After", "2")])

    called = call(drive, twice, OK)

    assert called.status == 200
    assert called.slept == [pytest.approx(0.1)]


def test_client_n07_zero_allows_a_retry_now(drive):
    """The first retry may come at once; the second keeps the client's own least backoff."""
    called = call(drive, failed(503, {"Retry-After": "0"}), random=0.0, retry=RetryPolicy())

    assert called.count == 3
    first, *_ = called.slept or [0.0]
    assert first <= 0.1
    assert called.slept[-1] >= 0.02
    assert called.error.status == 503


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize(
    ("status", "wait", "kind", "suppressed"),
    [
        (429, "61", RateLimitError, "wait"),
        (429, "1" + "0" * 24, RateLimitError, "wait"),
        (503, "90", UnavailableError, "deadline"),
        (503, "3600", UnavailableError, "deadline"),
        (503, "1" + "0" * 100, UnavailableError, "deadline"),
    ],
)
def test_client_n08_a_wait_that_is_too_long_fails_at_once(
    drive, status, wait, kind, suppressed, method
):
    """Beyond the cap or the deadline the call neither sleeps nor comes back early."""
    started = time.monotonic()
    called = call(drive, failed(status, {"Retry-After": wait}), method=method, retry=RetryPolicy())

    assert time.monotonic() - started < 2
    assert (called.count, called.slept) == (1, [])
    error = called.error
    assert isinstance(error, kind)
    assert error.retry_suppressed == suppressed
    assert error.retry_after == pytest.approx(min(float(wait), 1e10), rel=0.001)


def test_client_n08_maintenance_is_waited_for_up_to_the_deadline(drive):
    """A 503 may ask for more than the cap of other waits, as long as there is time for it."""
    called = call(drive, failed(503, {"Retry-After": "75"}), retry=RetryPolicy())

    assert called.count == 2
    assert 75 <= called.slept[0] < 90
    assert called.error.retry_suppressed == "deadline"


def test_client_n08_the_error_says_when_to_come_back(drive):
    """The absolute moment at which the wait ends is on the error, aware."""
    with serve(failed(429, {"Retry-After": "3600"})) as server:
        client = drive.client(server.url, retry=QUICK)
        started, before = time.monotonic(), datetime.now(UTC)
        error = outcome(lambda: client.get("/"))

    assert time.monotonic() - started < 0.2
    assert isinstance(error, RateLimitError)
    assert error.retry_after == 3600
    assert abs(error.retry_at - before - timedelta(hours=1)) < timedelta(seconds=5)


def test_client_n08_a_wait_beyond_the_deadline_fails_at_once(drive):
    """Nobody sleeps towards a deadline that would pass first."""
    called = call(drive, failed(503, {"Retry-After": "30"}), deadline=8.0)

    assert (called.count, called.slept) == (1, [])
    assert called.error.retry_after == 30
    assert called.error.retry_suppressed in ("deadline", "wait")


RESETS = {
    "delta": "2",
    "epoch": f"{NOW + 2}",
    "epoch with decimals": f"{NOW + 2}.0",
    "milliseconds": f"{NOW + 2}000",
    "microseconds": f"{NOW + 2}000000",
    "nanoseconds": f"{NOW + 2}000000000",
    "ISO 8601": "2027-01-15T08:00:02Z",
    "ISO 8601 with offset": "2027-01-15T10:00:02+02:00",
    "HTTP date": "Fri, 15 Jan 2027 08:00:02 GMT",
    "Go duration": "2s",
    "Go duration in parts": "0m1s1000ms",
    "Go milliseconds": "2000ms",
}


@pytest.mark.parametrize("text", RESETS.values(), ids=list(RESETS))
def test_client_n09_a_reset_is_understood_by_its_size_and_form(drive, text):
    """Seconds, moments in four units, dates and durations all mean two seconds from now."""
    assert_waited(call(drive, *asked({"X-RateLimit-Reset": text}, status=429)), 2)


@pytest.mark.parametrize(
    "name",
    [
        "X-RateLimit-Reset",
        "X-RateLimit-Reset-After",
        "X-Rate-Limit-Reset",
        "RateLimit-Reset",
        "x-ratelimit-reset-requests",
        "x-ratelimit-reset-tokens",
    ],
)
def test_client_n09_every_name_of_a_reset_is_known(drive, name):
    """The six names under which APIs send it."""
    assert_waited(call(drive, *asked({name: "2"}, status=429)), 2)


def test_client_n09_a_reset_in_the_past_is_no_wait(drive):
    """A window that has begun again lets the client come back after its own backoff."""
    called = call(drive, *asked({"X-RateLimit-Reset": f"{NOW - 60}"}, status=429), retry=QUICK)

    assert called.status == 200
    assert sum(called.slept) <= 0.05


def test_client_n09_a_reset_counts_when_nothing_remains(drive):
    """With 0 remaining, the reset is the wait of any failure that passes."""
    fields = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{NOW + 2}"}

    assert_waited(call(drive, *asked(fields)), 2)


def test_client_n09_a_reset_is_no_wait_while_something_remains(drive):
    """A 503 of a caller with quota left has nothing to do with its window."""
    fields = {"X-RateLimit-Remaining": "7", "X-RateLimit-Reset": f"{NOW + 2}"}

    called = call(drive, *asked(fields), retry=QUICK)

    assert called.status == 200
    assert sum(called.slept) <= 0.02


@pytest.mark.parametrize(
    ("field", "seconds"),
    [
        ('"p";r=0;t=2', 2),
        ('"a";r=0;t=2, "b";r=0;t=4, "c";r=5;t=9', 4),
        ('"burst";r=3;t=1, "day";r=0;t=3', 3),
    ],
)
def test_client_n10_the_exhausted_policy_with_the_longest_reset_counts(drive, field, seconds):
    """Of the policies in ``RateLimit`` the spent ones say how long."""
    assert_waited(call(drive, *asked({"RateLimit": field}, status=429)), seconds)


def test_client_n10_retry_after_wins_over_the_policy(drive):
    """The wait of this very answer beats the window."""
    fields = {"RateLimit": '"p";r=0;t=40', "Retry-After": "2"}

    assert_waited(call(drive, *asked(fields, status=429)), 2)


@pytest.mark.parametrize(
    "text", ["p;r=0;t=-1", '"p";r=0;t=1e9', '"p";;', "\udcff", '"p";r=0'], ids=ascii
)
def test_client_n10_a_broken_field_is_ignored(drive, text):
    """A ``RateLimit`` nobody can read leads to the client's own backoff."""
    called = call(drive, *asked({"RateLimit": text}))

    assert called.status == 200
    assert called.slept == [pytest.approx(0.1)]


def test_client_n11_the_body_says_how_long(drive):
    """A duration where the contract has it (``53s``) is waited when no field says anything."""
    assert_waited(call(drive, shop_reply("rate_limited", retry_in="53s"), OK, contract=SHOP), 53)


@pytest.mark.parametrize(("value", "seconds"), [(2, 2), (1.5, 1.5), (0.75, 0.75)])
def test_client_n11_numbers_in_the_body_are_seconds(drive, value, seconds):
    """Where the contract has a number, it is waited to its fraction."""
    counting = Contract.loads(
        """
contract: 1
api: {name: Counting}
envelope: {code: $code, retry_after: '$retry_after:number'}
codes: {slow_down: {status: 429, retry: after}}
answers: {rate_limited: slow_down}
"""
    )
    told = json_reply(429, {"code": "slow_down", "retry_after": value})

    assert_waited(call(drive, told, OK, contract=counting), seconds)


def test_client_n11_an_unknown_api_may_say_it_too(drive):
    """Without a contract, ``retry_after`` in the body is understood as seconds."""
    told = json_reply(429, {"message": "You are being rate limited.", "retry_after": 2.0})

    assert_waited(call(drive, told, OK), 2)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 412, 422])
def test_client_n12_a_wait_does_not_make_an_error_retryable(drive, status, method):
    """An error that stays one is not repeated because it carries ``Retry-After``."""
    called = call(drive, failed(status, {"Retry-After": "1"}), method=method)

    assert (called.count, called.slept) == (1, [])
    assert called.error.status == status


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_client_n13_setting_the_clock_does_not_change_a_wait(drive, jump):
    """Somebody sets the wall clock in the middle of a wait: neither longer nor shorter."""

    def set_clock(time):
        time.wall_jump = jump

    called = call(drive, *asked({"Retry-After": http_date(NOW + 2)}), while_asleep=set_clock)

    assert_waited(called, 2)


def test_client_n14_backoff_begins_anew_after_a_wait_of_the_server(drive):
    """A wait that was asked for and did not help is followed by the first backoff again."""
    replies = failed(), failed(503, {"Retry-After": "2"}), failed(), failed(), OK

    called = call(drive, *replies, retry=RetryPolicy(attempts=5))

    assert called.status == 200
    first, asked_for, second, third = called.slept
    assert (first, second, third) == pytest.approx((0.1, 0.1, 0.2))
    assert 2 <= asked_for <= 3


def test_client_n14_answers_without_a_body_are_waited_for_too(drive):
    """A wait needs no body to be believed."""
    assert_waited(call(drive, reply(503, b"", {"Retry-After": "2"}), OK), 2)
