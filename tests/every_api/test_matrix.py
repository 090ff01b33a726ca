"""Every situation in every API, brought about on a running server: status, code and words."""

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import jsonschema
import pytest

from failwell.core.situation import Situation
from tests.every_api.answers import CANNOT_OCCUR, WANTED
from tests.every_api.provoking import COMMON, LAST, Provoke
from tests.every_api.provoking_own import OWN
from tests.every_api.rows import ROWS, ApiRow, contract
from tests.every_api.scene import Scene
from tests.every_api.slow_host import SlowHost
from tests.hostile.raw_connection import RawAnswer
from tests.running_server import RunningServer

Outcome = Future[RawAnswer]

# What is only a little: everything but the last tests stays far below it.
SETTINGS = (
    "body_timeout=1",
    "outbound.allow=127.0.0.0/8",
    "connix.per_minute=60",
    "connix.deadline=0.5",
    "connxt.deadline=0.5",
    "agenthuman.per_minute=60",
    "agenthuman.deadline=0.5",
    "apinizer.per_minute=60",
    "apinizer.deadline=0.5",
    "ixon.per_second=40",
    "ixon.block=1",
    "ixon.deadline=0.5",
)
# Each API has a server of its own behind it, so that all can be tried at once.
BEHIND = {"connix": "model_url", "connxt": "gateway_url", "agenthuman": "room_url"}
CELLS = [
    pytest.param(api.name, situation, id=f"{api.name} {situation}")
    for api in ROWS
    for situation in WANTED[api.name]
]


def provocations(name: str) -> dict[Situation, Provoke]:
    all_of_them = {**COMMON, **OWN[name], **LAST}
    return {each: how for each, how in all_of_them.items() if each not in CANNOT_OCCUR[name]}


@pytest.fixture(scope="module")
def outcomes(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, dict[Situation, Outcome]]]:
    """What became of each provocation; the APIs are provoked side by side."""
    with ExitStack() as stack:
        hosts = {api.name: stack.enter_context(SlowHost()) for api in ROWS}
        urls = (f"{api}.{name}={hosts[api].url}/" for api, name in BEHIND.items() if api in hosts)
        running = RunningServer(tmp_path_factory.mktemp("strict"), settings=(*SETTINGS, *urls))
        stack.callback(running.stop)
        running.wait_until_ready()
        scenes = [Scene(running, api, hosts[api.name]) for api in ROWS]
        with ThreadPoolExecutor(len(scenes)) as pool:
            yield dict(zip((api.name for api in ROWS), pool.map(_provoked, scenes), strict=True))


def _provoked(scene: Scene) -> dict[Situation, Outcome]:
    return {each: _tried(scene, how) for each, how in provocations(scene.api.name).items()}


def _tried(scene: Scene, provoke: Provoke) -> Outcome:
    outcome: Outcome = Future()
    scene.host.sleeps, scene.host.hangs_up = 0.0, False
    try:
        outcome.set_result(provoke(scene))
    except Exception as error:  # raised again by the test of this cell
        outcome.set_exception(error)
    return outcome


@pytest.mark.parametrize("api", ROWS, ids=lambda api: api.name)
def test_every_situation_is_provoked_or_has_its_reason(api: ApiRow) -> None:
    """29 situations: each can be brought about, or it is written down why it never occurs."""
    can, cannot = set(WANTED[api.name]), set(CANNOT_OCCUR[api.name])

    assert can | cannot == set(Situation)
    assert can & cannot == set()
    assert set(provocations(api.name)) == can
    assert all(CANNOT_OCCUR[api.name].values())


@pytest.mark.parametrize(("name", "situation"), CELLS)
def test_a_situation_is_answered_in_the_words_of_the_page(
    outcomes: dict[str, dict[Situation, Outcome]], name: str, situation: Situation
) -> None:
    """Status, code and text are those of the table, and the body fits the contract's schema."""
    answer, wanted = outcomes[name][situation].result(), WANTED[name][situation]

    assert answer.status == wanted.status, answer.body
    decoded = contract(name).decode(answer.status, answer.fields, answer.body)
    assert [each for each in decoded.deviations if each.level == "error"] == []
    assert decoded.fault.code in wanted.codes, answer.body
    assert wanted.says.encode() in answer.body
    body = json.loads(answer.body)
    jsonschema.validate(body, contract(name).schema())
    jsonschema.validate(body, contract(name).schema(decoded.fault.code))
    assert answer.one("x-request-id")
    if situation in (Situation.RATE_LIMITED, Situation.UNAVAILABLE):
        assert 1 <= int(answer.one("retry-after")) <= 1800
    assert bool(answer.all("allow")) == (answer.status == 405)


@pytest.mark.parametrize("name", [api.name for api in ROWS])
def test_whatever_is_accepted_json_comes(server: RunningServer, name: str) -> None:
    """``not_acceptable`` never occurs: JSON is sent whatever Accept says, preconditions or not."""
    api = next(row for row in ROWS if row.name == name)
    headers = {"Accept": "text/html;q=0", "If-Match": '"x"', "Idempotency-Key": "same"}
    caller = api.caller(server)

    assert caller.get(api.read, headers=headers).status == 200
    for number in range(2):
        body = api.body(server.credentials[name], f"Idempotent{number}")
        assert caller.post(api.create, body, headers=headers).status == api.made
