"""What is known of access tokens besides their hashes, which the shared store keeps."""

from collections.abc import Iterable

from sqlalchemy import Connection, Select, delete, insert, select

from failwell.apis.ixon.rows import Row, first_row
from failwell.apis.ixon.tables import access_tokens

__all__ = ["add_token", "find_token", "own_tokens", "remove_tokens"]

_WEEK = 604_800.0


def add_token(connection: Connection, row: Row, *, now: float) -> None:
    """Note a token; those that have long been over are forgotten on the way."""
    connection.execute(delete(access_tokens).where(access_tokens.c.expires_at < now - _WEEK))
    connection.execute(insert(access_tokens).values(dict(row)))


def own_tokens(user_id: str, *, now: float) -> Select[tuple[object, ...]]:
    """Select the tokens of a person that are not over."""
    return select(access_tokens).where(
        access_tokens.c.user_id == user_id, access_tokens.c.expires_at > now
    )


def find_token(connection: Connection, user_id: str, token_id: str, *, now: float) -> Row | None:
    """Find a token of a person."""
    query = own_tokens(user_id, now=now).where(access_tokens.c.id == token_id)
    return first_row(connection, query)


def remove_tokens(connection: Connection, user_id: str, token_ids: Iterable[str]) -> None:
    """Forget tokens of a person."""
    connection.execute(
        delete(access_tokens).where(
            access_tokens.c.user_id == user_id, access_tokens.c.id.in_(tuple(token_ids))
        )
    )
