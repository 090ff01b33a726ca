"""Every promise about webhooks (W1-W35) and about status and maintenance (S1-S5) is a test."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
TEXT = "\n".join(path.read_text("utf-8") for path in sorted(TESTS.rglob("test_*.py")))


@pytest.mark.parametrize("number", range(1, 36))
def test_every_promise_about_webhooks_is_a_test(number):
    """Each of the 35 has at least one test that carries its number."""
    assert re.search(rf"def test_webhooks_w{number:02}_", TEXT)


@pytest.mark.parametrize("number", range(1, 6))
def test_every_promise_about_status_is_a_test(number):
    """Each of the five has at least one test that carries its number."""
    assert re.search(rf"def test_status_s{number}_", TEXT)
