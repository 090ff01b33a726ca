"""Two tenants of each API do as they like: nothing of one ever appears in an answer to the other.

Each has a canary in all its texts. Names are shared, so that one is taken for both, and
each asks for the identifiers of the other as for its own.
"""

import http.client
import itertools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.every_api.answers import WANTED
from tests.every_api.rows import ROWS, ApiRow
from tests.every_api.tenants import KEEPERS, Keeper, tenant
from tests.running_server import RunningServer

WHO = st.booleans()
WHICH = st.integers(0, 3)
CONFLICT = {name: table["conflict"].status for name, table in WANTED.items()}
NOT_FOUND = {name: table["not_found"].status for name, table in WANTED.items()}


class World:
    """An API with two tenants, and everything that is asked of it."""

    def __init__(self, server: RunningServer, api: ApiRow) -> None:
        self.api = api
        self.keeper: Keeper = KEEPERS[api.name]
        self.tenants = [tenant(server, api.name, canary) for canary in ("Larkspur", "Rosebay")]
        self.rounds = itertools.count()
        self._connection = http.client.HTTPConnection("127.0.0.1", api.port(server), timeout=20)

    def ask(self, who: bool, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Ask as one of the two, and look for the other in the answer."""
        asking, other = self.tenants[who], self.tenants[not who]
        content = None if body is None else json.dumps(body)
        headers = asking.headers | ({"Content-Type": "application/json"} if content else {})
        self._connection.request(method, self.api.prefix + path, content, headers)
        response = self._connection.getresponse()
        text = response.read().decode()
        told, asked = text + str(response.headers), path + (content or "")
        foreign = (other.ids - asking.ids) | set(other.standing)
        # What was asked for may be named in the answer; nothing else may.
        for each in (each for each in foreign if each in asked):
            told = told.replace(each, "")
        found = [each for each in (*foreign, other.canary) if each in told]
        assert found == [], (method, path, text)
        assert response.status < 500, text
        return response.status, text


def machine(world: World) -> type[RuleBasedStateMachine]:
    """Make the machine of one API."""
    api, keeper = world.api, world.keeper

    class Tenants(RuleBasedStateMachine):
        """What the two can do, in any order."""

        def __init__(self) -> None:
            super().__init__()
            number = next(world.rounds)
            self.names = [f"Shared-{number}-{each}" for each in range(4)]
            self.things: tuple[dict[str, str], dict[str, str]] = ({}, {})

        @initialize()
        def begin(self) -> None:
            """Both have a thing of the same name, and one with the canary in its name."""
            for who in (False, True):
                self.create(who, 0)
                self.names.append(f"{world.tenants[who].canary}-{next(world.rounds)}")
                self.create(who, -1)

        @rule(who=WHO, which=WHICH)
        def create(self, who: bool, which: int) -> None:
            mine, name = self.things[who], self.names[which]
            body = keeper.body(world.tenants[who], name)
            status, text = world.ask(who, "POST", keeper.create, body)
            if keeper.one_name_once and name in mine:
                assert status == CONFLICT[api.name], text
            else:
                assert status == api.made, text
                self._have(who, name, text)

        @rule(who=WHO)
        def look(self, who: bool) -> None:
            for path in keeper.lists:
                assert world.ask(who, "GET", path)[0] == 200

        @rule(who=WHO, foreign=WHO, which=WHICH)
        def read(self, who: bool, foreign: bool, which: int) -> None:
            if keeper.read:
                self._touch(who, foreign, which, "GET", keeper.read)

        @rule(who=WHO, foreign=WHO, which=WHICH)
        def change(self, who: bool, foreign: bool, which: int) -> None:
            if keeper.change:
                method, path, body = keeper.change
                text = f"{world.tenants[who].canary}-{next(world.rounds)}"
                old = self._touch(who, foreign, which, method, path, body(text))
                if old and keeper.renames:
                    self.things[who][text] = self.things[who].pop(old)

        @rule(who=WHO, foreign=WHO, which=WHICH)
        def delete(self, who: bool, foreign: bool, which: int) -> None:
            if keeper.delete:
                old = self._touch(who, foreign, which, "DELETE", keeper.delete)
                self.things[who].pop(old or "", None)

        @rule(who=WHO)
        def probe(self, who: bool) -> None:
            for path in keeper.probes:
                for each in world.tenants[not who].standing:
                    world.ask(who, "GET", path.format(each))

        def _have(self, who: bool, name: str, text: str) -> None:
            self.things[who][name] = keeper.id_of(json.loads(text), name)
            world.tenants[who].ids.add(self.things[who][name])

        def _touch(
            self, who: bool, foreign: bool, which: int, method: str, path: str, body: Any = None
        ) -> str | None:
            """Do something to a thing of one's own, or of the other; the name if it was done."""
            things, mine = self.things[who != foreign], self.things[who]
            if not things:
                return None
            name = list(things)[which % len(things)]
            status, text = world.ask(who, method, path.format(things[name]), body)
            if things[name] in mine.values():
                assert status in (200, 204), text
                return name
            assert status == NOT_FOUND[api.name], text
            return None

    return Tenants


@pytest.mark.parametrize("api", ROWS, ids=lambda api: api.name)
def test_nothing_of_one_tenant_reaches_the_other(
    server: RunningServer, api: ApiRow, fuzzing: bool
) -> None:
    """Twenty stories of twenty steps; a foreign thing is answered like one that never was."""
    run_state_machine_as_test(
        machine(World(server, api)),
        settings=settings(
            max_examples=2_000 if fuzzing else 20,
            stateful_step_count=20,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
