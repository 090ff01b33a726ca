"""Roles and avatars that everybody may use.

Frozen: a later change of these rows is a later script.
"""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0002"
down_revision: str | None = "0001"

# 2024-01-15T00:00:00Z, the moment their identifiers were made of.
_CREATED_AT = 1_705_276_800.0

_EVERY_LANGUAGE = ["en", "de", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "tr", "zh"]

_ROLES = (
    ("C0NC1ERGE", "Concierge", "Greets visitors and shows them the way.", _EVERY_LANGUAGE, True),
    ("SVPP0RT", "Support agent", "Answers questions about a product.", _EVERY_LANGUAGE, True),
    ("TVT0R", "Language tutor", "Practises everyday talk.", ["en", "de", "es", "fr"], True),
    ("1NTERV1EWER", "Interviewer", "Leads a structured interview.", ["en"], True),
    ("ADV1SER", "Medical adviser", "Withdrawn; waits for approval.", _EVERY_LANGUAGE, False),
)

_CHARACTERS = (
    ("HARB0R", "Harbor", (("HARB0RD", "Harbor, day"), ("HARB0RN", "Harbor, night"))),
    ("MEAD0W", "Meadow", (("MEAD0WD", "Meadow, day"), ("MEAD0WN", "Meadow, night"))),
)


def upgrade() -> None:
    """Add the roles, and two characters with two looks each."""
    _add_roles()
    _add_avatars()


def _add_roles() -> None:
    table = sa.table(
        "roles",
        sa.column("id", sa.Text),
        sa.column("position", sa.Integer),
        sa.column("name", sa.Text),
        sa.column("description", sa.Text),
        sa.column("languages", sa.JSON),
        sa.column("enabled", sa.Boolean),
    )
    names = ("id", "position", "name", "description", "languages", "enabled")
    rows = [(_id("role", word), at, *rest) for at, (word, *rest) in enumerate(_ROLES)]
    op.bulk_insert(table, [dict(zip(names, row, strict=True)) for row in rows])


def _add_avatars() -> None:
    table = sa.table(
        "avatars",
        sa.column("id", sa.Text),
        sa.column("parent_id", sa.Text),
        sa.column("name", sa.Text),
        sa.column("created_at", sa.Double),
        sa.column("updated_at", sa.Double),
    )
    rows: list[tuple[str, str | None, str]] = []
    for word, name, looks in _CHARACTERS:
        rows.append((_id("avat", word), None, name))
        rows += [(_id("avat", look), _id("avat", word), title) for look, title in looks]
    op.bulk_insert(
        table,
        [
            {
                "id": avatar_id,
                "parent_id": parent_id,
                "name": name,
                "created_at": _CREATED_AT,
                "updated_at": _CREATED_AT,
            }
            for avatar_id, parent_id, name in rows
        ],
    )


def _id(prefix: str, word: str) -> str:
    """A ULID that can be told from others by eye."""
    return f"{prefix}_01HM56NZ00{word:0>16}"
