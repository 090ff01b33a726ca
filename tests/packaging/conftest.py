"""The wheel, and empty environments to install it into."""

import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.source_tree import ROOT

Environment = Callable[[str], Path]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the tree with the backend that pyproject.toml names."""
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    return next(folder.glob("failwell-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Install the wheel, with extras such as ``[serve]``, where nothing else is."""

    def install(extras: str) -> Path:
        place = tmp_path_factory.mktemp("environment") / "venv"
        venv.create(place, symlinks=True)
        python = place / "bin" / "python"
        pip("--python", str(python), "install", f"{wheel}{extras}")
        return place / "bin"

    return install


def pip(*words: str) -> None:
    """Run the pip of the tests, which looks where `make` looks."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *words, "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr


def bare_environment() -> dict[str, str]:
    """The environment variables of somebody who has never seen the source."""
    ours = ("PYTHON", "FAILWELL", "VIRTUAL_ENV")
    return {name: text for name, text in os.environ.items() if not name.startswith(ours)}
