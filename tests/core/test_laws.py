"""The laws every contract obeys (CONTRACT format 1), for all bundled contracts."""

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from failwell.core.contract import BUNDLED, Contract
from failwell.core.exceptions import FaultError
from failwell.core.fault import Fault, Location, Violation
from failwell.core.situation import Situation
from failwell.core.strict_json import parse
from tests.core.bodies import ANY, admitted

VECTORS = Path(__file__).parent.parent / "vectors"
PAGES: list[dict[str, Any]] = json.loads((VECTORS / "seed_bodies.json").read_text())
CONTRACTS = {name: Contract.bundled(name) for name in BUNDLED}
PROBLEM = {"type", "title", "status", "detail", "instance", "errors"}
ADMITTED = {name: admitted(contract) for name, contract in CONTRACTS.items()}
# An envelope that may leave everything out must explain at least one member (rule 11).
ADMITTED["rfc9457"] = ADMITTED["rfc9457"].filter(lambda drawn: PROBLEM & set(drawn[1]))
CODES = [(name, code) for name, contract in CONTRACTS.items() for code in contract.codes]
SITUATIONS = [(name, situation) for name in BUNDLED for situation in Situation]


def _page_id(page: dict[str, Any]) -> str:
    return f"{page['api']}-line-{page['line']}"


@pytest.mark.parametrize("name", BUNDLED)
@given(data=st.data())
def test_encoding_a_decoded_body_gives_it_back(name: str, data: st.DataObject) -> None:
    """PutGet: encode(decode(body)) is the body, for every body a template admits."""
    contract = CONTRACTS[name]
    _, body = data.draw(ADMITTED[name])
    raw = json.dumps(body).encode()

    decoded = contract.decode(None, None, raw)

    if not any(each.kind == "slot-conflict" for each in decoded.deviations):
        assert json.loads(contract.encode_body(decoded.fault)) == body


@pytest.mark.parametrize("name", BUNDLED)
@given(data=st.data())
def test_admitted_bodies_fit_their_schema(name: str, data: st.DataObject) -> None:
    """A body that a template admits has no forbidden deviation and fits the JSON Schema."""
    contract = CONTRACTS[name]
    code, body = data.draw(ADMITTED[name])

    kinds = {d.kind for d in contract.decode(None, None, json.dumps(body).encode()).deviations}

    jsonschema.validate(body, contract.schema())
    assert not kinds & {"missing", "type", "constant"}
    if code is not None and contract.declared.identify == ("code",):
        jsonschema.validate(body, contract.schema(code))


@pytest.mark.parametrize("page", PAGES, ids=_page_id)
def test_every_body_of_the_pages_round_trips(page: dict[str, Any]) -> None:
    """The 40 bodies printed on the five pages come back exactly."""
    contract = CONTRACTS[page["api"]]

    decoded = contract.decode(page["status"], None, json.dumps(page["body"]).encode())

    assert json.loads(contract.encode_body(decoded.fault)) == page["body"]
    assert [d for d in decoded.deviations if d.kind != "unknown-code"] == []


@pytest.mark.parametrize("page", [p for p in PAGES if p["status"]], ids=_page_id)
def test_every_page_body_with_a_status_is_some_code_and_its_example(page: dict[str, Any]) -> None:
    """Golden: the catalogue and its examples render the printed bodies."""
    contract = CONTRACTS[page["api"]]

    rendered = [golden for code in contract.codes for golden in contract.goldens(code)]

    assert any(
        golden.status == page["status"] and json.loads(golden.body) == page["body"]
        for golden in rendered
    )


@pytest.mark.parametrize(("name", "code"), CODES)
def test_golden_bodies_fit_and_are_recognised(name: str, code: str) -> None:
    """A golden answer fits the schema of its code and decodes to it without deviation."""
    contract = CONTRACTS[name]
    for golden in contract.goldens(code):
        jsonschema.validate(json.loads(golden.body), contract.schema(code))
        decoded = contract.decode(golden.status, golden.headers, golden.body)

        assert decoded.deviations == ()
        assert decoded.entry is contract.codes[code]
        assert decoded.fault.code == code
        assert decoded.fault.message


@pytest.mark.parametrize(("name", "code"), CODES)
def test_both_ways_of_matching_agree(name: str, code: str) -> None:
    """The compiled matcher and the thorough one read a golden body as the same fault."""
    contract = CONTRACTS[name]
    golden = contract.golden(code)
    spaced = json.dumps(json.loads(golden.body) | {"not_declared": 1}).encode()

    quick = contract.decode(golden.status, None, golden.body).fault
    thorough = contract.decode(golden.status, None, spaced).fault

    if contract.name != "rfc9457":  # there an unknown member is a value of the fault
        assert thorough == quick


