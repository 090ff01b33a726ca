"""PSPs in the database: every function is one step of a transaction of its caller."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from failwell.apis.connxt.tables import psp_operations, psps
from failwell.apis.connxt.wire import Owner
from failwell.core.exceptions import ConflictError, NotFoundError

__all__ = ["Row", "add_psp", "change_psp", "find_psp", "list_psps"]

Row = dict[str, Any]
"""A row by the names of its columns; a PSP also has ``operations``."""

Operations = Sequence[Mapping[str, Any]]


def add_psp(connection: Connection, owner: Owner, psp: Row, operations: Operations) -> Row:
    """Add a PSP with its operations.

    Args:
        connection: The transaction.
        owner: Whose it is.
        psp: Its columns but those of the owner.
        operations: Its operations as they came over the wire.

    Raises:
        ConflictError: The environment has one of this name for the same flow target.
    """
    row = psp | {"brand_id": owner.brand_id, "environment_id": owner.environment_id}
    try:
        connection.execute(insert(psps).values(row))
    except IntegrityError as error:
        raise _name_taken(psp) from error
    _add_operations(connection, psp["id"], operations)
    return find_psp(connection, owner, psp["id"])


def find_psp(connection: Connection, owner: Owner, psp_id: str) -> Row:
    """Find a PSP of an environment; a foreign one does not exist.

    Raises:
        NotFoundError: There is none.
    """
    found = _with_operations(connection, select(psps).where(*_own(owner), psps.c.id == psp_id))
    if not found:
        raise NotFoundError(resource_type="PSP", resource_id=psp_id)
    return found[0]


def list_psps(
    connection: Connection, owner: Owner, wanted: Mapping[str, Any], *, limit: int, offset: int
) -> list[Row]:
    """List PSPs of an environment, oldest first.

    Args:
        connection: The transaction.
        owner: Whose.
        wanted: Column -> value that it must have.
        limit: How many at most.
        offset: How many to leave out first.
    """
    query = (
        select(psps)
        .where(*_own(owner), *(psps.c[name] == value for name, value in wanted.items()))
        .order_by(psps.c.created_at, psps.c.id)
        .limit(limit)
        .offset(offset)
    )
    return _with_operations(connection, query)


def change_psp(
    connection: Connection,
    owner: Owner,
    psp_id: str,
    changes: Mapping[str, Any],
    operations: Operations | None,
) -> Row:
    """Change some columns of a PSP, and its operations where there are new ones.

    Raises:
        NotFoundError: There is none.
        ConflictError: The new name is taken.
    """
    before = find_psp(connection, owner, psp_id)
    change = update(psps).where(*_own(owner), psps.c.id == psp_id).values(**changes)
    try:
        connection.execute(change)
    except IntegrityError as error:
        raise _name_taken(before | dict(changes)) from error
    if operations is not None:
        connection.execute(delete(psp_operations).where(psp_operations.c.psp_id == psp_id))
        _add_operations(connection, psp_id, operations)
    return find_psp(connection, owner, psp_id)


def _own(owner: Owner) -> tuple[ColumnElement[bool], ...]:
    return psps.c.brand_id == owner.brand_id, psps.c.environment_id == owner.environment_id


def _add_operations(connection: Connection, psp_id: str, operations: Operations) -> None:
    rows = [
        {
            "psp_id": psp_id,
            "flow_action_id": operation["flowActionId"],
            "flow_definition_id": operation["flowDefinitionId"],
            "position": position,
            "status": operation["status"],
        }
        for position, operation in enumerate(operations)
    ]
    connection.execute(insert(psp_operations), rows)


def _with_operations(connection: Connection, query: Any) -> list[Row]:
    rows = {row["id"]: {**row, "operations": []} for row in connection.execute(query).mappings()}
    operations = (
        select(psp_operations)
        .where(psp_operations.c.psp_id.in_(rows))
        .order_by(psp_operations.c.position)
    )
    for operation in connection.execute(operations).mappings():
        rows[operation["psp_id"]]["operations"].append(dict(operation))
    return list(rows.values())


def _name_taken(psp: Mapping[str, Any]) -> ConflictError:
    return ConflictError(resource_type="PSP", field="name", value=psp["name"])
