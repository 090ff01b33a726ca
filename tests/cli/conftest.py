"""Fixtures for tests of the command line."""

import shutil
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import pytest

from failwell.cli.main import main


class Result(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its output as JSON."""
        return msgspec.json.decode(self.out)


Failwell = Callable[..., Result]


@pytest.fixture
def failwell(capsys: pytest.CaptureFixture[str]) -> Failwell:
    """Run a command in this process."""

    def run(*arguments: object) -> Result:
        with pytest.raises(SystemExit) as stop:
            main(list(map(str, arguments)))
        out, err = capsys.readouterr()
        return Result(int(stop.value.code or 0), out, err)

    return run


@pytest.fixture
def data(tmp_path, fresh_file):
    """A data directory as a server leaves it, without a server."""
    shutil.copy(fresh_file, tmp_path)
    return tmp_path
