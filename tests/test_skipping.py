"""What a run skips is listed with its reason, and can be forbidden."""

import os
import subprocess
import sys

import pytest

from tests.source_tree import ROOT

CONTINUE = "--continue-on-collection-errors"
PYTEST = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", CONTINUE)

SUITE = """
import pytest

def test_that_needs_a_browser():
    pytest.skip("no browser here")

@pytest.mark.skipif(True, reason="no Go here")
def test_that_needs_go():
    pass

def test_that_runs():
    pass
"""

MODULE = """
import pytest

pytest.importorskip("no_such_module", reason="no such module here")
"""


@pytest.fixture
def run(tmp_path):
    """Run a small suite of its own, under the hooks of this one."""
    (tmp_path / "conftest.py").write_text("from tests.conftest import *  # noqa: F403\n", "utf-8")
    (tmp_path / "test_suite.py").write_text(SUITE, "utf-8")
    (tmp_path / "test_module.py").write_text(MODULE, "utf-8")

    def start(**environment):
        kept = {key: value for key, value in os.environ.items() if "NO_SKIPS" not in key}
        return subprocess.run(
            [*PYTEST, tmp_path],
            env={**kept, "PYTHONPATH": str(ROOT), **environment},
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )

    return start


def test_skips_are_listed_with_their_reasons(run):
    """The end of the output says what was skipped and why."""
    result = run()

    assert result.returncode == 0
    listed = result.stdout.partition("= skipped =")[2]
    for line in ("no browser here:", "no Go here:", "no such module here:"):
        assert line in listed
    assert "test_suite.py::test_that_needs_a_browser" in listed


def test_skipping_can_be_forbidden(run):
    """With FAILWELL_NO_SKIPS=1 what would be skipped fails, and says so."""
    result = run(FAILWELL_NO_SKIPS="1")

    assert result.returncode != 0
    assert "FAILWELL_NO_SKIPS forbids it: no browser here" in result.stdout
    assert "FAILWELL_NO_SKIPS forbids it: no Go here" in result.stdout
    assert "FAILWELL_NO_SKIPS forbids it: no such module here" in result.stdout


def test_zero_forbids_nothing(run):
    """FAILWELL_NO_SKIPS=0 means what it says."""
    assert run(FAILWELL_NO_SKIPS="0").returncode == 0
