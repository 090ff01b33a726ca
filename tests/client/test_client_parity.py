"""N66: one table of scenarios leaves the same traces in sync, asyncio and trio."""

from collections.abc import Iterator

import pytest

from failwell.resilience.policy import RetryPolicy
from tests.client.driving import WORLDS, Drive, World, driving
from tests.client.hostile_answers import HOSTILE_ANSWERS
from tests.client.hostile_bodies import HOSTILE_BODIES
from tests.client.scenarios import SCENARIOS, Scenario, play, trace

STEADY = [
    hostile
    for hostile in HOSTILE_ANSWERS + HOSTILE_BODIES
    if not hostile.answer.more and not hostile.answer.pause and hostile.answer.end != "reset"
]
"""Hostile answers whose end does not hang on who is faster."""


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


@pytest.mark.parametrize("hostile", STEADY, ids=lambda hostile: hostile.name)
def test_client_n66_broken_answers_read_the_same_in_every_world(worlds, hostile):
    """What a hostile server sends leads to the same error, word for word."""
    scenario = Scenario(
        name=hostile.name,
        replies=(hostile.answer,),
        options={"retry": RetryPolicy(attempts=1), "timeout": 0.3},
    )
    traces = {name: trace(play(worlds[name], scenario)) for name in WORLDS}

    assert traces["asyncio"] == traces["sync"]
    assert traces["trio"] == traces["sync"]


def test_client_n66_every_scenario_has_its_own_name():
    """A name says which row failed."""
    names = [scenario.name for scenario in SCENARIOS]

    assert len(set(names)) == len(names)
