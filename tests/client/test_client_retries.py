"""N15 to N18, N22, N24, N26: what is sent again, how often, and what never is."""

import time

import pytest

from failwell import (
    InternalServerError,
    RateLimitError,
    ReadError,
    ReadTimeoutError,
    UnavailableError,
)
from failwell.resilience.policy import RetryPolicy
from tests.client.byte_server import (
    HANG,
    LOST,
    RESET,
    json_reply,
    raw_reply,
    reply,
    serve,
)
from tests.client.calls import OK, call, failed
from tests.client.driving import QUICK, outcome
from tests.client.shop import SHOP, shop_reply

RETRIED = [408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529]
NEVER = [400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 423, 428, 431, 501, 505, 511]
IDEMPOTENT = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]
UNSAFE = ["POST", "PATCH"]


@pytest.mark.parametrize("code", ["quota_exhausted", "closed_for_good"])
def test_client_n15_the_contract_has_the_first_word(drive, code):
    """Neither a server's directive nor a wait nor the status overrules the code."""
    wish = {"X-Should-Retry": "true", "Retry-After": "1"}

    called = call(drive, shop_reply(code, wish), contract=SHOP)

    assert called.count == 1
    assert called.error.code == code


@pytest.mark.parametrize(
    ("status", "directive", "count"), [(400, "true", 3), (503, "false", 1), (503, "perhaps", 3)]
)
def test_client_n15_a_directive_the_contract_names_beats_the_status(
    drive, status, directive, count
):
    """For a code nobody declared, the server's own word comes before its status."""
    unknown = {"error": {"code": "teapot", "message": "Short and stout"}}

    called = call(drive, json_reply(status, unknown, {"X-Should-Retry": directive}), contract=SHOP)

    assert called.count == count
    assert called.error.code == "teapot"


@pytest.mark.parametrize(("status", "directive", "count"), [(404, "true", 1), (503, "false", 3)])
def test_client_n15_a_directive_nobody_declared_is_ignored(drive, status, directive, count):
    """``x-should-retry`` means nothing unless the contract names it."""
    called = call(drive, failed(status, {"X-Should-Retry": directive}))

    assert called.count == count


@pytest.mark.parametrize("status", RETRIED)
def test_client_n16_statuses_that_pass_are_retried(drive, status):
    """Three attempts, then the error of the last answer."""
    called = call(drive, failed(status))

    assert called.count == 3
    assert called.error.status == status
    assert called.error.retry_suppressed == "attempts"
    assert [each.status for each in called.error.attempts] == [status] * 3


@pytest.mark.parametrize("status", NEVER)
def test_client_n16_statuses_that_stay_are_not_retried(drive, status):
    """The same request would fail the same way: it is sent once."""
    called = call(drive, failed(status))

    assert (called.count, called.slept) == (1, [])
    assert called.error.status == status
    assert called.error.retry_suppressed is None


@pytest.mark.parametrize("method", IDEMPOTENT)
def test_client_n16_every_idempotent_method_is_retried(drive, method):
    """Sending twice does no harm, so it is done."""
    called = call(drive, failed(), failed(), reply(200), method=method)

    assert called.status == 200
    assert [seen.method for seen in called.requests] == [method] * 3


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [421, 425])
def test_client_n16_misdirected_and_early_are_sent_once_more(drive, status, method):
    """Exactly one repetition, over a fresh connection: neither was processed by definition."""
    called = call(drive, failed(status), method=method)

    assert called.count == 2
    assert called.error.status == status
    first, second = called.requests
    assert first.connection != second.connection


@pytest.mark.parametrize("code", ["quota_exhausted", "closed_for_good"])
def test_client_n17_permanent_codes_stop_at_once(drive, code):
    """A 429 or 503 whose code says that waiting does not help is raised without a wait."""
    called = call(drive, shop_reply(code), contract=SHOP)

    assert (called.count, called.slept) == (1, [])
    assert called.error.retry == "never"
    assert called.error.retryable is False
    assert called.error.retry_suppressed is None


@pytest.mark.parametrize("contract", ["openai", None], ids=["contract", "recognised"])
def test_client_n17_a_used_up_quota_is_known_in_dialects(drive, contract):
    """What OpenAI calls insufficient_quota is no rate limit that passes."""
    body = {
        "error": {
            "message": "You exceeded your current quota, please check your plan.",
            "type": "insufficient_quota",
            "param": None,
            "code": "insufficient_quota",
        }
    }

    called = call(drive, json_reply(429, body, {"Retry-After": "1"}), contract=contract)

    assert (called.count, called.slept) == (1, [])
    assert called.error.code == "insufficient_quota"
    assert isinstance(called.error, RateLimitError)


@pytest.mark.parametrize(("said", "count"), [("true", 3), ("false", 1)])
def test_client_n15_a_dialect_may_name_the_directive(drive, said, count):
    """Stripe's own word on repeating decides about codes that its contract does not know."""
    body = {"error": {"type": "brand_new_error", "message": "An unknown error occurred"}}
    answer = json_reply(409, body, {"Stripe-Should-Retry": said})

    called = call(drive, answer, contract="stripe")

    assert called.count == count


@pytest.mark.parametrize("code", ["busy", "crashed", "rate_limited"])
def test_client_n17_codes_that_pass_are_retried(drive, code):
    """The retry class of the contract decides the other way, too."""
    called = call(drive, shop_reply(code), contract=SHOP)

    assert called.count == 3
    assert called.error.code == code
    assert called.error.retryable is True


