"""The strict JSON gate: what it lets in, what it refuses, and how it says where."""

import copy
import json
import math
import pickle
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from failwell.core.json_scanner import find_flaw
from failwell.core.strict_json import DEEPEST, JsonError, parse

REFUSED = [
    # body, reason, token, position, line, column
    (b'{"name": "x",}', "syntax", "}", 13, 1, 14),
    (b"[1,]", "syntax", "]", 3, 1, 4),
    (b"[,1]", "syntax", ",", 1, 1, 2),
    (b"[1 2]", "syntax", "2", 3, 1, 4),
    (b"[1}", "syntax", "}", 2, 1, 3),
    (b'{"a" 1}', "syntax", "1", 5, 1, 6),
    (b'{"a":}', "syntax", "}", 5, 1, 6),
    (b'{\n  "a": 1\n  "b": 2\n}', "syntax", '"', 13, 3, 3),
    (b"{a: 1}", "syntax", "a", 1, 1, 2),
    (b"{'a': 1}", "syntax", "'", 1, 1, 2),
    (b"// note\n1", "syntax", "/", 0, 1, 1),
    (b"", "syntax", None, 0, 1, 1),
    (b"  \n ", "syntax", None, 4, 2, 2),
    (b"{", "syntax", None, 1, 1, 2),
    (b'{"a"', "syntax", None, 4, 1, 5),
    (b'["abc', "syntax", None, 5, 1, 6),
    (b"tru", "syntax", None, 3, 1, 4),
    (b"[nul]", "syntax", "]", 4, 1, 5),
    (b"NaN", "syntax", "N", 0, 1, 1),
    (b"-Infinity", "syntax", "I", 1, 1, 2),
    (b"01", "syntax", "1", 1, 1, 2),
    (b"-", "syntax", None, 1, 1, 2),
    (b"+1", "syntax", "+", 0, 1, 1),
    (b".5", "syntax", ".", 0, 1, 1),
    (b"[1.]", "syntax", "]", 3, 1, 4),
    (b"[1e+]", "syntax", "]", 4, 1, 5),
    (b'"a\\x"', "syntax", "x", 3, 1, 4),
    (b'"\\u12g4"', "syntax", "g", 5, 1, 6),
    (b'"a\nb"', "syntax", "\n", 2, 1, 3),
    (b'"\x00"', "syntax", "\x00", 1, 1, 2),
    (b"\xef\xbb\xbf{}", "syntax", "\ufeff", 0, 1, 1),
    ('{"ü€😀": }'.encode(), "syntax", "}", 8, 1, 9),
    (b"{\x00", "syntax", "\x00", 1, 1, 2),
    (b'{"a": 1,\n "a": 2}', "duplicate_key", '"', 10, 2, 2),
    (b'{"\\u0061": 1, "a": 2}', "duplicate_key", '"', 14, 1, 15),
    (b'[{"a": {"b": 1, "b": 1}}]', "duplicate_key", '"', 16, 1, 17),
    (b"[" * 101 + b"]" * 101, "too_deep", "[", 100, 1, 101),
    (b'{"a":' * 101 + b"1" + b"}" * 101, "too_deep", "{", 500, 1, 501),
    (b"[" * 100_000, "too_deep", "[", 100, 1, 101),
    (b"[1, 1e400]", "number_out_of_range", "1", 4, 1, 5),
    (b"-1e400", "number_out_of_range", "-", 0, 1, 1),
    (b"9" * 5000, "number_out_of_range", "9", 0, 1, 1),
    (b"[-" + b"9" * 5000 + b"]", "number_out_of_range", "-", 1, 1, 2),
    (b"9" * 400, "number_out_of_range", "9", 0, 1, 1),
    (b"1" * 4301 + b".5e-4300", "number_out_of_range", "1", 0, 1, 1),
    ('"é'.encode() + b'\xff"', "invalid_utf8", "\ufffd", 2, 1, 3),
    (b'{"a":\n "\xc0\x80"}', "invalid_utf8", "\ufffd", 8, 2, 3),
    (b'"\xed\xa0\x80"', "invalid_utf8", "\ufffd", 1, 1, 2),
    (b'"\xe2\x82', "invalid_utf8", "\ufffd", 1, 1, 2),
    (b'\xff\xfe{\x00"\x00', "invalid_utf8", "\ufffd", 0, 1, 1),
    (b'"a\\ud800"', "lone_surrogate", "\\", 2, 1, 3),
    (b'"\\udc00\\ud800"', "lone_surrogate", "\\", 1, 1, 2),
    (b'{"\\ud800\\u0041": 1}', "lone_surrogate", "\\", 2, 1, 3),
    (b"{} x", "trailing_data", "x", 3, 1, 4),
    (b"{}\n{}", "trailing_data", "{", 3, 2, 1),
    (b"truex", "trailing_data", "x", 4, 1, 5),
    (b'1 "', "trailing_data", '"', 2, 1, 3),
    (b"{}\x00", "trailing_data", "\x00", 2, 1, 3),
]

