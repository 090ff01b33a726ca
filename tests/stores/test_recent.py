"""Values that may be a moment old: how old, and who looks again."""

import asyncio

import pytest

from failwell.stores.recent import Recent
from failwell.testing import FakeClock


class Source:
    """Counts how often it is asked, and can be slow."""

    def __init__(self):
        self.asked = 0
        self.answer = "old"
        self.gate = None

    async def __call__(self, key):
        self.asked += 1
        answer = self.answer
        if self.gate is not None:
            await self.gate.wait()
        return answer


@pytest.fixture
def source():
    """Where values come from."""
    return Source()


@pytest.fixture
def clock():
    """A clock that stands still."""
    return FakeClock()


async def test_fresh_value_is_not_fetched_again(source, clock):
    """Within the fresh time one look is enough."""
    recent = Recent(source, clock=clock, fresh=0.25, usable=0.5)

    for _ in range(5):
        assert await recent.get("key") == "old"
        clock.advance(0.04)

    assert source.asked == 1


async def test_no_value_is_used_beyond_its_time(source, clock):
    """After the usable time every caller waits for a new value."""
    recent = Recent(source, clock=clock, fresh=0.25, usable=0.5)
    await recent.get("key")
    clock.advance(0.5)
    source.answer = "new"

    assert await asyncio.gather(*(recent.get("key") for _ in range(3))) == ["new"] * 3


async def test_one_caller_refreshes_for_the_others(source, clock):
    """Between the two times one caller looks again, and the others do not wait for it."""
    recent = Recent(source, clock=clock, fresh=0.25, usable=0.5)
    await recent.get("key")
    clock.advance(0.3)
    source.answer, source.gate = "new", asyncio.Event()

    refreshing = asyncio.create_task(recent.get("key"))
    await asyncio.sleep(0)

    assert [await recent.get("key") for _ in range(5)] == ["old"] * 5
    assert source.asked == 2
    source.gate.set()
    assert await refreshing == "new"
    assert await recent.get("key") == "new"


async def test_forgetting_reaches_what_is_being_loaded(source, clock):
    """A value read before a change is not remembered after it."""
    recent = Recent(source, clock=clock)
    source.gate = asyncio.Event()
    loading = asyncio.create_task(recent.get("key"))
    await asyncio.sleep(0)

    recent.forget()
    source.answer = "new"
    source.gate.set()
    await loading

    assert await recent.get("key") == "new"


async def test_number_of_keys_is_bounded(source, clock):
    """A flood of keys does not fill the memory; the newest are remembered."""
    recent = Recent(source, clock=clock, limit=10)
    for number in range(100):
        await recent.get(number)

    await recent.get(99)
    await recent.get(90)
    assert source.asked == 100
    await recent.get(89)
    assert source.asked == 101


async def test_failure_is_not_remembered(clock):
    """A look that failed is tried again by the next caller."""
    outcomes = iter([OSError("down"), "up"])

    async def load(key):
        outcome = next(outcomes)
        if isinstance(outcome, OSError):
            raise outcome
        return outcome

    recent = Recent(load, clock=clock)
    with pytest.raises(OSError, match="down"):
        await recent.get("key")

    assert await recent.get("key") == "up"
