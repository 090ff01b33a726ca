"""Migrations: from nothing to the newest schema, once, and never backwards."""

import importlib
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import failwell.stores
import failwell.stores.migrations
from failwell.core.exceptions import FailwellError
from failwell.stores.database import Database
from failwell.stores.tables import MIGRATIONS, metadata

_SCRIPTS = Path(failwell.stores.migrations.__file__).parent

_SECOND = """
from alembic import op
revision = "9999"
down_revision = {last!r}
def upgrade():
    op.execute("CREATE TABLE later (id INTEGER)")
    {then}
"""


@pytest.fixture
def newer(tmp_path):
    """The scripts of a version that has one more."""

    def make(then="pass"):
        folder = tmp_path / "newer %"
        shutil.copytree(_SCRIPTS, folder, dirs_exist_ok=True)
        last = max(_SCRIPTS.glob("versions/r[0-9]*.py")).name[1:5]
        script = _SECOND.format(last=last, then=then)
        (folder / "versions" / "r9999_later.py").write_text(script)
        return str(folder)

    return make


def tables(connection):
    return set(
        connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='table'").scalars()
    )


def test_scripts_make_what_the_code_expects(shared):
    """The tables the scripts make are the tables the code declares."""
    for file in Path(failwell.stores.__file__).parent.glob("*_tables.py"):
        importlib.import_module(f"failwell.stores.{file.stem}")

    difference = shared.read_now(
        lambda connection: compare_metadata(MigrationContext.configure(connection), metadata)
    )

    assert difference == []


def test_new_file_is_private(shared):
    """Hashes and addresses are for the owner of the process alone."""
    assert stat.S_IMODE(shared.path.stat().st_mode) == 0o600


def test_second_start_changes_nothing(shared):
    """A file that is up to date keeps its rows."""
    shared.write_now(
        lambda c: c.exec_driver_sql("INSERT INTO tenants VALUES ('t', 'a', 'n', 'free', 1.0)")
    )

    shared.migrate()

    assert shared.read_now(lambda c: c.exec_driver_sql("SELECT id FROM tenants").scalar()) == "t"


def test_up_to_date_file_needs_no_lock(shared, held):
    """A start works while the file cannot be written."""
    with held(shared.path), Database(shared.path, migrations=MIGRATIONS) as late:
        late.migrate()


def test_new_script_is_applied_to_an_old_file(shared, newer):
    """A newer version brings the file up to its own schema."""
    with Database(shared.path, migrations=newer()) as updated:
        updated.migrate()

        assert "later" in updated.read_now(tables)


def test_file_of_a_newer_version_is_refused(shared, newer):
    """An older version says what to do instead of working on a schema it does not know."""
    with Database(shared.path, migrations=newer()) as updated:
        updated.migrate()

    with pytest.raises(FailwellError, match=r"newer version \(schema 9999\); update failwell"):
        shared.migrate()


def test_broken_script_leaves_the_file_as_it_was(shared, newer):
    """All or nothing: what a failing script did before it failed is undone."""
    broken = newer(then="raise RuntimeError('half way')")
    with (
        Database(shared.path, migrations=broken) as updated,
        pytest.raises(RuntimeError, match="half way"),
    ):
        updated.migrate()

    assert "later" not in shared.read_now(tables)
    shared.migrate()


def test_processes_that_start_together_migrate_once(tmp_path):
    """The server and a command may make the same new file at the same moment."""
    databases = [Database(tmp_path / "new.db", migrations=MIGRATIONS) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Database.migrate, databases))

    assert "credentials" in databases[0].read_now(tables)
    for database in databases:
        database.close_now()
