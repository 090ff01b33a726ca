"""Sentences are read back as a lazy pattern would, and odd moments never pass for plain ones."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.core.contract import Contract
from failwell.core.text import Wordings, parse_text

CONTRACT = Contract.bundled("connix")
LITERALS = st.text("ab '.", max_size=3)
NAMES = ("one", "two", "three")


def lazy(literals: list[str]) -> re.Pattern[str]:
    """The pattern that says what reading a sentence back means."""
    return re.compile("(.*?)".join(map(re.escape, literals)), re.DOTALL)


@given(st.lists(LITERALS, min_size=2, max_size=4), st.text("ab '.\n", max_size=12))
def test_reading_back_finds_what_the_lazy_pattern_finds(literals: list[str], sentence: str):
    """Values of placeholders are those of a pattern with lazy groups, for any sentence."""
    names = NAMES[: len(literals) - 1]
    source = literals[0] + "".join(f"{{{n}}}{t}" for n, t in zip(names, literals[1:], strict=True))
    expected = lazy(literals).fullmatch(sentence)

    found = parse_text(source).match(sentence)

    assert found == (None if expected is None else dict(zip(names, expected.groups(), strict=True)))


@given(st.lists(LITERALS, min_size=2, max_size=3), st.lists(st.text("ab ", max_size=3)))
def test_the_first_wording_that_fits_is_read(literals: list[str], sentences: list[str]):
    """Looking a sentence up among several wordings gives what trying them in turn gives."""
    source = "{one}".join(literals[:2])
    texts = [parse_text("a b"), parse_text(source), parse_text("ab{two} {one}")]

    for sentence in [*sentences, "a b", "ab "]:
        tried = (text.match(sentence) for text in texts)
        expected = next((found for found in tried if found is not None), None)
        assert Wordings(texts).read(sentence, {}) == expected


@pytest.mark.parametrize(
    "odd",
    [
        "2024-W03-1T16:20:00Z",
        "2024-01-15T162000.1Z",
        "2024-01-15T24:00:00Z",
        "2024-01-15T16:20:61Z",
    ],
)
def test_odd_moments_are_deviations(odd: str):
    """A moment of the right length in another form than RFC 3339's is told, not taken."""
    body = json.loads(CONTRACT.golden("internal_error").body)
    body["error"]["timestamp"] = odd

    decoded = CONTRACT.decode(500, None, json.dumps(body, separators=(",", ":")).encode())

    assert decoded.deviations
