"""Logged points: found by the number of their tag, read in chunks."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from failwell.apis.ixon.rows import Row, first_row
from failwell.apis.ixon.tables import data_sources, data_tags, points

__all__ = ["Point", "find_source", "find_tag", "read_chunk"]

Point = tuple[int, float]
"""Unix seconds, and what was measured then."""


def find_source(connection: Connection, company_id: str, source_id: str) -> Row | None:
    """Find a data source of a company."""
    query = select(data_sources).where(
        data_sources.c.company_id == company_id, data_sources.c.id == source_id
    )
    return first_row(connection, query)


def find_tag(
    connection: Connection, company_id: str, source_id: str, wanted: Mapping[str, Any]
) -> Row | None:
    """Find a tag of a data source.

    Args:
        connection: A reader.
        company_id: The company.
        source_id: The data source.
        wanted: ``id`` or ``slug``, or both, which then have to agree.
    """
    query = select(data_tags).where(
        data_tags.c.company_id == company_id, data_tags.c.source_id == source_id
    )
    for name, column in (("id", data_tags.c.tag_id), ("slug", data_tags.c.slug)):
        if name in wanted:
            query = query.where(column == wanted[name])
    return first_row(connection, query)


def read_chunk(
    connection: Connection,
    tag_number: int,
    *,
    start: int,
    end: int,
    descending: bool,
    size: int,
) -> list[Point]:
    """Read the first points of a range.

    Args:
        connection: A reader.
        tag_number: Whose points.
        start: The first second.
        end: The last second.
        descending: Whether to begin at the end.
        size: How many points at most.
    """
    order = points.c.time.desc() if descending else points.c.time
    query = (
        select(points.c.time, points.c.value)
        .where(points.c.tag_number == tag_number, points.c.time.between(start, end))
        .order_by(order)
        .limit(size)
    )
    return [(row[0], row[1]) for row in connection.execute(query)]
