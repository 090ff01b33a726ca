"""The reader: every fault of a contract file once, with its place; else all it declares."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from failwell.core.catalogue import Answer, Api, Auth, Choice
from failwell.core.contract_file import parse_contract_file
from failwell.core.exceptions import ContractError, Problem
from failwell.core.reader import ORDER, Declared, read_contract, read_contract_file
from failwell.core.reader_node import MAX_PROBLEMS
from failwell.core.situation import Situation

HEAD = "contract: 1\napi: Shop\nenvelope: {error: {code: $code, message: $message}}\n"
CODES = "codes:\n  oops: {status: 500}\n  gone: {status: 410, removed: '2.0'}\n"
BEFORE = {"nothing": "", "head": HEAD, "codes": HEAD + CODES}

BROKEN = yaml.safe_load(
    Path(__file__).with_name("broken_contracts.yaml").read_text(encoding="utf-8")
)
BUNDLED = sorted((Path(__file__).parents[2] / "src/failwell/contracts").glob("*.yaml"))


def problems_of(text: str) -> list[str]:
    """What the reader says about a text, without the name of the file."""
    with pytest.raises(ContractError) as caught:
        read_contract(text, "f")
    return [str(problem).removeprefix("f:") for problem in caught.value.problems]


@pytest.mark.parametrize("row", BROKEN, ids=lambda row: row["name"])
def test_broken_file_gives_exactly_its_problems(row: dict[str, Any]) -> None:
    """One mistake is one problem: where it is, what was expected, what was found."""
    assert problems_of(BEFORE[row["after"]] + row["text"]) == row["problems"]


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    """Whoever repairs a file sees the whole list, not one fault per attempt."""
    text = HEAD + (
        "closed: maybe\n"
        "closed: true\n"
        "codes:\n"
        "  4001: {status: 400, retry: soon}\n"
        "  oops: {message: 'a {b'}\n"
        "answers: {crash: opps, crashd: oops}\n"
        "media: json\n"
    )

    lines = [int(problem.split(":")[0]) for problem in problems_of(text)]
    assert lines == [4, 5, 7, 7, 8, 8, 9, 9, 10]


def test_other_kinds_of_files_do_not_flood() -> None:
    """Beyond a hundred faults a file is no contract, and the rest is not looked at."""
    text = HEAD + "".join(f"key{i}: x\n" for i in range(5000))

    assert len(problems_of(text)) == MAX_PROBLEMS


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_bundled_contract_is_read(path: Path) -> None:
    """What we ship has no fault, and its codes and answers arrive."""
    declared = read_contract(path.read_text(encoding="utf-8"), path.name)

    assert declared.api.name
    assert set(declared.codes) == set(declared.source.data.get("codes", {}))
    assert {str(each) for each in declared.answers} == set(declared.source.data.get("answers", {}))


def read(body: str) -> Declared:
    """Read a contract with the usual head."""
    return read_contract(HEAD + body)


def test_defaults_stand_for_what_is_left_out() -> None:
    """A contract of three lines is complete."""
    declared = read("")

    assert declared.api == Api(name="Shop")
    assert declared.envelopes == ({"error": {"code": "$code", "message": "$message"}},)
    assert declared.media == "application/json"
    assert declared.applies == ("4XX", "5XX")
    assert declared.identify == ("code",)
    assert declared.order == ORDER
    assert declared.auth is None
    assert not declared.closed
    empty: list[object] = [declared.codes, declared.answers, declared.violations]
    assert empty == [{}, {}, {}]
    assert (declared.headers, declared.example) == ({}, {})
    assert declared.statuses == ()


def test_top_level_keys_arrive() -> None:
    """Each key of the file has its place in what is declared."""
    declared = read_contract(
        "contract: 1\n"
        "api: {name: Shop, base: b, docs: d, status: s, support: m}\n"
        "envelopes: [{a: $code}, {b: $code}]\n"
        "media: application/problem+json\n"
        "applies: [200, 4XX]\n"
        "identify: [message, field]\n"
        "headers: {X-Request-ID?: $request_id, X-Text: 'id {request_id}'}\n"
        "auth: {in: header, name: X-Key, scheme: Key, format: 'k_[0-9]+', challenge: Key, or: x}\n"
        "statuses: [405, 5XX]\n"
        "example: {request_id: r}\n"
        f"order: [{', '.join(reversed(ORDER))}]\n"
        "closed: true\n"
    )

    assert declared.api == Api(name="Shop", base="b", docs="d", status="s", support="m")
    assert declared.envelopes == ({"a": "$code"}, {"b": "$code"})
    assert declared.media == "application/problem+json"
    assert declared.applies == (200, "4XX")
    assert declared.identify == ("message", "field")
    assert declared.headers == {"X-Request-ID?": "$request_id", "X-Text": "id {request_id}"}
    assert declared.auth == Auth(
        where="header",
        name="X-Key",
        scheme="Key",
        format="k_[0-9]+",
        challenge="Key",
        alternative="x",
    )
    assert declared.statuses == (405, "5XX")
    assert declared.example == {"request_id": "r"}
    assert declared.order == tuple(reversed(ORDER))
    assert declared.closed


def test_entry_arrives_whole() -> None:
    """Every key of an entry is kept; one text and a list of texts are alike."""
    declared = read(
        "codes:\n"
        "  '4001':\n"
        "    {name: bad, status: [400, 4XX], match: {status: 4XX, kind: a}, message: One,\n"
        "     detail: [Two, 'Three {x}'], title: T, details: {x: $x:int}, field: a.b,\n"
        "     params: {x: limit}, values: {x: [1, two]}, headers: {Retry-After: $retry_after},\n"
        "     retry: after, severity: high, says: S, causes: [C], fix: [F, G], user: U, see: V,\n"
        "     example: {x: 1}, since: '1.0', deprecated: '1.1', removed: '2.0'}\n"
    )

    entry = declared.codes["4001"]
    assert (entry.code, entry.name, entry.status, entry.wire_status) == (
        "4001",
        "bad",
        (400, "4XX"),
        400,
    )
    assert entry.match == {"status": "4XX", "kind": "a"}
    assert (entry.message, entry.detail, entry.title) == (("One",), ("Two", "Three {x}"), "T")
    assert (entry.details, entry.field) == ({"x": "$x:int"}, "a.b")
    assert (entry.params, entry.values) == ({"x": "limit"}, {"x": (1, "two")})
    assert entry.headers == {"Retry-After": "$retry_after"}
    assert (entry.retry, entry.severity, entry.says) == ("after", "high", "S")
    assert (entry.causes, entry.fix, entry.see) == (("C",), ("F", "G"), "V")
    assert (entry.user, entry.example) == ({"en": "U"}, {"x": 1})
    assert (entry.since, entry.deprecated, entry.removed) == ("1.0", "1.1", "2.0")


def test_code_may_have_several_examples() -> None:
    """One mapping or a list of them; the first is the golden one."""
    declared = read(
        "codes:\n"
        "  a: {status: 400}\n"
        "  b: {status: 400, example: {x: 1}}\n"
        "  c: {status: 400, example: [{x: 1}, {x: 2}]}\n"
    )

    assert [entry.example for entry in declared.codes.values()] == [{}, {"x": 1}, {"x": 1}]
    assert [len(entry.examples) for entry in declared.codes.values()] == [0, 1, 2]


@pytest.mark.parametrize(
    ("status", "retry"),
    [
        ("429", "after"),
        ("503", "after"),
        ("500", "backoff"),
        ("5XX", "backoff"),
        ("502", "backoff"),
        ("504", "backoff"),
        ("408", "backoff"),
        ("[504, 502]", "backoff"),
        ("501", "never"),
        ("404", "never"),
        ("4XX", "never"),
    ],
)
def test_retry_follows_the_status_unless_it_is_given(status: str, retry: str) -> None:
    """A code without a retry class gets the one its status suggests."""
    declared = read(
        f"codes:\n  a: {{status: {status}}}\n  b: {{status: {status}, retry: after_login}}\n"
    )

    assert declared.codes["a"].retry == retry
    assert declared.codes["b"].retry == "after_login"


def test_violation_messages_may_differ_by_keyword() -> None:
    """One wording, a list, and a mapping of keywords all become keyword -> wordings."""
    declared = read(
        "violations:\n"
        "  required: {for: [required, 'null', minLength.0], says: S}\n"
        "  too_long: {for: [maxLength], message: '{label} is long', params: {max: maxLength}}\n"
        "  invalid:\n"
        "    for: [format, 'type:integer', '*']\n"
        "    message: {'format:email': [A, B], type: C, 'enum': D, default: E}\n"
    )

    required, too_long, invalid = declared.violations.values()
    assert (required.keywords, required.says) == (("required", "null", "minLength.0"), "S")
    assert (required.messages, required.message) == ({}, ())
    assert too_long.messages == {"default": ("{label} is long",)}
    assert too_long.params == {"max": "maxLength"}
    assert invalid.messages["format:email"] == ("A", "B")
    assert invalid.message == ("E",)


def test_answers_arrive_in_each_of_their_forms() -> None:
    """A code, a code with fixed values, and choices inside choices."""
    declared = read(
        CODES + "answers:\n"
        "  crash: oops\n"
        "  invalid: {code: oops, with: {message: A, detail: [B, 'C {limit}'], violations: [],\n"
        "            kind: '{limit}'}}\n"
        "  bad_json: {code: oops, with: {violations: null}}\n"
        "  conflict: {by: violations.0.code, a: oops, b: {by: route, /x/y: oops}, default: oops}\n"
    )

    oops = Answer(code="oops")
    assert declared.answers[Situation.CRASH] == oops
    assert declared.answers[Situation.INVALID] == Answer(
        code="oops",
        values={
            "message": ("A",),
            "detail": ("B", "C {limit}"),
            "violations": [],
            "kind": "{limit}",
        },
    )
    assert declared.answers[Situation.BAD_JSON] == Answer(code="oops", values={"violations": None})
    assert declared.answers[Situation.CONFLICT] == Choice(
        by="violations.0.code",
        arms={"a": oops, "b": Choice(by="route", arms={"/x/y": oops})},
        default=oops,
    )


def test_newer_format_is_all_that_is_said() -> None:
    """Words of a newer format are not called mistakes."""
    text = "contract: 7\napi: {}\nnovelty: true\n"

    assert problems_of(text) == [
        "1:11: this file needs a newer failwell: expected 1, found the number 7"
    ]


def test_deep_expressions_do_not_break_the_regex_check() -> None:
    """A credential format that exhausts the regex compiler is a problem like any other."""
    for pattern in ("(" * 5000 + ")" * 5000, "a{99999999999999999999}", "(?P<n>a)(?P<n>b)"):
        (problem,) = problems_of(HEAD + f"auth: {{in: header, name: K, format: '{pattern}'}}\n")
        assert "does not compile" in problem


def outcome(text: str, *, libyaml: bool = yaml.__with_libyaml__) -> Declared | list[Problem]:
    """Read a text that may be anything: what it declares, or its problems."""
    try:
        return read_contract_file(parse_contract_file(text, libyaml=libyaml))
    except ContractError as error:
        return list(error.problems)


def is_whole(result: Declared | list[Problem]) -> bool:
    """Whether a result is a contract without faults, or faults with their places."""
    if isinstance(result, Declared):
        return result.source.problems == ()
    return bool(result) and all(each.line >= 1 and each.column >= 1 for each in result)


SEED = (
    HEAD
    + CODES
    + (
        "media: application/json\n"
        "identify: [code]\n"
        "headers: {X-Request-ID?: $request_id}\n"
        "auth: {in: header, name: X-Key, format: 'k_[0-9a-f]{8}', challenge: 'Key realm=\"x\"'}\n"
        "violations:\n"
        "  required: {for: [required, minLength.0], message: '{label} is required'}\n"
        "  too_long: {for: [maxLength], message: {maxLength: '{maxLength}', default: x}}\n"
        "answers:\n"
        "  crash: oops\n"
        "  invalid: {code: oops, with: {message: ['a', 'b {limit}'], violations: []}}\n"
        "  not_found: {by: resource_type, a: oops, default: oops}\n"
        "  conflict: {by: violations, many: oops, default: {code: oops, with: {detail: x}}}\n"
        "order: [" + ", ".join(ORDER) + "]\n"
        "statuses: [405, 5XX]\n"
        "example: {request_id: &r r, timestamp: *r}\n"
        "closed: true\n"
    )
)

MARKS = [*"{}[]?'\"#%@~,\t\n\x00\ud800\u2028ü", "  ", "- ", ": ", "&a ", "*a", "!!x ", ">\n"]
WORDS = ["null", "true", "1", "1e400", "4XX", "{x}", "{{", "$x:", "<<: *r", "codes:", "9" * 20]
PIECES = st.sampled_from([*MARKS, *WORDS, "\n---\n", "\n...\n"])
EDITS = st.lists(
    st.tuples(st.integers(0, len(SEED)), st.integers(0, 40), PIECES | st.just("")), max_size=6
)


@settings(max_examples=300, deadline=timedelta(seconds=5))
@given(edits=EDITS, libyaml=st.booleans())
def test_mutated_contract_is_read_or_refused(
    edits: list[tuple[int, int, str]], libyaml: bool
) -> None:
    """Whatever happens to a contract file, its reader knows only success and ContractError."""
    text = SEED
    for start, length, piece in edits:
        text = text[:start] + piece + text[start + length :]

    assert is_whole(outcome(text, libyaml=libyaml and yaml.__with_libyaml__))


LINES = st.permutations(SEED.splitlines())


@settings(max_examples=100, deadline=timedelta(seconds=5))
@given(lines=LINES, kept=st.integers(0, 40))
def test_shuffled_contract_is_read_or_refused(lines: list[str], kept: int) -> None:
    """Lines in any order are no reason to fail in another way either."""
    assert is_whole(outcome("\n".join(lines[:kept])))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("oops"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
PATHS = [("codes", "oops", key) for key in ("status", "message", "user", "headers", "values")] + [
    ("codes", "oops"),
    ("codes",),
    ("violations", "too_long", "message"),
    ("violations", "too_long", "for"),
    ("violations",),
    ("answers", "invalid", "with"),
    ("answers", "conflict"),
    ("answers",),
    ("auth", "format"),
    ("auth",),
    ("api",),
    ("envelope",),
    ("order",),
    ("contract",),
]


@settings(max_examples=300, deadline=timedelta(seconds=5))
@given(path=st.sampled_from(PATHS), value=VALUES)
def test_any_value_anywhere_is_read_or_refused(path: tuple[str, ...], value: object) -> None:
    """A value of any kind in any place gives a problem or a contract, never another error."""
    data = parse_contract_file(SEED).data
    target = data
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value

    assert is_whole(outcome(yaml.safe_dump(data, allow_unicode=True)))
