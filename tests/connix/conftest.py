"""Connix as a caller meets it: a process of its own behind a real socket."""

import pytest

from tests.connix.connix_client import Connix
from tests.running_server import RunningServer


@pytest.fixture(scope="session")
def connix(server: RunningServer) -> Connix:
    """Connix without limits on the number of requests, shared by all tests."""
    return Connix(server)
