"""N66: one table of scenarios leaves the same traces in sync, asyncio and trio."""

from collections.abc import Iterator

import pytest

from tests.client.driving import WORLDS, Drive, World, driving
from tests.client.scenarios import SCENARIOS, play, trace


@pytest.fixture(scope="module")
def worlds() -> Iterator[dict[World, Drive]]:
    """All three, running."""
    with driving("sync") as sync, driving("asyncio") as asyncio, driving("trio") as trio:
        yield {"sync": sync, "asyncio": asyncio, "trio": trio}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_client_n66_traces_are_the_same_in_every_world(worlds, scenario):
    """Requests, waits, exception types, texts and attempts are equal."""
    traces = {name: trace(play(worlds[name], scenario)) for name in WORLDS}

    assert traces["asyncio"] == traces["sync"]
    assert traces["trio"] == traces["sync"]


def test_client_n66_every_scenario_has_its_own_name():
    """A name says which row failed."""
    names = [scenario.name for scenario in SCENARIOS]

    assert len(set(names)) == len(names)
