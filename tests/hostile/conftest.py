"""The callers of hostile tests."""

from collections.abc import Iterator

import pytest

from tests.conftest import UNLIMITED
from tests.hostile.hostile_caller import HostileCaller
from tests.running_server import RunningServer


@pytest.fixture(scope="session")
def caller(server: RunningServer) -> HostileCaller:
    """Calls the server that all tests share."""
    return HostileCaller(server)


@pytest.fixture(scope="module")
def impatient_caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileCaller]:
    """Calls a server that waits one second for a body."""
    data = tmp_path_factory.mktemp("impatient")
    running = RunningServer(data, settings=(*UNLIMITED, "body_timeout=1"))
    yield HostileCaller(running.wait_until_ready())
    running.stop()


@pytest.fixture
def private_caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileCaller]:
    """Calls a server that nobody else calls."""
    running = RunningServer(tmp_path_factory.mktemp("private"), settings=UNLIMITED)
    yield HostileCaller(running.wait_until_ready())
    running.stop()
