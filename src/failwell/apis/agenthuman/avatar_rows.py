"""Avatars in the database: every function is one step of a transaction of its caller."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select
from sqlalchemy.sql import Select

from failwell.apis.agenthuman.pictures import Picture
from failwell.apis.agenthuman.tables import avatars, pictures
from failwell.apis.agenthuman.ulid import new_id
from failwell.apis.agenthuman.wire import Owner, unprocessable
from failwell.core.exceptions import NotFoundError

__all__ = [
    "Row",
    "add_face",
    "check_look",
    "default_look",
    "find_avatar",
    "find_picture",
    "list_avatars",
]

Row = dict[str, Any]
"""A row by the names of its columns; an avatar has ``looks_count`` too."""

_looks = avatars.alias("looks")
_PUBLIC = avatars.c.account_id.is_(None)


def list_avatars(
    connection: Connection,
    owner: Owner,
    *,
    public_only: bool = False,
    characters_only: bool = False,
    parent_id: str | None = None,
    limit: int,
    offset: int,
) -> list[Row]:
    """List avatars an account may use: its own, the newest first, then the public ones."""
    query = _avatars().where(_PUBLIC if public_only else _usable(owner))
    if characters_only:
        query = query.where(avatars.c.parent_id.is_(None))
    if parent_id is not None:
        query = query.where(avatars.c.parent_id == parent_id)
    newest = (_PUBLIC, avatars.c.created_at.desc(), avatars.c.id.desc())
    rows = connection.execute(query.order_by(*newest).limit(limit).offset(offset))
    return [dict(row) for row in rows.mappings()]


def find_avatar(connection: Connection, owner: Owner, avatar_id: str) -> Row:
    """Find an avatar that an account may use; a foreign one does not exist.

    Raises:
        NotFoundError: There is none.
    """
    query = _avatars().where(_usable(owner), avatars.c.id == avatar_id)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFoundError(resource_type="avatar", resource_id=avatar_id)
    return dict(row)


def check_look(avatar: Row) -> None:
    """Let an avatar pass that can be rendered.

    Raises:
        ValidationError: It is a character.
    """
    if avatar["parent_id"] is None:
        reason = f"Avatar with ID '{avatar['id']}' is a character; sessions require a look"
        raise unprocessable(reason, field="avatar_id", requirement="look")


def default_look(connection: Connection) -> str:
    """Find the public look of agents that are made without an avatar."""
    public_looks = select(avatars.c.id).where(_PUBLIC, avatars.c.parent_id.is_not(None))
    found: str = connection.execute(public_looks.order_by(avatars.c.id).limit(1)).scalar_one()
    return found


def add_face(
    connection: Connection, owner: Owner, name: str, picture: Picture, *, now: float
) -> Row:
    """Add a character with one look that has this picture, and return the look."""
    character = _add(connection, owner, name, None, now=now)
    look = _add(connection, owner, name, character, now=now)
    stored = {"avatar_id": look, "image": picture.image, "preview": picture.preview}
    connection.execute(insert(pictures).values(stored))
    return find_avatar(connection, owner, look)


def find_picture(connection: Connection, owner: Owner, avatar_id: str) -> Picture | None:
    """Find the picture of an avatar, or of the first look of a character.

    Returns:
        ``None`` for public avatars, whose pictures are drawn.

    Raises:
        NotFoundError: There is no such avatar.
    """
    find_avatar(connection, owner, avatar_id)
    query = (
        select(pictures.c.image, pictures.c.preview)
        .join(avatars, avatars.c.id == pictures.c.avatar_id)
        .where(or_(avatars.c.id == avatar_id, avatars.c.parent_id == avatar_id))
        .order_by(avatars.c.created_at)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Picture(*row)


def _add(
    connection: Connection, owner: Owner, name: str, parent_id: str | None, *, now: float
) -> str:
    row = {
        "id": new_id("avat", now=now),
        "account_id": owner.account_id,
        "environment": owner.environment,
        "parent_id": parent_id,
        "name": name,
        "created_at": now,
        "updated_at": now,
    }
    connection.execute(insert(avatars).values(row))
    return str(row["id"])


def _avatars() -> Select[Any]:
    count = select(func.count()).where(_looks.c.parent_id == avatars.c.id).scalar_subquery()
    return select(avatars, count.label("looks_count"))


def _usable(owner: Owner) -> ColumnElement[bool]:
    own = and_(avatars.c.account_id == owner.account_id, avatars.c.environment == owner.environment)
    return or_(own, _PUBLIC)
