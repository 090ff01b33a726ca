"""Maintenance windows may name routes, lie ahead and be ended by hand.

Frozen: a later change of the schema is a later script.
"""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    """Add what windows did not have; those that are there begin to say it with their start."""
    for column in (
        sa.Column("routes", sa.JSON, nullable=False, server_default="[]"),
        sa.Column("publish_at", sa.Double),
        sa.Column("manual_end", sa.Boolean, nullable=False, server_default="0"),
        sa.Column("zone", sa.Text),
        sa.Column("created_at", sa.Double, nullable=False, server_default="0"),
        sa.Column("updated_at", sa.Double, nullable=False, server_default="0"),
    ):
        op.add_column("maintenance_windows", column)
    op.execute(
        "UPDATE maintenance_windows"
        " SET created_at = starts_at, updated_at = coalesce(ended_at, starts_at)"
    )
