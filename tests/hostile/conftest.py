"""The callers of hostile tests."""

from collections.abc import Iterator

import pytest

from tests.conftest import UNLIMITED
from tests.every_api.rows import ROWS
from tests.hostile.hostile_caller import HostileCaller
from tests.running_server import RunningServer


@pytest.fixture(scope="session")
def callers(server: RunningServer) -> dict[str, HostileCaller]:
    """One caller for each API of the server that all tests share."""
    return {api.name: HostileCaller(server, api) for api in ROWS}


@pytest.fixture(scope="session")
def caller(callers: dict[str, HostileCaller]) -> HostileCaller:
    """Calls the Connix that all tests share."""
    return callers["connix"]


@pytest.fixture(scope="module")
def impatient_callers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[HostileCaller]]:
    """One caller for each API of a server that waits one second for a body."""
    data = tmp_path_factory.mktemp("impatient")
    running = RunningServer(data, settings=(*UNLIMITED, "body_timeout=1")).wait_until_ready()
    yield [HostileCaller(running, api) for api in ROWS]
    running.stop()


@pytest.fixture
def private_callers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[HostileCaller]]:
    """One caller for each API of a server that nobody else calls; Connix comes first."""
    running = RunningServer(tmp_path_factory.mktemp("private"), settings=UNLIMITED)
    running.wait_until_ready()
    yield [HostileCaller(running, api) for api in ROWS]
    running.stop()


@pytest.fixture
def private_caller(private_callers: list[HostileCaller]) -> HostileCaller:
    """Calls the Connix of a server that nobody else calls."""
    return private_callers[0]
