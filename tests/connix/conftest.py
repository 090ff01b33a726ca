"""Connix as a caller meets it: a process of its own behind a real socket."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.connix.connix_client import Connix
from tests.running_server import RunningServer


@pytest.fixture(scope="session")
def connix(server: RunningServer) -> Connix:
    """Connix without limits on the number of requests, shared by all tests."""
    return Connix(server)


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Any]:
    """Ask again until the answer is true; fail when that takes too long."""

    def wait(question: Callable[[], Any], *, within: float = 10.0) -> Any:
        end = time.monotonic() + within
        while not (answer := question()):
            assert time.monotonic() < end, "it never happened"
            time.sleep(0.02)
        return answer

    return wait