ACCEPTED = [
    (b" \t\r\n[ ] \n", []),
    (b"-0", 0),
    (b"1E5", 1e5),
    (b"1e-400", 0.0),
    (b"0e400", 0.0),
    (b"18446744073709551616", 2**64),
    (b"9" * 300, int("9" * 300)),
    (b'"\\ud83d\\ude00 \\/ \\u0000"', "😀 / \x00"),
    (b'"\x7f"', "\x7f"),
    (b'[{"a": 1}, {"a": 1}]', [{"a": 1}, {"a": 1}]),
    (b"[1.0, 1.5, 7.74860418e8]", [1.0, 1.5, 774860418.0]),
]


@pytest.mark.parametrize(("body", "reason", "token", "position", "line", "column"), REFUSED)
def test_a_refusal_says_why_and_where(body, reason, token, position, line, column):
    """Every refusal carries its reason, the offending character and its place."""
    with pytest.raises(JsonError) as caught:
        parse(body)

    error = caught.value
    assert (error.reason, error.token, error.position) == (reason, token, position)
    assert (error.line, error.column) == (line, column)


@pytest.mark.parametrize(("body", "value"), ACCEPTED)
def test_odd_but_strict_json_is_accepted(body, value):
    """What RFC 8259 allows and every reader agrees on comes through."""
    assert parse(body) == value


@pytest.mark.parametrize("depth", [1, 2, 100, DEEPEST, DEEPEST + 1])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}"), (b"[0,", b"]")])
def test_depth_is_exact(depth, opening, closing):
    """A limit lets exactly so many containers be open, and none is above `DEEPEST`."""
    body = opening * depth + b"1" + closing * depth

    for limit in (1, 2, 99, 100, DEEPEST, 10 * DEEPEST):
        refused = find_flaw(body, max_depth=min(limit, DEEPEST)) is not None
        assert refused == (depth > min(limit, DEEPEST))
        if refused:
            with pytest.raises(JsonError, match="too_deep"):
                parse(body, max_depth=limit)
        else:
            parse(body, max_depth=limit)


def test_many_brackets_are_not_depth():
    """A long flat list of objects is not taken for a deep one."""
    rows = [{"id": n, "tags": []} for n in range(300)]

    assert parse(json.dumps(rows).encode(), max_depth=3) == rows
    with pytest.raises(JsonError, match="too_deep"):
        parse(json.dumps(rows).encode(), max_depth=2)


def test_text_of_an_error_is_one_line_and_shows_no_body():
    """The error names a place and one character, so a log line cannot be forged or leak."""
    with pytest.raises(JsonError) as caught:
        parse(b'{"password": "hunter2"\x1b}')

    assert str(caught.value) == "syntax: token '\\x1b' at line 1, column 23"


def test_an_error_can_be_pickled_and_copied():
    """The error travels between processes with its place."""
    with pytest.raises(JsonError) as caught:
        parse(b"[")

    for twin in (pickle.loads(pickle.dumps(caught.value)), copy.deepcopy(caught.value)):
        assert twin.flaw == caught.value.flaw


