"""Quota windows in memory: what a caller is told, and what the process may spend on it."""

import inspect

import pytest

from failwell.core.exceptions import FailwellError
from failwell.stores.quota import QuotaPolicy, QuotaStore
from failwell.stores.quota_memory import MemoryQuotaStore

MINUTE = QuotaPolicy("minute", 3, 60.0, "1 minute")
HOUR = QuotaPolicy("hour", 5, 3600.0, "1 hour")
START = 1_700_000_000.0


def test_is_a_quota_store():
    """The memory store has the methods of the protocol, word for word."""
    assert inspect.signature(MemoryQuotaStore.hit) == inspect.signature(QuotaStore.hit)


async def test_window_starts_at_its_first_request():
    """A burst waits for the whole window, a slow caller for the rest of it."""
    store = MemoryQuotaStore()
    for second in (0, 10, 15):
        assert (await store.hit("key", [MINUTE], START + second)).allowed

    refused = await store.hit("key", [MINUTE], START + 15)

    assert not refused.allowed
    assert refused.retry_after == 45.0
    assert refused.reset == START + 60
    assert (refused.remaining, refused.limit, refused.policy.label) == (0, 3, "1 minute")
    assert (await store.hit("key", [MINUTE], START + 60)).allowed


async def test_remaining_falls_by_one():
    """Each request that passes costs one."""
    store = MemoryQuotaStore()

    told = [(await store.hit("key", [MINUTE], START)).remaining for _ in range(3)]

    assert told == [2, 1, 0]


async def test_refused_request_is_not_counted():
    """A caller refused by the minute has not spent anything of the hour."""
    store = MemoryQuotaStore()
    for _ in range(10):
        await store.hit("key", [MINUTE, HOUR], START)

    passed = [(await store.hit("key", [MINUTE, HOUR], START + 60)).allowed for _ in range(3)]

    assert passed == [True, True, False]


async def test_refused_request_begins_no_window():
    """While the hour is used up, refusals do not use up the time of a minute."""
    store = MemoryQuotaStore()
    for second in (0, 0, 0, 70, 70):
        await store.hit("key", [MINUTE, HOUR], START + second)
    assert not (await store.hit("key", [MINUTE, HOUR], START + 3590)).allowed

    after = await store.hit("key", [MINUTE, HOUR], START + 3600)

    assert (after.policy, after.reset) == (MINUTE, START + 3660)


async def test_first_policy_is_told_unless_another_is_used_up():
    """Callers see the minute, until the hour is what stops them."""
    store = MemoryQuotaStore()
    told = [
        (await store.hit("key", [MINUTE, HOUR], START + second)).policy
        for second in (0, 0, 0, 60, 60)
    ]
    refused = await store.hit("key", [MINUTE, HOUR], START + 60)

    assert told == [MINUTE, MINUTE, MINUTE, MINUTE, HOUR]
    assert (refused.policy, refused.retry_after) == (HOUR, 3540.0)


async def test_partitions_do_not_share():
    """What one key spends, another still has."""
    store = MemoryQuotaStore()
    for _ in range(4):
        await store.hit("one", [MINUTE], START)

    assert (await store.hit("two", [MINUTE], START)).remaining == 2


async def test_raised_limit_counts_at_once():
    """A caller that moves to a higher plan need not wait for a new window."""
    store = MemoryQuotaStore()
    for _ in range(4):
        await store.hit("key", [MINUTE], START)

    passed = await store.hit("key", [QuotaPolicy("minute", 100, 60.0, "1 minute")], START)

    assert (passed.allowed, passed.remaining) == (True, 96)


async def test_limit_of_nothing_refuses_everything():
    """A limit of 0 lets nothing pass and keeps nothing in memory."""
    store = MemoryQuotaStore()

    refused = await store.hit("key", [QuotaPolicy("none", 0, 60.0, "1 minute")], START)

    assert (refused.allowed, refused.retry_after, store.window_count) == (False, 60.0, 0)


async def test_clock_set_back_frees_the_caller():
    """Nobody waits longer than a window because the clock was wrong."""
    store = MemoryQuotaStore()
    for _ in range(4):
        await store.hit("key", [MINUTE], START + 86_400)

    assert (await store.hit("key", [MINUTE], START)).allowed


async def test_windows_that_are_over_are_swept_away():
    """Memory holds the callers of one window, not all there ever were."""
    store = MemoryQuotaStore()
    for caller in range(10_000):
        await store.hit(f"key{caller}", [MINUTE], START + caller)

    assert store.window_count <= 62


async def test_number_of_windows_is_capped():
    """A flood of names costs bounded memory; the newest callers are still limited."""
    store = MemoryQuotaStore(max_windows=100)
    for caller in range(1000):
        await store.hit(f"key{caller}", [MINUTE], START)

    told = [(await store.hit("key999", [MINUTE], START)).allowed for _ in range(3)]

    assert store.window_count == 100
    assert told == [True, True, False]


async def test_decision_needs_a_policy():
    """Asking without a policy is a mistake in the program."""
    with pytest.raises(FailwellError, match="at least one policy"):
        await MemoryQuotaStore().hit("key", [], START)


BLOCKING = QuotaPolicy("burst", 2, 5.0, "5 seconds", block=600.0)


async def test_too_much_at_once_is_blocked_for_longer_than_the_window():
    """The first refusal begins the block; asking again does not make it longer."""
    store = MemoryQuotaStore()
    for _ in range(2):
        assert (await store.hit("address", [BLOCKING], START)).allowed

    told = [
        (await store.hit("address", [BLOCKING], START + second)).retry_after
        for second in (1, 100, 600)
    ]

    assert told == [600.0, 501.0, 1.0]
    assert (await store.hit("neighbour", [BLOCKING], START + 1)).allowed
    assert (await store.hit("address", [BLOCKING], START + 601)).allowed


async def test_a_block_ends_when_the_clock_was_set_back():
    """Nobody waits longer than a block lasts."""
    store = MemoryQuotaStore()
    for _ in range(3):
        await store.hit("address", [BLOCKING], START)

    assert (await store.hit("address", [BLOCKING], START - 10_000)).allowed


async def test_a_blocked_caller_uses_up_nothing_else():
    """Who is blocked for one limit is not counted for another, and so earns no second block."""
    store = MemoryQuotaStore()
    slow = QuotaPolicy("slow", 3, 120.0, "2 minutes", block=600.0)
    for second in (0, 6, 12, 18):
        await store.hit("address", [BLOCKING, slow], START + second)

    told = [
        (await store.hit("address", [BLOCKING, slow], START + second)).policy.name
        for second in (24, 24, 24, 24)
    ]

    assert told == ["slow"] * 4
    assert (await store.hit("address", [BLOCKING, slow], START + 18 + 600)).allowed
