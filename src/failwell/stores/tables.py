"""The tables of ``failwell.db``, as the newest migration leaves them.

Moments are Unix seconds: they sort, compare and travel the same in every database.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = ["MIGRATIONS", "credentials", "maintenance_windows", "metadata", "tenants", "users"]

MIGRATIONS = "failwell.stores:migrations"
"""Where the scripts of ``failwell.db`` are, for `Database`."""

metadata = MetaData()

tenants = Table(
    "tenants",
    metadata,
    Column("id", Text, primary_key=True),
    Column("api", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    UniqueConstraint("api", "name", name="tenants_name"),
)

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("api", Text, nullable=False),
    Column("tenant_id", ForeignKey("tenants.id"), nullable=False),
    Column("login", Text, nullable=False),
    Column("password_hash", Text),
    Column("created_at", Double, nullable=False),
    UniqueConstraint("api", "login", name="users_login"),
)

credentials = Table(
    "credentials",
    metadata,
    Column("id", Text, primary_key=True),
    Column("api", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("tenant_id", ForeignKey("tenants.id"), nullable=False),
    Column("user_id", ForeignKey("users.id")),
    Column("secret_hash", Text, nullable=False, unique=True),
    Column("hint", Text, nullable=False),
    Column("name", Text),
    Column("description", Text),
    Column("scopes", JSON, nullable=False),
    Column("plan", Text),
    Column("environment", Text),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("revoked_at", Double),
    Column("last_used_at", Double),
    Index("credentials_owner", "api", "tenant_id"),
    Index("credentials_expiry", "expires_at"),
)

maintenance_windows = Table(
    "maintenance_windows",
    metadata,
    Column("id", Text, primary_key=True),
    Column("api", Text, nullable=False),
    Column("starts_at", Double, nullable=False),
    Column("ends_at", Double),
    Column("message", Text),
    Column("ended_at", Double),
    Column("routes", JSON, nullable=False, server_default="[]"),
    Column("publish_at", Double),
    Column("manual_end", Boolean, nullable=False, server_default="0"),
    Column("zone", Text),
    Column("created_at", Double, nullable=False, server_default="0"),
    Column("updated_at", Double, nullable=False, server_default="0"),
    Index("maintenance_windows_api", "api"),
)