@pytest.mark.parametrize("method", UNSAFE)
@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 529])
def test_client_n18_a_write_is_not_repeated_after_a_server_error(drive, status, method):
    """It may have been done: whoever called has to decide."""
    called = call(drive, failed(status, {"Retry-After": "1"}), method=method)

    assert (called.count, called.slept) == (1, [])
    assert called.error.outcome == "unknown"
    assert called.error.retry_suppressed == "policy"


@pytest.mark.parametrize("method", UNSAFE)
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (HANG, ReadTimeoutError),
        (LOST, ReadError),
        (RESET, ReadError),
        (raw_reply(b"HTTP/1.1 200 O"), ReadError),
    ],
    ids=["timeout", "closed", "reset", "half a head"],
)
def test_client_n18_a_write_is_not_repeated_after_a_lost_reply(drive, answer, kind, method):
    """Sent and not answered: one request on the wire, and the outcome is unknown."""
    with serve(answer) as server:
        client = drive.client(server.url, retry=QUICK, timeout=0.15)
        error = outcome(lambda: client.request(method, "/", json={"pay": 1}))

        assert server.count == 1
    assert isinstance(error, kind)
    assert error.outcome == "unknown"
    assert error.phase == "read_headers"


@pytest.mark.parametrize("answer", [LOST, RESET, HANG], ids=["closed", "reset", "timeout"])
def test_client_n18_a_read_is_repeated_after_a_lost_reply(drive, answer):
    """Nothing happens twice when a GET is sent twice."""
    with serve(answer, OK) as server:
        client = drive.client(server.url, retry=QUICK, timeout=0.15)

        assert client.get("/").status_code == 200
        assert server.count == 2


@pytest.mark.parametrize("contract", [None, SHOP], ids=["unknown API", "contract"])
def test_client_n22_a_refused_write_is_repeated_only_by_contract(drive, contract):
    """A 429 on POST: our contracts promise that nothing was done, an unknown API does not."""
    replies = shop_reply("rate_limited", {"Retry-After": "1"}), OK

    called = call(drive, *replies, method="POST", contract=contract)

    if contract is None:
        assert called.count == 1
        assert isinstance(called.error, RateLimitError)
        assert called.error.retry_after == 1
    else:
        assert called.status == 200
        assert called.count == 2


def test_client_n24_backoff_doubles_up_to_its_cap(drive):
    """With the dice at their highest, the waits are base, twice, four times, up to the cap."""
    policy = RetryPolicy(attempts=12, budget=None)

    called = call(drive, failed(), retry=policy, deadline=1000.0)

    assert called.slept == pytest.approx(
        [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 20.0, 20.0, 20.0]
    )


def test_client_n24_a_rate_limit_without_a_wait_is_given_more_time(drive):
    """Throttling backs off from a second, not from a tenth."""
    called = call(drive, failed(429), retry=RetryPolicy(attempts=4, budget=None))

    assert called.slept == pytest.approx([1.0, 2.0, 4.0])


def test_client_n24_the_first_retry_is_not_immediate(drive):
    """Even with the dice at zero, a server that failed gets a moment."""
    called = call(drive, failed(), random=0.0)

    assert called.count == 3
    assert all(slept > 0 for slept in called.slept)


def test_client_n24_waits_are_spread_over_their_whole_range(drive):
    """Full jitter: half of the dice, about half of the wait."""
    called = call(drive, failed(), random=0.5, retry=RetryPolicy(attempts=5))

    assert called.slept == pytest.approx([0.05, 0.1, 0.2, 0.4], rel=0.3)


@pytest.mark.parametrize("attempts", [1, 2, 3, 5])
def test_client_n26_there_are_at_most_as_many_attempts_as_the_policy_says(drive, attempts):
    """The first sending counts."""
    called = call(drive, failed(500), retry=RetryPolicy(attempts=attempts))

    assert called.count == attempts
    assert isinstance(called.error, InternalServerError)
    assert [each.number for each in called.error.attempts] == list(range(1, attempts + 1))


def test_client_n26_three_attempts_by_default(drive):
    """Without a word of the caller: three."""
    assert call(drive, failed()).count == 3


def test_client_n26_retries_are_numbered_on_the_wire(drive):
    """The server sees which repetition it is, and the same trace each time."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    called = call(drive, failed(), per_call={"headers": {"traceparent": trace}})

    counts = [seen.headers.get("x-retry-count") for seen in called.requests]
    assert counts in (["0", "1", "2"], [None, "1", "2"])
    traces = [seen.headers["traceparent"].split("-")[1] for seen in called.requests]
    assert traces == [trace.split("-")[1]] * 3


@pytest.mark.parametrize(("name", "seen_as"), [("X-Attempt", "x-attempt"), (None, "x-retry-count")])
def test_client_n26_the_name_of_the_number_is_a_setting(drive, name, seen_as):
    """Another name, or none at all."""
    called = call(drive, failed(), attempt_header=name)

    last = called.requests[-1].headers.get(seen_as)
    assert last == ("2" if name else None)


def test_client_n26_the_last_error_is_raised(drive):
    """Attempts that failed differently end in the error of the last, with all in its history."""
    with serve(failed(503, {"Connection": "close"}), RESET, failed(500)) as server:
        started = time.monotonic()
        client = drive.client(server.url, retry=QUICK)
        error = outcome(lambda: client.get("/"))

    assert isinstance(error, InternalServerError)
    assert not isinstance(error, UnavailableError)
    assert [each.status for each in error.attempts] == [503, None, 500]
    assert error.attempts[1].phase == "read_headers"
    assert 0 < error.elapsed <= time.monotonic() - started
