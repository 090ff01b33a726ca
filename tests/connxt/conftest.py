"""Connxt as a caller meets it: a process of its own behind a real socket."""

import pytest

from tests.connxt.connxt_client import Connxt
from tests.running_server import RunningServer


@pytest.fixture(scope="session")
def connxt(server: RunningServer) -> Connxt:
    """Connxt of the shared server."""
    return Connxt(server)


@pytest.fixture
def psp(connxt: Connxt, request: pytest.FixtureRequest) -> dict:
    """A PSP of the test's own that can do everything."""
    return connxt.psp(f"For {request.node.name}"[:100])
