"""The wheel is whole: what is built from the tree serves without the tree."""

import subprocess
import sys
import zipfile

import pytest

from tests.running_server import RunningServer
from tests.source_tree import ROOT, SOURCE


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel with the backend that pyproject.toml names."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder]
    subprocess.run([*command, "--no-build-isolation", ROOT], check=True, timeout=100)
    return next(folder.glob("failwell-*.whl"))


def test_the_wheel_holds_every_file_of_the_package(wheel):
    """Modules, contracts, schemas and migrations are all in; nothing else is."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}

    files = (file for file in (SOURCE / "failwell").rglob("*") if file.is_file())
    expected = {str(file.relative_to(SOURCE)) for file in files if "__pycache__" not in file.parts}
    assert names == expected
    assert {"failwell/py.typed", "failwell/contracts/connix.yaml"} <= names


def test_the_wheel_serves(wheel, tmp_path, monkeypatch):
    """Installed elsewhere, ``failwell serve`` starts from the wheel's own files."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "elsewhere")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "elsewhere"))
    monkeypatch.chdir(tmp_path)

    running = RunningServer(tmp_path / "data").wait_until_ready()
    try:
        where = subprocess.run(
            [sys.executable, "-c", "import failwell; print(failwell.__file__)"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert where.stdout.startswith(str(tmp_path / "elsewhere"))
    finally:
        assert running.stop() == 0
