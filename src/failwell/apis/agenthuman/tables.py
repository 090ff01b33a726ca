"""The tables of ``agenthuman.db``, as the newest migration leaves them; moments are Unix seconds.

Accounts and keys are kept where all APIs keep theirs; here they are named by their
identifiers only. Live and test data of an account lie apart, by `environment`.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = ["MIGRATIONS", "agents", "avatars", "metadata", "pictures", "roles", "sessions"]

MIGRATIONS = "failwell.apis.agenthuman:migrations"
"""Where the scripts of ``agenthuman.db`` are, for `Database`."""

metadata = MetaData()

roles = Table(
    "roles",
    metadata,
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    # Of the languages an agent can have, the ones that this role speaks.
    Column("languages", JSON, nullable=False),
    Column("enabled", Boolean, nullable=False),
)

avatars = Table(
    "avatars",
    metadata,
    Column("id", Text, primary_key=True),
    # Public avatars belong to nobody.
    Column("account_id", Text),
    Column("environment", Text),
    # A look belongs to a character; a character to none.
    Column("parent_id", ForeignKey("avatars.id", ondelete="CASCADE")),
    Column("name", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    CheckConstraint("(account_id IS NULL) = (environment IS NULL)", name="avatars_owner"),
    Index("avatars_owned", "account_id", "environment", "created_at"),
    Index("avatars_looks", "parent_id"),
)

pictures = Table(
    "pictures",
    metadata,
    Column("avatar_id", ForeignKey("avatars.id", ondelete="CASCADE"), primary_key=True),
    Column("image", LargeBinary, nullable=False),
    Column("preview", LargeBinary, nullable=False),
)

agents = Table(
    "agents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role_id", ForeignKey("roles.id"), nullable=False),
    Column("avatar_id", ForeignKey("avatars.id"), nullable=False),
    Column("language", Text, nullable=False),
    Column("custom_greeting", Text),
    Column("context", Text),
    Column("created_at", Double, nullable=False),
    # By the database and not by looking first: two requests at once cannot both win.
    UniqueConstraint("account_id", "environment", "name", name="agents_name"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("environment", Text, nullable=False),
    # No reference: a session outlives the agent it was made for.
    Column("agent_id", Text),
    Column("avatar_id", ForeignKey("avatars.id"), nullable=False),
    Column("session_type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("room_url", Text, nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("ended_at", Double),
    # When it ends by itself, started or not.
    Column("expires_at", Double, nullable=False),
    CheckConstraint("status IN ('created', 'started', 'ended')", name="sessions_status"),
    CheckConstraint("(status = 'ended') = (ended_at IS NOT NULL)", name="sessions_end"),
    Index("sessions_owned", "account_id", "environment", "created_at"),
    Index("sessions_status", "status", "expires_at"),
)
