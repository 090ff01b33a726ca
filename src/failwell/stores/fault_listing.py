"""Listing the newest fault records of some kinds, of a tenant, of a stretch of time.

What is frequent is found among the latest records of all. What is rare is put together from the
newest of each kind and severity, each found by one look into an index, so it takes milliseconds
as well; one search for all would have to pass by everything else.
"""

import heapq
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from failwell.stores.fault_reads import fetch
from failwell.stores.fault_writes import clean
from failwell.stores.faults import FaultRecord, RecordQuery

__all__ = ["newest"]

_MOST = 10_000

_ALL = """
SELECT at, seq FROM faults
WHERE at >= ? AND (at, seq) < (?, ?)
ORDER BY at DESC, seq DESC LIMIT ?
"""
_OF_KIND = """
SELECT at, seq FROM faults
WHERE kind_id = ? AND severity = ? AND at >= ? AND (at, seq) < (?, ?)
ORDER BY at DESC, seq DESC LIMIT ?
"""
_OF_TENANT = """
SELECT at, seq FROM faults
WHERE tenant = ? AND kind_id = ? AND severity = ? AND at >= ? AND (at, seq) < (?, ?)
ORDER BY at DESC, seq DESC LIMIT ?
"""
_WANTED = """
SELECT id FROM fault_kinds
WHERE (?1 IS NULL OR api = ?1) AND (?2 IS NULL OR route = ?2)
  AND (?3 IS NULL OR code = ?3) AND (?4 IS NULL OR status = ?4)
"""
_LATEST = """
SELECT at, seq FROM (
    SELECT at, seq, kind_id, severity, tenant FROM faults
    WHERE at >= ?7 AND (at, seq) < (?8, ?9)
    ORDER BY at DESC, seq DESC LIMIT 500
)
WHERE (?5 IS NULL OR severity = ?5) AND (?6 IS NULL OR tenant = ?6) AND kind_id IN (
    SELECT id FROM fault_kinds
    WHERE (?1 IS NULL OR api = ?1) AND (?2 IS NULL OR route = ?2)
      AND (?3 IS NULL OR code = ?3) AND (?4 IS NULL OR status = ?4)
)
ORDER BY at DESC, seq DESC LIMIT ?10
"""
_NEXT = """
SELECT kind_id, severity FROM faults
WHERE (kind_id, severity) > (?, ?)
ORDER BY kind_id, severity LIMIT 1
"""
_NEXT_OF_TENANT = """
SELECT kind_id, severity FROM faults
WHERE tenant = ? AND (kind_id, severity) > (?, ?)
ORDER BY kind_id, severity LIMIT 1
"""

_LAST = (sys.maxsize, "")

_Place = tuple[float, int]
"""Moment and number of a record: its place in the list."""


def newest(connection: Connection, query: RecordQuery) -> tuple[tuple[int, FaultRecord], ...]:
    """List records that fit a query with their numbers, newest first."""
    limit = max(0, min(query.limit, _MOST))
    places = _places(connection.connection.cursor(), query, limit)
    return tuple(fetch(connection, [seq for _, seq in places]))


def _places(cursor: Any, query: RecordQuery, limit: int) -> list[_Place]:
    end = _end(cursor, query)
    if end is None:
        return []
    since = -math.inf if query.since is None else query.since
    if not _is_of_kind(query):
        return list(cursor.execute(_ALL, (since, *end, limit)))
    tenant = () if query.tenant is None else (clean(query.tenant),)
    conditions = (*_wanted(query), query.severity, *(tenant or (None,)))
    latest = cursor.execute(_LATEST, (*conditions, since, *end, limit)).fetchall()
    # The latest records of all are looked through first: what is frequent fills a page already.
    return latest if len(latest) == limit else _merged(cursor, query, tenant, since, end, limit)


def _merged(
    cursor: Any, query: RecordQuery, tenant: tuple[str, ...], since: float, end: _Place, limit: int
) -> list[_Place]:
    """Merge the newest of each kind."""
    statement = _OF_TENANT if tenant else _OF_KIND
    best: list[_Place] = []
    for kind in _kinds(cursor, query, tenant):
        found = cursor.execute(statement, (*tenant, *kind, since, *end, limit)).fetchall()
        if found:
            best = heapq.nlargest(limit, (*best, *found))
        if len(best) == limit:
            # What is older than all of these need not even be read.
            since = best[-1][0]
    return best


def _kinds(cursor: Any, query: RecordQuery, tenant: tuple[str, ...]) -> Iterable[tuple[int, str]]:
    """Find the kinds that are wanted, each with the severities it may have."""
    wanted = sorted(kind for (kind,) in cursor.execute(_WANTED, _wanted(query)))
    if query.severity is not None:
        return ((kind, query.severity) for kind in wanted)
    return _existing(cursor, wanted, tenant)


def _existing(
    cursor: Any, wanted: Sequence[int], tenant: tuple[str, ...]
) -> Iterator[tuple[int, str]]:
    """Step from one kind and severity that there are records of to the next."""
    statement = _NEXT_OF_TENANT if tenant else _NEXT
    row: tuple[int, str] = (-1, "")
    for kind in wanted:
        if row[0] > kind:
            continue
        row = (kind, "")
        while (row := cursor.execute(statement, (*tenant, *row)).fetchone() or _LAST)[0] == kind:
            yield row


def _end(cursor: Any, query: RecordQuery) -> _Place | None:
    """Find the place before which the list begins; ``None`` when nothing can follow."""
    end: _Place = (math.inf if query.until is None else query.until, -1)
    if query.before_seq is None:
        return end
    last = cursor.execute("SELECT at, seq FROM faults WHERE seq = ?", (query.before_seq,))
    # Forgotten in the meantime: so is all that was older.
    return min(end, tuple(row)) if (row := last.fetchone()) else None


def _is_of_kind(query: RecordQuery) -> bool:
    return any(value is not None for value in (*_wanted(query), query.severity, query.tenant))


def _wanted(query: RecordQuery) -> tuple[str | int | None, ...]:
    texts = (query.api, query.route, query.code)
    return (*(None if text is None else clean(text) for text in texts), query.status)
