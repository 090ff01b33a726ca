"""Writing fault records: the statements of one batch, inside somebody's transaction.

Plain SQL for the driver, because a flood of errors must not cost what it would cost to build
the same statements again and again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, insert

from failwell.stores.delivery_rows import add_deliveries
from failwell.stores.driver import driver_text
from failwell.stores.fault_tables import faults
from failwell.stores.faults import FaultRecord, Kind, RecordBatch

__all__ = ["append", "clean"]

_HOUR = 3600
_ROW_OVERHEAD = 400
"""Bytes of a record beside its texts: numbers, page headers, its places in the indexes."""

_ADD_RECORD = driver_text(insert(faults))
_ADD_KIND = (
    "INSERT INTO fault_kinds (api, route, code, status, planned) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING"
)
_FIND_KIND = (
    "SELECT id FROM fault_kinds"
    " WHERE api = ? AND route = ? AND code = ? AND status = ? AND planned = ?"
)
_ADD_RATE = (
    "INSERT INTO {} (moment, kind_id, count) VALUES (?, ?, ?)"
    " ON CONFLICT (moment, kind_id) DO UPDATE SET count = count + excluded.count"
)
_ADD_FLOODED = (
    "INSERT INTO flood_counts (endpoint_id, window, code, count) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (endpoint_id, window, code) DO UPDATE SET count = count + excluded.count"
)


def append(
    connection: Connection, batch: RecordBatch, known: Mapping[Kind, int]
) -> dict[Kind, int]:
    """Store a batch that is not in yet; one that is changes nothing.

    Args:
        connection: In a transaction that nobody else can write beside.
        batch: What to store.
        known: Numbers of kinds that are in since earlier transactions.

    Returns:
        Numbers of the kinds that were not known; true once the transaction is committed.
    """
    cursor = connection.connection.cursor()
    added = cursor.execute("INSERT OR IGNORE INTO fault_batches (id) VALUES (?)", (batch.id,))
    if not added.rowcount:
        return {}
    found = _numbers(cursor, _kinds(batch), known)
    ids = {**known, **found} if found else known
    if batch.records:
        _add_records(cursor, batch.records, ids)
    _add_rates(cursor, batch.counts, ids)
    add_deliveries(connection, batch.deliveries)
    if batch.flooded:
        cursor.executemany(_ADD_FLOODED, batch.flooded)
    return found


def clean(text: str) -> str:
    """Replace what no database can hold: halves of surrogate pairs, which clients may send."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _kinds(batch: RecordBatch) -> set[Kind]:
    return {record.kind for record in batch.records} | {kind for _, kind, _ in batch.counts}


def _numbers(cursor: Any, kinds: Iterable[Kind], known: Mapping[Kind, int]) -> dict[Kind, int]:
    found = {}
    for kind in kinds:
        if kind not in known:
            values = (clean(kind.api), clean(kind.route), clean(kind.code), *kind[3:])
            cursor.execute(_ADD_KIND, values)
            found[kind] = cursor.execute(_FIND_KIND, values).fetchone()[0]
    return found


def _add_records(cursor: Any, records: Sequence[FaultRecord], ids: Mapping[Kind, int]) -> None:
    last = cursor.execute("SELECT COALESCE(MAX(seq), 0) FROM faults").fetchone()[0]
    rows = [
        _row(seq, record, ids[record.kind]) for seq, record in enumerate(records, start=last + 1)
    ]
    cursor.executemany(_ADD_RECORD, rows)
    causes = [
        (seq, clean(record.cause))
        for seq, record in enumerate(records, start=last + 1)
        if record.cause is not None
    ]
    if causes:
        cursor.executemany("INSERT INTO fault_causes (seq, cause) VALUES (?, ?)", causes)
    cursor.execute(
        "UPDATE fault_totals SET rows = rows + ?, size = size + ?",
        (len(rows), sum(row[-1] for row in rows)),
    )


def _row(seq: int, record: FaultRecord, kind_id: int) -> tuple[Any, ...]:
    """Make the values of a record, in the order of the table's columns."""
    affected = msgspec.json.encode([clean(name) for name in record.affected]).decode()
    headers = msgspec.json.encode([(clean(k), clean(v)) for k, v in record.headers]).decode()
    body = clean(record.body)
    message = _maybe(record.message)
    texts = (affected, headers, body, message or "", record.cause or "")
    return (
        seq,
        clean(record.request_id),
        _maybe(record.parent_id),
        record.at,
        kind_id,
        record.severity,
        _maybe(record.tenant),
        clean(record.method),
        record.situation,
        record.failure,
        message,
        _maybe(record.user_id),
        _maybe(record.credential_id),
        _maybe(record.environment),
        record.seconds,
        affected,
        headers,
        body,
        _ROW_OVERHEAD + sum(map(_bytes, texts)),
    )


def _add_rates(
    cursor: Any, counts: Sequence[tuple[int, Kind, int]], ids: Mapping[Kind, int]
) -> None:
    hours: Counter[tuple[int, int]] = Counter()
    for minute, kind, count in counts:
        hours[minute - minute % _HOUR, ids[kind]] += count
    minutes = [(minute, ids[kind], count) for minute, kind, count in counts]
    cursor.executemany(_ADD_RATE.format("rate_minutes"), minutes)
    cursor.executemany(_ADD_RATE.format("rate_hours"), [(*key, n) for key, n in hours.items()])


def _maybe(text: str | None) -> str | None:
    return None if text is None else clean(text)


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
