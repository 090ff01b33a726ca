"""The contracts of well-known APIs: small, valid, and true to the bodies those APIs send."""

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import yaml

from failwell.core.contract import BUNDLED, DIALECTS, Contract
from failwell.core.exceptions import FailwellError
from failwell.core.lint import lint

FOLDER = resources.files("failwell") / "contracts"
VECTORS = Path(__file__).parent.parent / "vectors" / "dialects"
CONTRACTS = {name: Contract.bundled(name) for name in DIALECTS}
CASES = [
    pytest.param(name, case, id=f"{name}-{case['why']}")
    for name in DIALECTS
    for case in json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
]


def test_every_file_has_its_name_in_the_list():
    """A dialect is a file, and the list of names is the list of files."""
    files = {each.name.removesuffix(".yaml") for each in (FOLDER / "dialects").iterdir()}

    assert files == set(DIALECTS)
    assert list(DIALECTS) == sorted(DIALECTS)
    assert not files & set(BUNDLED)


@pytest.mark.parametrize("name", DIALECTS)
def test_file_fits_the_editor_schema(name):
    """An author who opens a dialect in an editor sees no complaint."""
    schema = json.loads((FOLDER / "contract-1.schema.json").read_text("utf-8"))
    text = (FOLDER / "dialects" / f"{name}.yaml").read_text("utf-8")

    jsonschema.Draft7Validator(schema).validate(yaml.safe_load(text))
    assert text.startswith("# yaml-language-server: $schema=../contract-1.schema.json\n")
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("name", DIALECTS)
def test_lint_has_nothing_to_warn_of(name):
    """Every code says what it means, why it happens and what to do."""
    found = lint(CONTRACTS[name].declared)

    assert [str(each) for each in found if each.level != "note"] == []


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_body_is_read_as_its_api_means_it(name, case):
    """Code, retry class, wait, fields and directive come out of the bodies that are on the wire."""
    decoded = CONTRACTS[name].decode(
        case["status"], case["headers"], json.dumps(case["body"]).encode()
    )
    fault, entry = decoded.fault, decoded.entry

    assert fault.code == case["code"]
    assert (entry and entry.retry) == case["retry"]
    assert fault.retry_after == case.get("wait")
    assert fault.request_id == case.get("request_id")
    assert fault.params.get("should_retry") in (case.get("should_retry"), "false")
    found = [each.location.dotted for each in fault.violations or () if each.location]
    assert found == case.get("fields", found)
    wrong = {each.kind for each in decoded.deviations if each.level == "error"}
    assert wrong <= {"media", "unknown-code"}


@pytest.mark.parametrize("name", DIALECTS)
def test_golden_bodies_are_read_as_their_codes(name):
    """What a dialect writes for a code it reads as that code."""
    contract = CONTRACTS[name]
    for code, entry in contract.codes.items():
        if "code" not in entry.match:
            wire = contract.golden(code)

            assert contract.decode(wire.status, wire.headers, wire.body).fault.code == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("openai", "insufficient_quota"),
        ("openai", "billing_hard_limit_reached"),
        ("anthropic", "billing_error"),
        ("azure", "quotaLimitReached"),
        ("salesforce", "REQUEST_LIMIT_EXCEEDED"),
        ("slack", "fatal_error"),
    ],
)
def test_what_waiting_cannot_cure_is_never_repeated(name, code):
    """A quota that is used up is not retried, whatever its status says."""
    assert CONTRACTS[name].codes[code].retry == "never"


def test_an_unknown_name_is_told_with_the_nearest():
    """A slip of the pen in a dialect's name is answered with the name that was meant."""
    with pytest.raises(FailwellError, match="stripe"):
        Contract.bundled("stirpe")
