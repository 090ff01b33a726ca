"""IXON as a caller meets it: a process of its own behind a real socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ixon.ixon_client import Ixon
from tests.ixon.ixon_here import Here, ixon_here
from tests.running_server import RunningServer


@pytest.fixture(scope="session")
def ixon(server: RunningServer) -> Ixon:
    """IXON without limits on the number of requests, called by the demo's plain person."""
    return Ixon(server.credentials["ixon"], server=server)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    """An IXON of the test's own, whose clock stands still."""
    with ixon_here(tmp_path, per_second=1_000_000) as found:
        yield found
