"""The contract file: YAML text -> plain data in which every value knows its place."""

from pathlib import Path

import pytest
import yaml

from failwell.core.contract_file import (
    MAX_SIZE,
    ContractFile,
    load_contract_file,
    parse_contract_file,
)
from failwell.core.exceptions import ContractError

PARSERS = [
    pytest.param(False, id="pure"),
    pytest.param(
        True,
        id="libyaml",
        marks=pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML has no libyaml here"),
    ),
]

parsers = pytest.mark.parametrize("libyaml", PARSERS)

BUNDLED = sorted((Path(__file__).parents[2] / "src/failwell/contracts").glob("*.yaml"))


SCALARS = {
    "~": None,
    "": None,
    "null": None,
    "NULL": None,
    "true": True,
    "False": False,
    "yes": "yes",
    "no": "no",
    "on": "on",
    "Off": "Off",
    "y": "y",
    "42": 42,
    "-7": -7,
    "+7": 7,
    "007": 7,
    "0x1F": "0x1F",
    "0o17": "0o17",
    "1_000": "1_000",
    "1:30": "1:30",
    "2.5": 2.5,
    ".5": 0.5,
    "1e3": 1000.0,
    ".inf": ".inf",
    ".nan": ".nan",
    "2024-01-15": "2024-01-15",
    "2024-01-15T16:20:00Z": "2024-01-15T16:20:00Z",
    "4XX": "4XX",
    "'42'": "42",
    '"true"': "true",
    "$slot:string[]": "$slot:string[]",
    "!!str 42": "42",
    "=": "=",
    "<<": "<<",
}


def fault_of(text: str, *, libyaml: bool) -> str:
    """The one line that a text without readable YAML gives."""
    with pytest.raises(ContractError) as caught:
        parse_contract_file(text, file="f", libyaml=libyaml)
    return str(caught.value)


@parsers
@pytest.mark.parametrize("written", SCALARS)
def test_plain_values_are_those_of_yaml_1_2(written: str, libyaml: bool) -> None:
    """Null, booleans and decimal numbers are values; moments, yes, on and hex stay text."""
    file = parse_contract_file(f"x: {written}\n", libyaml=libyaml)

    value = file.data["x"]
    assert value == SCALARS[written]
    assert type(value) is type(SCALARS[written])
    assert file.problems == ()


@parsers
@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("{propertyName?: $field}", {"propertyName?": "$field"}),
        ("{a?: 1, b?: {c?: 2}, d: [e?, f]}", {"a?": 1, "b?": {"c?": 2}, "d": ["e?", "f"]}),
        ("{what?is: x}", {"what?is": "x"}),
        ("{? a : 1}", {"a": 1}),
        ("x: why? because", {"x": "why? because"}),
        ("x: $slot:rfc3339", {"x": "$slot:rfc3339"}),
        ("{a: $b:c[]}", None),
        ("{a: '$b:c[]'}", {"a": "$b:c[]"}),
        ("x: a\n  b # told\n", {"x": "a b"}),
        ("{a: b c\n  d}", {"a": "b c d"}),
        ("x: a#b", {"x": "a#b"}),
        ("x: http://x.example/?a=b", {"x": "http://x.example/?a=b"}),
    ],
)
def test_both_parsers_read_the_same(text: str, data: object, libyaml: bool) -> None:
    """Optional members such as `{key?: $slot}` work in either parser, as in every editor."""
    if data is None:
        assert "expected" in fault_of(text, libyaml=libyaml)
    else:
        assert parse_contract_file(text, libyaml=libyaml).data == data


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML has no libyaml here")
@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_both_parsers_agree_on_bundled_contracts(path: Path) -> None:
    """Data and every place are the same, whichever parser the machine has."""
    text = path.read_text(encoding="utf-8")

    pure, fast = (parse_contract_file(text, libyaml=each) for each in (False, True))

    assert pure == fast
    assert pure.problems == ()


