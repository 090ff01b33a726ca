"""Roles, avatars with their pictures, agents and sessions.

Frozen: a later change of the schema is a later script.
"""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Make the first tables."""
    _roles_and_avatars()
    _agents()
    _sessions()


def _roles_and_avatars() -> None:
    op.create_table(
        "roles",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("languages", sa.JSON, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
    )
    op.create_table(
        "avatars",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Text),
        sa.Column("environment", sa.Text),
        sa.Column("parent_id", sa.Text, sa.ForeignKey("avatars.id", ondelete="CASCADE")),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.CheckConstraint("(account_id IS NULL) = (environment IS NULL)", name="avatars_owner"),
    )
    op.create_index("avatars_owned", "avatars", ["account_id", "environment", "created_at"])
    op.create_index("avatars_looks", "avatars", ["parent_id"])
    op.create_table(
        "pictures",
        sa.Column(
            "avatar_id",
            sa.Text,
            sa.ForeignKey("avatars.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("image", sa.LargeBinary, nullable=False),
        sa.Column("preview", sa.LargeBinary, nullable=False),
    )


def _agents() -> None:
    op.create_table(
        "agents",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("environment", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role_id", sa.Text, sa.ForeignKey("roles.id"), nullable=False),
        sa.Column("avatar_id", sa.Text, sa.ForeignKey("avatars.id"), nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("custom_greeting", sa.Text),
        sa.Column("context", sa.Text),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.UniqueConstraint("account_id", "environment", "name", name="agents_name"),
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("environment", sa.Text, nullable=False),
        sa.Column("agent_id", sa.Text),
        sa.Column("avatar_id", sa.Text, sa.ForeignKey("avatars.id"), nullable=False),
        sa.Column("session_type", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("room_url", sa.Text, nullable=False),
        sa.Column("metadata", sa.JSON, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("started_at", sa.Double),
        sa.Column("ended_at", sa.Double),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.CheckConstraint("status IN ('created', 'started', 'ended')", name="sessions_status"),
        sa.CheckConstraint("(status = 'ended') = (ended_at IS NOT NULL)", name="sessions_end"),
    )
    op.create_index("sessions_owned", "sessions", ["account_id", "environment", "created_at"])
    op.create_index("sessions_status", "sessions", ["status", "expires_at"])
