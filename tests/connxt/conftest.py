"""Connxt as a caller meets it: a process of its own behind a real socket."""

import time
from collections.abc import Callable
from typing import Any

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
