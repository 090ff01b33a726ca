"""All five APIs in one process: quick to start, small, and never in each other's way."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest

from tests.conftest import UNLIMITED, StartServer
from tests.every_api.provoking_own import SLOW
from tests.every_api.rows import ROWS, ApiRow
from tests.every_api.scene import Scene
from tests.every_api.slow_host import SlowHost
from tests.every_api.test_matrix import BEHIND
from tests.running_server import RunningServer

_MEGABYTE = 1_048_576
_TRIES = 3
"""A busy machine only ever makes things slower: what counts is the best of them."""

_ASLEEP = 5.0
_AT_ONCE = 24
"""More requests than any API has workers for slow things."""

_SAMPLES = 100


def test_ready_in_four_seconds_and_small(start_server: StartServer, tmp_path) -> None:
    """From an empty directory to every port answering in less than 4 s, idle below 250 MB."""
    took, memory = [], []
    for turn in range(_TRIES):
        begun = time.monotonic()
        server = start_server(data=tmp_path / str(turn))
        took.append(time.monotonic() - begun)
        memory.append(server.memory)
        server.stop()
        if took[-1] < 4:
            break

    print(f"ready after {took} s, {[round(each / _MEGABYTE) for each in memory]} MiB")
    assert min(took) < 4
    assert max(memory) < 250_000_000


@pytest.fixture(scope="module")
def behind() -> Iterator[dict[str, SlowHost]]:
    """A server behind each API that takes its time."""
    with ExitStack() as stack:
        hosts = {api.name: stack.enter_context(SlowHost()) for api in ROWS}
        yield hosts


@pytest.fixture(scope="module")
def patient(
    tmp_path_factory: pytest.TempPathFactory, behind: dict[str, SlowHost]
) -> Iterator[RunningServer]:
    """A server that waits long for what is behind it."""
    urls = [f"{api}.{name}={behind[api].url}/" for api, name in BEHIND.items()]
    chosen = (*UNLIMITED, *urls, "outbound.allow=127.0.0.0/8", f"ixon.deadline={_ASLEEP:g}")
    running = RunningServer(tmp_path_factory.mktemp("patient"), settings=chosen)
    yield running.wait_until_ready()
    running.stop()


@pytest.mark.parametrize("slow", ROWS, ids=lambda api: api.name)
def test_a_slow_api_does_not_delay_the_others(
    patient: RunningServer, behind: dict[str, SlowHost], slow: ApiRow
) -> None:
    """With handlers of one asleep and its workers taken, p99 of the others is below 250 ms."""
    host = behind[slow.name]
    scene, others = Scene(patient, slow, host), [api for api in ROWS if api is not slow]

    for _ in range(_TRIES):
        host.sleeps = _ASLEEP
        p99, asleep = _measured(scene, others)
        host.sleeps = 0.0
        if p99 < 0.25 and asleep:
            break

    print(f"{slow.name}: p99 of the others {p99 * 1000:.1f} ms, {asleep} still asleep")
    assert p99 < 0.25
    assert asleep > 0


def _measured(scene: Scene, others: Sequence[ApiRow]) -> tuple[float, int]:
    """Measure the others while many requests sleep; tells how many still do so at the end."""
    request = SLOW[scene.api.name](scene)
    with ExitStack() as stack:
        waiting = [stack.enter_context(scene.connect()) for _ in range(_AT_ONCE)]
        for connection in waiting:
            connection.send(request)
        # Until all of them have come to where they sleep.
        time.sleep(0.3)
        p99 = _p99_of_each(scene.server, others)
        return p99, sum(not connection.has_answer() for connection in waiting)


def _p99_of_each(server: RunningServer, apis: Sequence[ApiRow]) -> float:
    return max(_p99(server, api) for api in apis)


def _p99(server: RunningServer, api: ApiRow) -> float:
    scene = Scene(server, api)
    data, took = scene.request("GET", api.read), []
    with scene.connect() as connection:
        for _ in range(_SAMPLES):
            begun = time.monotonic()
            connection.send(data)
            assert connection.answer().status == 200
            took.append(time.monotonic() - begun)
    return sorted(took)[-2]
