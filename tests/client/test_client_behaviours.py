"""Every behaviour that a client is held to has a test that names it."""

import re
from pathlib import Path

import pytest

NAMED = re.compile(r"^(?:async )?def test_client_n(\d\d)_\w+\(", re.MULTILINE)
HERE = Path(__file__).parent
NUMBERS = range(1, 74)


def shown() -> set[int]:
    texts = (path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    return {int(number) for text in texts for number in NAMED.findall(text)}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_behaviour_is_shown(number):
    """There is a `test_client_nNN_...` for each of the 73."""
    assert number in shown()