@parsers
def test_every_value_and_key_knows_its_place(libyaml: bool) -> None:
    """Places are lines and columns from 1, in block and flow style alike."""
    text = "a:\n  - x\n  - {b: 1, 'c': [2]}\nd: |\n  text\n"

    file = parse_contract_file(text, libyaml=libyaml)

    assert file.keys[("a",)] == (1, 1)
    assert file.values[("a",)] == (2, 3)
    assert file.values[("a", 0)] == (2, 5)
    assert file.keys[("a", 1, "b")] == (3, 6)
    assert file.values[("a", 1, "c", 0)] == (3, 18)
    assert file.keys[("a", 1, "c")] == (3, 12)
    assert file.values[("d",)] == (4, 4)


def test_problem_is_placed_at_the_nearest_ancestor() -> None:
    """A path that is not in the file, such as a missing key, points to what should hold it."""
    file = parse_contract_file("api:\n  name: Shop\n", file="f")

    assert str(file.problem(("api", "name"), "x")) == "f:2:9: x"
    assert str(file.problem(("api", "name"), "x", key=True)) == "f:2:3: x"
    assert str(file.problem(("api", "docs", 0), "x", key=True)) == "f:1:1: x"
    assert str(file.problem(("other",), "x")) == "f:1:1: x"


@parsers
@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a:\n\tb: 1\n", "f:2:1: found a tab as indentation; use blanks"),
        ("a: @x\n", "f:1:4: a text cannot begin with '@'; put quotes around it"),
        ("a: `x`\n", "f:1:4: a text cannot begin with '`'; put quotes around it"),
        ("a: 'x\nb: 1\n", "f:3:1: the quote opened at line 1, column 4 is never closed"),
        (
            "a: [1, 2\nb: 3\n",
            "f:2:2: expected ',' or ']' for the list opened at line 1, column 4",
        ),
        (
            "a: {x: 1\nb: 3\n",
            "f:2:2: expected ',' or '}' for the mapping opened at line 1, column 4",
        ),
        ("a: 1\nb\nc: 2\n", "f:3:1: expected ':' after the key at line 2, column 1"),
        ("a: *nope\n", "f:1:4: found an alias whose anchor is not defined above"),
        (
            "a: &x 1\nb: &x 2\n",
            "f:2:4: found an anchor twice; the first is at line 1, column 4",
        ),
        ("a: ]\n", "f:1:4: expected a value, found ']'"),
        ("a: - b\n", "f:1:4: found '-' where no list item can stand; start a line"),
        ("a: ? b\n", "f:1:4: found '?' where no key can stand; put quotes around it"),
        ("--- a\n--- b\n", "f:2:1: expected one document, found the start of a second"),
        ("---\n...\nfoo\n", "f:3:1: expected one document, found more text after its end"),
        (
            "a:\n  b: 1\n c: 2\n",
            (
                "f:3:2: expected a line indented like the block at line 1, column 1, "
                "or a comma or quote before it"
            ),
        ),
        (
            "a: b: c\n",
            (
                "f:1:5: found a colon where no key can stand; "
                "quote a text that has ': ' in it, or indent less"
            ),
        ),
    ],
)
def test_syntax_is_explained_in_plain_words(text: str, line: str, libyaml: bool) -> None:
    """Either parser gives the same sentence at the same place, without its own jargon."""
    assert fault_of(text, libyaml=libyaml) == line


@parsers
def test_key_twice_names_both_places(libyaml: bool) -> None:
    """Whoever wrote a key twice is told where both are; the first one counts."""
    file = parse_contract_file("a: 1\nb: 2\na: 3\n", file="f", libyaml=libyaml)

    assert [str(problem) for problem in file.problems] == [
        "f:3:1: found the key 'a' twice; the first is at line 1, column 1"
    ]
    assert file.data == {"a": 1, "b": 2}


