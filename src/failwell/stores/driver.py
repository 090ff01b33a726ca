"""The words of the database driver, for what is asked so often that SQLAlchemy's own time shows.

Statements are still declared with SQLAlchemy where they can be, so that tables and columns have
one source; they are put into text once. Results are the driver's: JSON is text, a boolean is a
number.

The driver gives way to other threads at every row it writes or reads, and a busy one of them
keeps the processor for milliseconds: many rows in one step are stored ten times as fast. So lists
go in as one value (`among`), many rows come out as one (`gathered`).
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ClauseElement, ColumnElement, bindparam, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import DBAPICursor

__all__ = ["among", "driver_text", "gathered", "listed", "rows_of"]

_decode_rows = msgspec.json.Decoder(list[list[Any]]).decode


def driver_text(statement: ClauseElement) -> str:
    """Write a statement as the driver takes it, its values as ``?`` in the order of the text."""
    return str(statement.compile(dialect=sqlite.dialect()))


def among(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Say that a column is in a list of any length, which is one value: see `listed`."""
    values = func.json_each(bindparam("listed")).table_valued("value")
    return column.in_(select(values.c.value))


def listed(values: object) -> str:
    """Write a list as the one value of `among`."""
    return msgspec.json.encode(values).decode("utf-8")


def gathered(columns: str, statement: str) -> str:
    """Write a statement whose rows come as one JSON value; numbers keep 15 digits in it.

    Args:
        columns: What each row consists of; blobs have to be texts.
        statement: Where they come from: what follows ``FROM``.
    """
    return f"SELECT json_group_array(json_array({columns})) FROM {statement}"  # noqa: S608  ours, both


def rows_of(cursor: DBAPICursor, statement: str, values: Sequence[object]) -> list[list[Any]]:
    """Read the rows of a `gathered` statement."""
    cursor.execute(statement, values)
    (text,) = cursor.fetchone() or ("[]",)
    return _decode_rows(text)
