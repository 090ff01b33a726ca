"""What commands share: the API they are about, and ``failwell.db`` beside a running server."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from failwell.cli.apis import APIS
from failwell.cli.terminal import CommandError, UsageError
from failwell.core.nearest import nearest

if TYPE_CHECKING:
    # Imported when a command runs: `failwell --help` should not wait for SQLAlchemy.
    from failwell.stores.database import Database

__all__ = ["ApiOption", "DataOption", "JsonOption", "one_of", "shared_database"]

DataOption = Annotated[
    Path, typer.Option("--data", metavar="DIR", help="Directory of the server's data.")
]
ApiOption = Annotated[str, typer.Option("--api", metavar="API", help=f"One of: {', '.join(APIS)}.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def one_of(word: str, known: Sequence[str], option: str) -> str:
    """Check a word against the ones an option knows.

    Raises:
        UsageError: It is none of them; the text has them all and the nearest one.
    """
    if word in known:
        return word
    expected = ", ".join(known)
    raise UsageError(f"{option}: expected one of {expected}; found {word!r}{nearest(word, known)}")


@contextlib.contextmanager
def shared_database(data: Path) -> Iterator["Database"]:
    """Open ``failwell.db`` of a data directory, whether a server runs on it or not.

    Args:
        data: As `failwell serve --data` was given it.

    Raises:
        UsageError: There is none in this directory.
        CommandError: It cannot be read or written now.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from failwell.stores.database import Database
    from failwell.stores.tables import MIGRATIONS

    path = data / "failwell.db"
    if not path.is_file():
        raise UsageError(
            f"--data {data}: no server has used this directory yet; start failwell serve once,"
            " or name the directory it uses"
        )
    try:
        with Database(path, migrations=MIGRATIONS) as database:
            database.migrate()
            yield database
    except SQLAlchemyError as error:
        reason = getattr(error, "orig", None) or type(error).__name__
        raise CommandError(f"{path}: {reason}; nothing was changed") from error
