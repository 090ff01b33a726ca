"""Roles in the database: every function is one step of a transaction of its caller."""

from typing import Any

from sqlalchemy import Connection, select

from failwell.apis.agenthuman.tables import roles
from failwell.apis.agenthuman.wire import unprocessable
from failwell.core.exceptions import NotFoundError

__all__ = ["LANGUAGES", "Row", "check_role", "find_role", "list_roles"]

LANGUAGES = ("en", "de", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "tr", "zh")
"""Every language an agent can speak."""

Row = dict[str, Any]
"""A row by the names of its columns."""


def list_roles(connection: Connection) -> list[Row]:
    """List every role, the usual one first."""
    query = select(roles).order_by(roles.c.position)
    return [dict(row) for row in connection.execute(query).mappings()]


def find_role(connection: Connection, role_id: str) -> Row:
    """Find a role.

    Raises:
        NotFoundError: There is none.
    """
    query = select(roles).where(roles.c.id == role_id)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFoundError(resource_type="role", resource_id=role_id)
    return dict(row)


def check_role(role: Row, *, language: str) -> None:
    """Let a role pass that an agent of a language can have.

    Raises:
        ValidationError: It is disabled, or does not speak the language.
    """
    if not role["enabled"]:
        reason = f"Role with ID '{role['id']}' is disabled"
        raise unprocessable(reason, field="role_id", requirement="enabled")
    if language not in role["languages"]:
        reason = f"Role with ID '{role['id']}' does not speak the language '{language}'"
        raise unprocessable(reason, field="language", requirement="role_language")
