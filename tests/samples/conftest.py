"""A Connix with a small quota, for clients that were written against the page."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connix.connix_client import Connix
from tests.running_server import RunningServer

QUOTA = 20
"""Requests that a window of two seconds allows: enough for a test, soon used up."""


@pytest.fixture(scope="module")
def connix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connix]:
    """A server whose windows are short enough to wait for their end."""
    settings = ("window_seconds=2", f"connix.per_minute={QUOTA}")
    running = RunningServer(tmp_path_factory.mktemp("samples"), settings=settings)
    yield Connix(running.wait_until_ready())
    assert running.stop() == 0


@pytest.fixture(scope="module")
def origin(connix: Connix) -> str:
    """What stands in for the host of the page."""
    return connix.known["base_url"].removesuffix("/api/v1")


@pytest.fixture
def own_key(connix: Connix) -> str:
    """A key whose quota no other test uses up."""
    return connix.issue()["secret"]


@pytest.fixture(scope="session")
def node() -> str:
    """Node, or a skip that says so."""
    return _installed("node")


@pytest.fixture(scope="session")
def go() -> str:
    """The Go command, or a skip that says so."""
    return _installed("go")


def _installed(command: str) -> str:
    found = shutil.which(command)
    if found is None:
        pytest.skip(f"{command} is not installed")
    return str(Path(found))
