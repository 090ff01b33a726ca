"""Credentials that have ended are found without reading all of them.

Frozen: a later change of the schema is a later script.
"""

from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Index the moments credentials end at."""
    op.create_index("credentials_expiry", "credentials", ["expires_at"])