@parsers
@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("4002: x\n", "f:1:1: expected a text as key, found the number 4002; write '4002'"),
        ("a: {true: x}\n", "f:1:5: expected a text as key, found true; write 'true'"),
        ("? {a: b}\n: x\n", "f:1:3: expected a text as key, found a mapping"),
        ("a: !thing x\n", "f:1:4: expected a plain value, found the tag '!thing'"),
        ("a: !!set {x}\n", "f:1:4: expected a plain value, found the tag"),
        ("a: !!int x\n", "f:1:4: expected a plain value, found the tag"),
        ("a: 1e999\n", "f:1:4: expected a number below 2 to the power of 63"),
        (f"a: {'9' * 5000}\n", "f:1:4: expected a number below 2 to the power of 63"),
    ],
)
def test_values_that_are_not_plain_are_refused(text: str, line: str, libyaml: bool) -> None:
    """Tags, keys that are no text and numbers no JSON reader holds are noted at their place."""
    file = parse_contract_file(text, file="f", libyaml=libyaml)

    (problem,) = file.problems
    assert str(problem).startswith(line)


@parsers
def test_anchors_and_aliases_are_accepted(libyaml: bool) -> None:
    """A text said twice may be written once; both uses know the place where it is written."""
    file = parse_contract_file("a: &x {k: 1}\nb: *x\n", libyaml=libyaml)

    assert file.data == {"a": {"k": 1}, "b": {"k": 1}}
    assert file.values[("b", "k")] == (1, 11)


LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60))


@parsers
@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LAUGHS, "expected at most"),
        ("a: &a [*a]\n", "expected at most 64 levels"),
        ("[" * 100_000, "expected at most 64 levels"),
        ("{a: " * 100_000, "expected at most 64 levels"),
        ("- " * 100_000, "expected at most 64 levels"),
        ("x: [" + "1," * 200_000 + "]", "expected at most 100000 values"),
        ("x" * (MAX_SIZE + 1), "expected at most 1048576 bytes"),
        ("ü" * MAX_SIZE, "expected at most 1048576 bytes"),
    ],
    ids=["laughs", "itself", "lists", "mappings", "dashes", "values", "size", "bytes"],
)
def test_size_and_depth_are_bounded(text: str, said: str, libyaml: bool) -> None:
    """A file made to exhaust memory or the stack is refused before it does."""
    assert said in fault_of(text, libyaml=libyaml)


@parsers
@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: b\nc: \x00\n", "f:2:4: found the control character U+0000"),
        ("a: \x1b[31m\n", "f:1:4: found the control character U+001B"),
        ("a: \ud800\n", "f:1:4: found the control character U+D800"),
        ('a: "\\UFFFFFFFF"\n', "f:1:"),
        ("%YAML 1." + "9" * 5000 + "\n---\na: 1\n", "f:1:"),
    ],
    ids=["nul", "escape", "surrogate", "too far", "version"],
)
def test_odd_characters_are_a_problem_with_a_place(text: str, line: str, libyaml: bool) -> None:
    """No character makes the parser fail in a way of its own."""
    assert fault_of(text, libyaml=libyaml).startswith(line)


def test_file_is_read_from_disk(tmp_path: Path) -> None:
    """A byte order mark and Windows line ends change neither values nor places."""
    path = tmp_path / "shop.yaml"
    path.write_bytes(b"\xef\xbb\xbfapi: Shop\r\nmedia: x\r\n")

    file = load_contract_file(path)

    assert isinstance(file, ContractFile)
    assert file.file == str(path)
    assert file.data == {"api": "Shop", "media": "x"}
    assert file.values[("media",)] == (2, 8)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a: b\nc: \xff\n", ":2:4: expected UTF-8, found other bytes"),
        ("a: b".encode("utf-16"), ":1:1: expected UTF-8, found other bytes"),
        (b"\xff" * (MAX_SIZE + 1), ":1:1: expected at most 1048576 bytes, found more"),
    ],
    ids=["latin-1", "utf-16", "large"],
)
def test_other_encodings_are_refused_at_their_place(data: bytes, said: str, tmp_path: Path) -> None:
    """A file that is no UTF-8 is told where it stops being so."""
    path = tmp_path / "shop.yaml"
    path.write_bytes(data)

    with pytest.raises(ContractError) as caught:
        load_contract_file(path)

    assert str(caught.value) == f"{path}{said}"


def test_file_that_is_not_there_is_a_contract_error(tmp_path: Path) -> None:
    """A wrong path reads like any other problem, with the system's reason."""
    with pytest.raises(ContractError, match=r"none\.yaml:1:1: cannot be opened: No such file"):
        load_contract_file(tmp_path / "none.yaml")
