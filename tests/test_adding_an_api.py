"""docs/adding-an-api.md, followed word by word: a sixth API from an empty folder."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.source_tree import ROOT

PAGE = (ROOT / "docs" / "adding-an-api.md").read_text("utf-8")
BLOCK = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FILES = dict(BLOCK.findall(PAGE))
COMMANDS = re.findall(r"^    ((?:curl|for i) .+)\n    (.+)$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the page in it."""
    made = tmp_path_factory.mktemp("notes")
    for name, text in FILES.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text, "utf-8")
    return made


@pytest.fixture(scope="module")
def shown(folder):
    """What the program prints when it is ready: address and key."""
    command = "import asyncio, notes; asyncio.run(notes.main(port=0))"
    process = subprocess.Popen(
        [sys.executable, "-c", command], cwd=folder, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield dict(pair.split("=", 1) for pair in process.stdout.readline().split())
    process.terminate()
    process.wait(10)
    process.stdout.close()


def test_the_page_has_its_files_and_commands():
    """Nothing of the page is overlooked by this test."""
    assert sorted(FILES) == ["errors.yaml", "migrations/versions/r0001_notes.py", "notes.py"]
    assert len(COMMANDS) == PAGE.count("\n    curl ") + PAGE.count("\n    for i ") == 10


def test_the_contract_is_complete(folder):
    """`failwell lint` warns of nothing, as the page says."""
    line = [sys.executable, "-m", "failwell.cli", "lint", "errors.yaml"]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=30, check=False)

    assert done.returncode == 0, done.stdout
    assert " note: " in done.stdout
    assert "warning: " not in done.stdout


def test_the_commands_answer_as_printed(folder, shown):
    """Every command, pasted into a shell in the order of the page, gives the answer below it."""
    answers = [
        subprocess.run(
            ["bash", "-c", command],
            env={"PATH": "/usr/bin:/bin", **shown},
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        ).stdout
        for command, _ in COMMANDS
    ]

    # How long depends on the second in which the window began.
    answers[-1] = re.sub(r"wait (60|5\d) s", "wait 60 s", answers[-1])
    assert answers == [expected for _, expected in COMMANDS]