HOSTILE = {
    "escapes": b'"' + b"\\n" * 100_000,
    "half a pair at the end": b'"' + b"\\ud83d\\ude00" * 20_000 + b"\\ud83d",
    "blanks": b'{"a"' + b" " * 200_000,
    "digits": b"1" * 200_000,
    "digits after the point": b"[0." + b"1" * 200_000,
    "exponents": b"[" + b"1e100," * 30_000,
    "empty lists": b"[" + b"[]," * 60_000,
    "short items": b"[" + b'"a",1,' * 30_000,
    "openings": b"[" * 200_000,
    "keys": b"{" + b",".join(b'"%d":1' % n for n in range(20_000)),
    "quotes": b'["' + b'","' * 60_000,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_diagnosis_is_linear(body):
    """A hostile body of 200 kB is explained in a moment: no step is repeated over the rest."""
    start = time.process_time()

    with pytest.raises(JsonError):
        parse(body)

    assert time.process_time() - start < 2


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=5)
    ),
    max_leaves=25,
)
PIECES = st.sampled_from(
    [b"[", b"]", b"{", b"}", b",", b":", b'"', b'"a"', b'"b":', b'{"a":', b"[1,", b" ", b"\n"]
    + [b"0", b"1", b"-", b".", b"e", b"E+", b"9" * 20, b"e308", b"e309", b"e-400"]
    + [b"true", b"null", b"fals", b"NaN", b"\\", b"\\n", b"\\u00e9", b"\\ud83d", b"\\ude00"]
    + [b"\\u0061", b"\xc3\xa9", b"\xff", b"\x00", b"\xed\xa0\x80", b"\xef\xbb\xbf"]
)


def refuse(_):
    raise ValueError


def unique(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members


def stdlib_accepts(body, max_depth=100):
    """Judge with the standard library, made strict, and with its own walk over the value."""
    try:
        value = json.loads(body.decode(), object_pairs_hook=unique, parse_constant=refuse)
        json.dumps(value, ensure_ascii=False).encode()
    except ValueError:
        return False
    return in_range(value, max_depth)


def in_range(value, levels):
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return levels > 0 and all(in_range(each, levels - 1) for each in inner)
    if isinstance(value, int):
        return abs(value) <= 2**1024 - 2**970 - 1
    return not isinstance(value, float) or math.isfinite(value)


def assert_all_agree(body, max_depth=100):
    flaw = find_flaw(body, max_depth=max_depth)
    try:
        parse(body, max_depth=max_depth)
        refusal = None
    except JsonError as error:
        refusal = error.flaw
    assert refusal == flaw
    assert (flaw is None) == stdlib_accepts(body, max_depth)
    assert_place_is_true(body, flaw)


def assert_place_is_true(body, flaw):
    if flaw is None or flaw.reason == "invalid_utf8":
        return
    text = body.decode()
    assert flaw.token == (text[flaw.position] if flaw.position < len(text) else None)
    before = text[: flaw.position].split("\n")
    assert (flaw.line, flaw.column) == (len(before), len(before[-1]) + 1)


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_valid_json_comes_through_unchanged(value, indent, ascii_only):
    """Whatever the standard library writes is read back equal, and no scanner objects."""
    body = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()

    assert parse(body) == value
    assert find_flaw(body, max_depth=100) is None


@given(VALUES, st.data())
def test_mutated_json_is_judged_alike(value, data):
    """Parser, scanner and standard library agree on bodies that were damaged in one place."""
    body = json.dumps(value).encode()
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(start + 3, len(body))))

    assert_all_agree(body[:start] + data.draw(PIECES | st.binary(max_size=3)) + body[end:])


@given(st.lists(PIECES, max_size=12).map(b"".join), st.sampled_from([1, 2, 3, 100]))
@example(b"1.7976931348623158e308", 100)
@example(b"1.7976931348623159e308", 100)
@example(str(2**1024 - 2**970).encode(), 100)
@example(str(2**1024 - 2**970 - 1).encode(), 100)
@example(b'{"\\u0061":1,"a":2}', 100)
def test_pieces_of_json_are_judged_alike(body, max_depth):
    """Parser, scanner and standard library agree on bodies that are put together at random."""
    assert_all_agree(body, max_depth)


@given(st.binary())
def test_any_bytes_are_judged(body):
    """There is no body to which the gate has no answer."""
    assert_all_agree(body)
