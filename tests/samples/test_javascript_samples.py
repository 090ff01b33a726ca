"""The page's JavaScript samples, run by Node as they are printed, understand Connix."""

import json
import subprocess

import pytest

from failwell.core.contract import Contract
from tests.running_server import free_ports
from tests.samples.conftest import QUOTA
from tests.source_tree import ROOT

RUNNER = ROOT / "tests" / "samples" / "run_samples.js"
UNKNOWN = "An unexpected error occurred. Please try again."


@pytest.fixture
def run(node):
    """Run a sample and return what became of it."""

    def sample(*words):
        command = [node, RUNNER, *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return sample


def test_success(run, connix, origin):
    """A good answer comes back as data; nothing is thrown or logged."""
    seen = run("fetch", origin, connix.key, 0)

    assert {"projects", "pagination"} <= set(seen["data"])
    assert (seen["thrown"], seen["logged"]) == ([], [])


def test_an_invalid_key_takes_its_own_branch(run, origin):
    """The error is an API error whose code has a case of its own, so that nothing is logged."""
    seen = run("fetch", origin, "invalid_key", 0)

    assert [(error["status"], error["code"]) for error in seen["thrown"]] == [
        (401, "invalid_api_key")
    ]
    assert seen["logged"] == []


def test_a_rate_limit_takes_its_own_branch(run, origin, own_key):
    """429 comes with the code of the case below."""
    seen = run("fetch", origin, own_key, QUOTA)

    assert [(error["status"], error["code"]) for error in seen["thrown"]] == [
        (429, "rate_limit_exceeded")
    ]
    assert seen["logged"] == []


def test_other_errors_take_the_default_branch(run, origin, connix):
    """A code without a case is logged as an API error."""
    weak = connix.issue("--scope", "agents:read")["secret"]

    seen = run("fetch", origin, weak, 0)

    assert [error["code"] for error in seen["thrown"]] == ["insufficient_scope"]
    assert seen["logged"] == ["API Error:"]


def test_no_answer_is_a_network_error(run):
    """Where nobody listens there is no API error."""
    seen = run("fetch", f"http://127.0.0.1:{free_ports(1)}", "any", 0)

    assert (seen["thrown"], seen["logged"]) == ([], ["Network Error:"])


def test_every_code_has_the_text_of_the_page(run):
    """``getErrorMessage`` and the contract tell users the same, for codes it does not know too."""
    codes = Contract.bundled("connix").codes

    texts = dict(zip(codes, run("messages", *codes), strict=True))

    assert texts == {name: code.user["en"] for name, code in codes.items()}
    assert sum(text != UNKNOWN for text in texts.values()) == 9
    assert run("messages", "toString ", "no_such_code") == [UNKNOWN, UNKNOWN]
