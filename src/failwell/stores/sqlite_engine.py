"""SQLAlchemy engines for SQLite files, with durable settings and explicit transactions."""

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

__all__ = ["sqlite_engine"]

_PAUSE = 0.01


def sqlite_engine(
    path: Path, *, writable: bool, busy_timeout: float, max_pages: int | None = None
) -> Engine:
    """Make an engine for one file; nothing is opened yet.

    A writable engine begins with ``BEGIN IMMEDIATE``: it takes the lock at once instead
    of failing in the middle, where SQLite does not wait; a connection with the execution
    option ``reading=True`` takes none. The other kind of engine cannot write.

    Args:
        path: The file.
        writable: Whether connections may write.
        busy_timeout: Seconds to wait for a lock.
        max_pages: Largest size of the file, in pages.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=QueuePool,
        # No limit of its own: the threads that use it are counted already.
        pool_size=0,
        # The driver must not begin transactions by itself: it would do so before some
        # statements and not before others, and savepoints would not hold.
        connect_args={
            "timeout": busy_timeout,
            "isolation_level": None,
            "check_same_thread": False,
        },
        # Values of statements hold hashes and personal data; errors are logged.
        hide_parameters=True,
    )
    settings = _writer_settings(max_pages) if writable else ("PRAGMA query_only=ON",)
    begin = "BEGIN IMMEDIATE" if writable else "BEGIN"

    def prepare(raw: Any, _record: object) -> None:
        if writable:
            _log_ahead(raw, busy_timeout)
        for setting in settings:
            raw.execute(setting).fetchall()

    def start(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else begin)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", start)
    return engine


def _log_ahead(raw: sqlite3.Connection, patience: float) -> None:
    """Turn write-ahead logging on.

    Of two who turn it on for a new file at once SQLite lets one fail without waiting, for
    they might wait for each other; so that one tries again.
    """
    end = time.monotonic() + patience
    while True:
        try:
            raw.execute("PRAGMA journal_mode=WAL").fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= end:
                raise
            time.sleep(_PAUSE)
        else:
            return


def _writer_settings(max_pages: int | None) -> tuple[str, ...]:
    settings = (
        "PRAGMA synchronous=FULL",
        "PRAGMA foreign_keys=ON",
        # Gives the space back after a burst; the log would keep its largest size.
        "PRAGMA journal_size_limit=16777216",
    )
    return settings if max_pages is None else (*settings, f"PRAGMA max_page_count={max_pages}")
