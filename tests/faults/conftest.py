"""What tests of faults share."""

import time
from collections.abc import Callable

import pytest


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], bool]:
    """Ask again until the answer is true; fail when that takes too long."""

    def wait(question: Callable[[], bool], *, within: float = 15.0) -> bool:
        end = time.monotonic() + within
        while not question():
            assert time.monotonic() < end, "it never happened"
            time.sleep(0.05)
        return True

    return wait