@pytest.mark.parametrize(("name", "situation"), SITUATIONS)
@settings(max_examples=settings.default.max_examples // 20)
@given(data=st.data())
def test_every_situation_can_be_encoded_whatever_its_params(
    name: str, situation: Situation, data: st.DataObject
) -> None:
    """Totality: any situation with any params gives a body the contract itself accepts."""
    contract = CONTRACTS[name]
    hostile = ANY | st.sampled_from(
        [float("nan"), float("inf"), "\ud800", 10**400, object(), {1: {2}}, b"\xff", ["x"] * 50]
    )
    names = ["resource_type", "resource_id", "field", "value", "limit", "window", "retry_after"]
    params = data.draw(st.dictionaries(st.sampled_from([*names, "token", "path"]), hostile))
    items = data.draw(st.lists(st.builds(_violation, st.sampled_from([None, "required"]), ANY)))
    fault = Fault(
        situation=situation,
        params=params,
        violations=tuple(items) if situation is Situation.INVALID else None,
    )

    finished = contract.resolve(fault, request_id="req_0123456789abcdef", timestamp=_NOON)
    wire = contract.encode(finished)

    parse(wire.body)
    assert wire.status in contract.codes[str(finished.code)].status or wire.status % 100 == 0
    assert len(wire.body) < 65536
    decoded = contract.decode(wire.status, wire.headers, wire.body)
    assert not {d.kind for d in decoded.deviations} & {"json", "envelope", "media"}


_NOON = datetime(2024, 1, 15, 12, tzinfo=UTC)


def _violation(code: str | None, value: Any) -> Violation:
    return Violation(code=code, location=Location(("a", 0)), params={"value": value})


@pytest.mark.parametrize(("name", "code"), CODES)
def test_every_code_can_be_raised_or_says_what_it_needs(name: str, code: str) -> None:
    """Every entry can be raised with the params of its example; it names a missing one."""
    contract = CONTRACTS[name]
    example = dict(contract.golden_fault(code).params)
    wait = example.pop("retry_after", None)
    given_params = {k: v for k, v in example.items() if k not in ("status", "title", "type")}

    error = contract.error(code, retry_after=wait, **given_params)

    assert isinstance(error, FaultError)
    assert error.code == code
    assert error.status in contract.codes[code].status or str(error.status)[1:] == "00"


def _mutants(body: Any) -> Iterator[tuple[str, Any]]:
    """Drop, rename, null and retype every member of a body."""
    for path in _paths(body):
        for word, change in (
            ("drop", _drop),
            ("rename", _rename),
            ("null", lambda o, k: o.__setitem__(k, None)),
            ("retype", _retype),
        ):
            mutant = copy.deepcopy(body)
            owner = mutant
            for step in path[:-1]:
                owner = owner[step]
            if isinstance(owner, list) and word == "rename":
                continue
            change(owner, path[-1])
            if mutant != body:
                yield f"{word} {'/'.join(map(str, path))}", mutant


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in items:
        yield (*path, key)
        if isinstance(each, dict | list):
            yield from _paths(each, (*path, key))


def _drop(owner: Any, key: Any) -> None:
    del owner[key]


def _rename(owner: Any, key: Any) -> None:
    owner[f"{key}_x"] = owner.pop(key)


def _retype(owner: Any, key: Any) -> None:
    value = owner[key]
    owner[key] = 7 if isinstance(value, str) else ["x"] if isinstance(value, dict) else "x"


ALL_MUTANTS = [
    (page, word, mutant)
    for page in PAGES
    if not (page["status"] is None and page["api"] != "ixon")
    for word, mutant in _mutants(page["body"])
]


def test_there_are_at_least_800_mutants() -> None:
    """The proof below stands on enough broken bodies."""
    assert len(ALL_MUTANTS) >= 800


ALLOWED = {
    # Lists may be shorter.
    "connix-90 drop error/details/required_scopes/0",
    "connix-90 drop error/details/provided_scopes/0",
    "connix-111 drop error/details/0",
    "connix-111 drop error/details/1",
    "connxt-56 drop errors/0",
    "connxt-56 drop errors/1",
    "apinizer-138 drop validation_errors/0",
    "apinizer-138 drop validation_errors/1",
    # Members that the page shows with some bodies and without them in others.
    "connxt-56 drop errors",
    "apinizer-138 drop validation_errors",
    "ixon-10 drop data/0/propertyName",
    "ixon-21 drop data/0/propertyName",
    "ixon-40 drop data/0/propertyName",
    "ixon-61 drop data/0/propertyName",
    "ixon-72 drop data/0/propertyName",
    "ixon-94 drop data/0/propertyName",
    # Values as the caller sent them have any type.
    "connix-111 null error/details/1/provided",
    "connix-111 retype error/details/1/provided",
    "connix-186 null error/details/conflicting_value",
    "connix-186 retype error/details/conflicting_value",
}


def test_every_deviation_that_a_page_forbids_is_reported() -> None:
    """Of all mutants only those that the pages allow go unreported, each listed above."""
    silent = {
        f"{page['api']}-{page['line']} {word}"
        for page, word, mutant in ALL_MUTANTS
        if not CONTRACTS[page["api"]]
        .decode(page["status"], None, json.dumps(mutant).encode())
        .deviations
    }

    assert silent == ALLOWED


@pytest.mark.parametrize("name", BUNDLED)
@given(status=st.none() | st.integers(100, 599), raw=st.binary(max_size=60), body=ANY)
def test_decoding_never_raises(name: str, status: int | None, raw: bytes, body: Any) -> None:
    """Any bytes with any status and any JSON give a fault, never an exception."""
    contract = CONTRACTS[name]
    headers = [(b"Retry-After", raw), ("X-Request-ID", "x"), (b"content-type", b"text/html")]

    assert contract.decode(status, headers, raw).fault.status == status
    assert isinstance(contract.decode(status, None, json.dumps(body).encode()).fault, Fault)


def test_larger_wait_wins() -> None:
    """Where two places give a wait, the larger one counts and the conflict is reported."""
    golden = CONTRACTS["connix"].golden("rate_limit_exceeded")
    headers = [(k, "90" if k == "Retry-After" else v) for k, v in golden.headers]

    decoded = CONTRACTS["connix"].decode(429, headers, golden.body)

    assert decoded.fault.retry_after == 90.0
    assert [d.kind for d in decoded.deviations] == ["slot-conflict"]
    assert json.loads(golden.body)["error"]["details"]["retry_after"] == 45
