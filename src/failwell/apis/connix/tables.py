"""The tables of ``connix.db``, as the newest migration leaves them; moments are Unix seconds.

Organizations, people and keys are accounts, which all APIs keep in one place; they are
named here by their identifiers only.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = [
    "MIGRATIONS",
    "agents",
    "authorization_codes",
    "metadata",
    "oauth_apps",
    "projects",
    "refresh_tokens",
    "webhooks",
]

MIGRATIONS = "failwell.apis.connix:migrations"
"""Where the scripts of ``connix.db`` are, for `Database`."""

metadata = MetaData()

projects = Table(
    "projects",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("enabled_tools", JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    # By the database and not by looking first: two requests at once cannot both win.
    UniqueConstraint("organization_id", "name", name="projects_name"),
)

agents = Table(
    "agents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, nullable=False),
    Column("project_id", ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("status", Text, nullable=False),
    Column("config", JSON, nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("last_activity", Double),
    # Work left for the lifecycle worker; both are there or neither.
    Column("next_status", Text),
    Column("due_at", Double),
    Column("launched", Boolean, nullable=False),
    CheckConstraint(
        "status IN ('creating', 'running', 'paused', 'stopped', 'error', 'updating')",
        name="agents_status",
    ),
    CheckConstraint("(next_status IS NULL) = (due_at IS NULL)", name="agents_next_status"),
    Index("agents_project", "project_id", "created_at"),
    Index("agents_due", "due_at"),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("events", JSON, nullable=False),
    Column("filters", JSON, nullable=False),
    # It signs what is sent, so a hash would not do.
    Column("secret", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Index("webhooks_owner", "organization_id", "created_at"),
)

oauth_apps = Table(
    "oauth_apps",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("organization_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("homepage_url", Text, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("created_at", Double, nullable=False),
)

authorization_codes = Table(
    "authorization_codes",
    metadata,
    Column("code_hash", Text, primary_key=True),
    # One log-in; everything that grows out of it has the same family.
    Column("family", Text, nullable=False),
    Column("client_id", ForeignKey("oauth_apps.client_id"), nullable=False),
    Column("user_id", Text, nullable=False),
    Column("organization_id", Text, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("used_at", Double),
    Index("authorization_codes_expiry", "expires_at"),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("family", Text, nullable=False),
    Column("client_id", ForeignKey("oauth_apps.client_id"), nullable=False),
    Column("user_id", Text, nullable=False),
    Column("organization_id", Text, nullable=False),
    Column("scopes", JSON, nullable=False),
    # The access token that came with it, to be taken back together.
    Column("access_token_id", Text, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("used_at", Double),
    Column("revoked_at", Double),
    Index("refresh_tokens_family", "family"),
    Index("refresh_tokens_expiry", "expires_at"),
)
