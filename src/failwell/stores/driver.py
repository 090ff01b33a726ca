"""The words of the database driver, for what is asked so often that SQLAlchemy's own time shows.

Statements are still declared with SQLAlchemy, so that tables and columns have one source; they
are put into text once. Results are the driver's: JSON is text, a boolean is a number.
"""

from typing import Any

import msgspec
from sqlalchemy import ClauseElement, ColumnElement, bindparam, func, select
from sqlalchemy.dialects import sqlite

__all__ = ["among", "driver_text", "listed"]


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
