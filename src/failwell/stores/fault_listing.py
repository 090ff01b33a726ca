"""Listing the newest fault records of some kinds, of a tenant, of a stretch of time.

The list is put together from the newest of each kind and severity, each found by one look into
an index. So it takes the same few milliseconds for what is rare as for what is frequent; one
search for all would have to pass by everything else.
"""

import heapq
import itertools
import math
from typing import Any, get_args

from sqlalchemy import Connection

from failwell.core.fault import Severity
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
WHERE kind_id = ? AND severity = ? AND tenant = ? AND at >= ? AND (at, seq) < (?, ?)
ORDER BY at DESC, seq DESC LIMIT ?
"""
_KINDS = """
SELECT id FROM fault_kinds
WHERE (?1 IS NULL OR api = ?1) AND (?2 IS NULL OR route = ?2)
  AND (?3 IS NULL OR code = ?3) AND (?4 IS NULL OR status = ?4)
"""

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
    severities = get_args(Severity) if query.severity is None else (query.severity,)
    kinds = cursor.execute(_KINDS, _wanted(query)).fetchall()
    tenant = () if query.tenant is None else (clean(query.tenant),)
    statement = _OF_TENANT if tenant else _OF_KIND
    found = (
        cursor.execute(statement, (kind, severity, *tenant, since, *end, limit)).fetchall()
        for (kind,), severity in itertools.product(kinds, severities)
    )
    return heapq.nlargest(limit, itertools.chain.from_iterable(found))


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
