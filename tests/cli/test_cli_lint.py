"""``failwell lint`` says what is wrong with a contract file, and where."""

import re

import pytest

from failwell.core.contract import BUNDLED
from tests.source_tree import SOURCE

CONTRACTS = SOURCE / "failwell" / "contracts"


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_contracts_are_clean(failwell, name):
    """The files that come with failwell have neither error nor warning."""
    result = failwell("lint", CONTRACTS / f"{name}.yaml")

    assert (result.code, result.err) == (0, "")


def test_a_finding_has_its_place(failwell, tmp_path):
    """Each line begins with file, line and column, and the exit code is 1."""
    file = tmp_path / "errors.yaml"
    file.write_text("contract: 1\napi: {name: Shop}\nenvelop: {code: $code}\n", "utf-8")

    result = failwell("lint", file)

    assert result.code == 1
    assert re.search(rf"^{re.escape(str(file))}:3:1: error: .*envelop", result.out, re.MULTILINE)


def test_json_carries_the_same(failwell, tmp_path):
    """With --json each finding is an object."""
    file = tmp_path / "errors.yaml"
    file.write_text("contract: 1\n", "utf-8")

    found = failwell("lint", file, "--json").json

    assert {"rule", "level", "file", "line", "column", "text"} <= set(found[0])


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[1, 2]", b"a: [", b"\x00", b"- &a [*a]"])
def test_what_is_no_contract_is_told(failwell, tmp_path, content):
    """Any file gets an answer; none gets a traceback."""
    file = tmp_path / "errors.yaml"
    file.write_bytes(content)

    result = failwell("lint", file)

    assert result.code == 1
    assert "errors.yaml" in result.out + result.err
