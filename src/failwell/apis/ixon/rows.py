"""Rows of ``ixon.db`` by the names of their columns."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select

__all__ = ["Row", "all_rows", "first_row"]

Row = Mapping[str, Any]
"""A row by the names of its columns."""


def first_row(connection: Connection, query: Select[Any]) -> Row | None:
    """Read the first row; ``None`` when there is none."""
    found = connection.execute(query).mappings().first()
    return None if found is None else dict(found)


def all_rows(connection: Connection, query: Select[Any]) -> list[Row]:
    """Read every row."""
    return [dict(row) for row in connection.execute(query).mappings()]
