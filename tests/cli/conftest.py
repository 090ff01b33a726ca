"""Fixtures for tests of the command line."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import pytest

from failwell.cli.main import main
from failwell.stores.database import Database
from failwell.stores.tables import MIGRATIONS


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
def data(tmp_path):
    """A data directory as a server leaves it, without a server."""
    with Database(tmp_path / "failwell.db", migrations=MIGRATIONS) as database:
        database.migrate()
    return tmp_path
