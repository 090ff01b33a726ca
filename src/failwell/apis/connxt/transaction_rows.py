"""Transactions in the database; whatever moves one goes through `move`."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from failwell.apis.connxt.tables import psps, transaction_steps, transactions
from failwell.apis.connxt.transaction_states import check_step
from failwell.apis.connxt.wire import Owner
from failwell.core.exceptions import NotFoundError

__all__ = ["Row", "add_transaction", "find_by_page", "find_transaction", "move"]

Row = dict[str, Any]
"""A row by the names of its columns; a transaction also has ``steps``."""


def add_transaction(connection: Connection, owner: Owner, transaction: Row, *, now: float) -> None:
    """Add a transaction; it begins ``NEW`` and is ``CREATED`` once it is written down.

    Args:
        connection: The transaction of the database.
        owner: Whose it is.
        transaction: Its columns but those of owner, state and time.
        now: When that is.
    """
    row = transaction | {
        "brand_id": owner.brand_id,
        "environment_id": owner.environment_id,
        "status": "NEW",
        "created_at": now,
        "updated_at": now,
    }
    connection.execute(insert(transactions).values(row))
    _note(connection, row["id"], "NEW", now=now)
    move(connection, row["id"], "CREATED", now=now)


def move(
    connection: Connection,
    transaction_id: str,
    *states: str,
    now: float,
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Move a transaction on, one state after the other.

    Args:
        connection: The transaction of the database.
        transaction_id: Which.
        states: Where it goes.
        now: When that is.
        changes: Other columns that change with it.

    Raises:
        FailwellError: It does not go this way.
    """
    own = transactions.c.id == transaction_id
    before = connection.execute(select(transactions.c.status).where(own)).scalar_one()
    for state in states:
        check_step(before, state)
        _note(connection, transaction_id, state, now=now)
        before = state
    values = dict(changes or {}) | {"status": before, "updated_at": now}
    connection.execute(update(transactions).where(own).values(values))


def find_transaction(connection: Connection, owner: Owner, transaction_id: str) -> Row:
    """Find a transaction of an environment with its steps; a foreign one does not exist.

    Raises:
        NotFoundError: There is none.
    """
    return _find(
        connection,
        transactions.c.brand_id == owner.brand_id,
        transactions.c.environment_id == owner.environment_id,
        transactions.c.id == transaction_id,
    )


def find_by_page(connection: Connection, page_hash: str) -> Row:
    """Find the transaction of a payment page.

    Raises:
        NotFoundError: There is no such page.
    """
    return _find(connection, transactions.c.page_hash == page_hash)


def _find(connection: Connection, *conditions: ColumnElement[bool]) -> Row:
    query = (
        select(transactions, psps.c.name.label("psp_name"))
        .join(psps, psps.c.id == transactions.c.psp_id)
        .where(*conditions)
    )
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFoundError(resource_type="transaction", resource_id="")
    return {**row, "steps": _steps(connection, row["id"])}


def _steps(connection: Connection, transaction_id: str) -> list[Row]:
    query = (
        select(transaction_steps.c.status, transaction_steps.c.at)
        .where(transaction_steps.c.transaction_id == transaction_id)
        .order_by(transaction_steps.c.position)
    )
    return [dict(step) for step in connection.execute(query).mappings()]


def _note(connection: Connection, transaction_id: str, state: str, *, now: float) -> None:
    own = transaction_steps.c.transaction_id == transaction_id
    query = select(func.count()).select_from(transaction_steps).where(own)
    step = {
        "transaction_id": transaction_id,
        "position": connection.execute(query).scalar_one(),
        "status": state,
        "at": now,
    }
    connection.execute(insert(transaction_steps).values(step))
