"""``failwell explain`` tells a person, and a program, what a code means."""

import pytest

from failwell.core.contract import BUNDLED, Contract


def test_a_code_is_explained(failwell):
    """Status, message, causes, fixes and the text for the user are all there."""
    entry = Contract.bundled("connix").codes["insufficient_scope"]

    text = failwell("explain", "insufficient_scope", "--contract", "connix").out

    assert "insufficient_scope (Connix, 403)" in text
    for part in (*entry.message, *entry.causes, *entry.fix, entry.user["en"]):
        assert part in text


@pytest.mark.parametrize("name", BUNDLED)
def test_every_code_of_every_contract_is_found(failwell, name):
    """No code is so odd that it cannot be asked for."""
    for code in Contract.bundled(name).codes:
        found = failwell("explain", "--contract", name, "--json", "--", code).json

        assert code in [each["code"] for each in found]


def test_all_contracts_are_searched(failwell):
    """Without --contract, each bundled contract that has the code answers."""
    found = failwell("explain", "invalid_api_key", "--json").json

    assert {each["contract"] for each in found} >= {"connix", "agenthuman"}


def test_a_file_of_your_own_is_explained(failwell, tmp_path):
    """--contract takes a path as well."""
    file = tmp_path / "errors.yaml"
    file.write_text(
        "contract: 1\napi: {name: Shop}\nenvelope: {code: $code, message: $message}\n"
        "codes:\n  sold_out: {status: 409, message: Sold out, says: Nothing is left.}\n"
        "  broken: {status: 500, message: Broken}\n"
        "answers: {crash: broken}\n",
        "utf-8",
    )

    result = failwell("explain", "sold_out", "--contract", file)

    assert result.code == 0
    assert "Nothing is left." in result.out
