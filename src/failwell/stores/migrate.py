"""Bringing a database file to the newest schema, by Alembic, from inside the package.

Each store has a folder of scripts (``versions/*.py``) that travels in the wheel; there is
no ``alembic.ini`` and no ``env.py``, because the engine is already at hand.
"""

from collections.abc import Collection
from typing import Any

from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, MigrationStep, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from failwell.core.exceptions import FailwellError

__all__ = ["migrate"]


def migrate(engine: Engine, script_location: str) -> None:
    """Apply the scripts a file has not seen yet, all or none of them.

    A file that is up to date is only read, so a start works while it cannot be written.

    Args:
        engine: Where to; its transactions must take the write lock when they begin.
        script_location: ``"package:folder"`` or a path.

    Raises:
        FailwellError: The file was written by a newer version.
    """
    scripts = _scripts(script_location)
    known = {script.revision for script in scripts.walk_revisions()}
    with engine.connect().execution_options(reading=True) as connection:
        stamped = set(MigrationContext.configure(connection).get_current_heads())
    if not stamped <= known:
        raise FailwellError(
            f"{engine.url.database} was written by a newer version (schema "
            f"{', '.join(sorted(stamped - known))}); update failwell or use another --data"
        )
    if stamped != set(scripts.get_heads()):
        with engine.begin() as connection:
            _upgrade(connection, scripts)


def _scripts(location: str) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", location.replace("%", "%%"))
    return ScriptDirectory.from_config(config)


def _upgrade(connection: Connection, scripts: ScriptDirectory) -> None:
    def steps(current: Collection[str], _context: Any) -> list[RevisionStep]:
        missing = list(scripts.iterate_revisions("heads", tuple(current) or "base"))
        return [
            MigrationStep.upgrade_from_script(scripts.revision_map, script)
            for script in reversed(missing)
        ]

    context = MigrationContext.configure(
        connection, opts={"fn": steps, "transactional_ddl": True, "render_as_batch": True}
    )
    with Operations.context(context):
        context.run_migrations()
