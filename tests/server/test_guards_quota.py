"""Every call is counted for whoever made it, and the numbers in the answer add up."""

import pytest

from failwell.core.clock import SystemClock
from failwell.server.exchange import Exchange
from failwell.server.guards.quota import QuotaGuard, by_plan, minute
from failwell.server.principal import Principal
from failwell.stores.quota import QuotaPolicy
from failwell.stores.quota_memory import MemoryQuotaStore
from tests.server.library_api import CONNIX, KEY, WRITER, call, library, quota

NOW = 1_705_334_400.4


class StoppedClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


def windows(answer) -> tuple[str | None, ...]:
    names = ("limit", "remaining", "reset")
    return tuple(answer.headers.get(f"x-ratelimit-{name}") for name in names)


async def test_good_answers_tell_what_is_left():
    """Limit, remaining and reset are on every answer after the check, errors included."""
    app = library(quota=quota(3, clock=StoppedClock()))

    good = await call(app, "GET", "/api/v1/books", KEY)
    missing = await call(app, "GET", "/api/v1/books/1", KEY)

    assert windows(good) == ("3", "2", "1705334460")
    assert missing.status == 404
    assert windows(missing) == ("3", "1", "1705334460")


async def test_a_refusal_adds_up():
    """Reset minus now is the wait, the wait is in header and body, and nothing is sent twice."""
    clock = StoppedClock()
    app = library(quota=quota(1, clock=clock))
    await call(app, "GET", "/api/v1/books", KEY)
    clock.time += 15

    refused = await call(app, "GET", "/api/v1/books", KEY)

    assert refused.status == 429
    assert refused.error["details"] == {"limit": 1, "window": "1 minute", "retry_after": 45}
    assert refused.headers["retry-after"] == "45"
    assert windows(refused) == ("1", "0", str(int(clock.time) + 45))


async def test_the_wait_is_honest():
    """A second before the end of the wait a call is refused, at the end it passes."""
    clock = StoppedClock()
    app = library(quota=quota(1, clock=clock))
    await call(app, "GET", "/api/v1/books", KEY)
    wait = int((await call(app, "GET", "/api/v1/books", KEY)).headers["retry-after"])

    clock.time = NOW + wait - 1
    early = await call(app, "GET", "/api/v1/books", KEY)
    clock.time = NOW + wait
    late = await call(app, "GET", "/api/v1/books", KEY)

    assert (early.status, late.status) == (429, 200)


async def test_one_caller_does_not_use_up_another():
    """Each credential has windows of its own."""
    app = library(quota=quota(1))

    assert (await call(app, "GET", "/api/v1/books", KEY)).status == 200
    assert (await call(app, "GET", "/api/v1/books", WRITER)).status == 200
    assert (await call(app, "GET", "/api/v1/books", KEY)).status == 429


async def test_refused_credentials_are_counted_by_address():
    """Keys cannot be guessed without limit, and a guesser does not shut out a neighbour."""
    app = library(quota=quota(2))
    wrong = (b"x-api-key", b"cx_guess")

    answers = [await call(app, "GET", "/api/v1/books", *each) for each in ([wrong], [], [wrong])]
    elsewhere = await call(app, "GET", "/api/v1/books", wrong, address="192.0.2.2")
    neighbour = await call(app, "GET", "/api/v1/books", KEY)

    assert [each.status for each in answers] == [401, 401, 429]
    assert (elsewhere.status, neighbour.status) == (401, 200)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("", "unix", False),
    ],
)
async def test_an_address_is_one_household(first, second, same):
    """The many IPv6 addresses of one customer count as one."""
    app = library(quota=quota(1))

    await call(app, "GET", "/api/v1/books", address=first)
    answer = await call(app, "GET", "/api/v1/books", address=second)

    assert answer.status == (429 if same else 401)


async def test_the_exhausted_window_speaks():
    """The first window is told about, unless a longer one is used up."""
    policies = (QuotaPolicy("minute", 100, 60, "1 minute"), QuotaPolicy("hour", 2, 3600, "1 hour"))
    app = library(quota=QuotaGuard(MemoryQuotaStore(), lambda _principal: policies))

    first = await call(app, "GET", "/api/v1/books", KEY)
    await call(app, "GET", "/api/v1/books", KEY)
    refused = await call(app, "GET", "/api/v1/books", KEY)

    assert windows(first)[:2] == ("100", "99")
    assert refused.error["details"]["window"] == "1 hour"
    assert refused.headers["retry-after"] == str(refused.error["details"]["retry_after"])


async def test_a_guard_may_keep_its_numbers_to_itself():
    """Without headers calls are counted all the same."""
    policy = QuotaPolicy("minute", 1, 60, "1 minute")
    guard = QuotaGuard(MemoryQuotaStore(), lambda _principal: (policy,), headers=False)
    app = library(quota=guard)

    assert windows(await call(app, "GET", "/api/v1/books", KEY)) == (None, None, None)
    assert (await call(app, "GET", "/api/v1/books", KEY)).status == 429


async def test_no_policy_is_no_limit():
    """An empty list of policies counts nothing."""
    guard = QuotaGuard(MemoryQuotaStore(), lambda _principal: (), clock=SystemClock())
    app = library(quota=guard)

    assert windows(await call(app, "GET", "/api/v1/books", KEY)) == (None, None, None)


async def test_limits_go_by_plan():
    """A plan nobody knows, and no plan, have the limits of the first one."""
    policies = by_plan({"free": (minute(1),), "pro": (minute(10, 2.0),)})

    assert [policies(each)[0].limit for each in (None, member("free"), member("pro"))] == [1, 1, 10]
    assert policies(member("gold")) == policies(member(None)) == policies(None)
    assert [minute(1, seconds).label for seconds in (60, 1, 2.5)] == [
        "1 minute",
        "1 second",
        "2.5 seconds",
    ]


def member(plan: str | None) -> Principal:
    return Principal(id="key_1", kind="api_key", plan=plan)


async def test_an_api_that_counts_by_address_counts_once():
    """Refused credentials use up the one window of the address and no other."""
    store = MemoryQuotaStore()
    guard = QuotaGuard(
        store, by_plan({"free": (minute(2),)}), clock=StoppedClock(), by_address=True
    )
    exchange = Exchange(request_id="r", contract=CONNIX, method="GET", started=0.0)

    for _ in range(5):
        await guard.count_refused_credentials(exchange, "192.0.2.1")

    assert store.window_count == 0
