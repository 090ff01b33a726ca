"""Rows of attempts; every function is one step of a transaction."""

import itertools
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from failwell.stores.outbox import Attempt
from failwell.stores.outbox_tables import webhook_attempts, webhook_deliveries

__all__ = ["add_attempts", "attempt_row", "list_attempts"]

# In the words of the driver: one row for each sending of each webhook.
_INSERT = """
    INSERT INTO webhook_attempts (delivery, number, at, seconds, url, request_headers, status,
    response_headers, response_body, error, worker) VALUES
"""
_ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ROWS_AT_ONCE = 50
_FIELDS = Attempt.__struct_fields__
_encode = msgspec.json.Encoder().encode


def attempt_row(delivery: int, number: int, attempt: Attempt) -> tuple[Any, ...]:
    """Make the row of an attempt.

    Args:
        delivery: The `seq` of its delivery.
        number: 1 for the first.
        attempt: The attempt.
    """
    return (
        delivery,
        number,
        attempt.at,
        attempt.seconds,
        attempt.url,
        _encode(attempt.request_headers).decode("utf-8"),
        attempt.status,
        _encode(attempt.response_headers).decode("utf-8"),
        attempt.response_body,
        attempt.error,
        attempt.worker,
    )


def add_attempts(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Store rows of `attempt_row`."""
    for begin in range(0, len(rows), _ROWS_AT_ONCE):
        some = rows[begin : begin + _ROWS_AT_ONCE]
        # All of them in one step, see `failwell.stores.driver`.
        insert = _INSERT + ", ".join([_ROW] * len(some))
        connection.exec_driver_sql(insert, tuple(itertools.chain.from_iterable(some)))


def list_attempts(connection: Connection, delivery_id: str) -> tuple[Attempt, ...]:
    """Read the attempts of a delivery, first one first."""
    columns = webhook_attempts.c
    query = (
        select(webhook_deliveries.c.id, *(columns[name] for name in _FIELDS[1:]))
        .join(webhook_attempts, webhook_deliveries.c.seq == columns.delivery)
        .where(webhook_deliveries.c.id == delivery_id)
        .order_by(columns.number)
    )
    rows = connection.execute(query).all()
    return tuple(msgspec.convert(dict(zip(_FIELDS, row, strict=True)), Attempt) for row in rows)
