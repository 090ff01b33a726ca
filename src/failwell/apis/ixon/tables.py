"""The tables of ``ixon.db``, as the newest migration leaves them; moments are Unix seconds.

Log-ins and the hashes of tokens are accounts, which all APIs keep in one place; people and
tokens are named here by the same identifiers. A company here is a tenant there.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = [
    "MIGRATIONS",
    "access_tokens",
    "agents",
    "applications",
    "companies",
    "data_sources",
    "data_tags",
    "data_variables",
    "devices",
    "groups",
    "memberships",
    "metadata",
    "people",
    "points",
    "roles",
    "trusted_devices",
]

MIGRATIONS = "failwell.apis.ixon:migrations"
"""Where the scripts of ``ixon.db`` are, for `Database`."""

metadata = MetaData()

applications = Table(
    "applications",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
)

companies = Table(
    "companies",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("created_at", Double, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email_address", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("phone_number", Text),
    Column("created_at", Double, nullable=False),
    # Readable, since codes are computed from it; a hash would not do.
    Column("otp_secret", Text),
    Column("otp_pending", Text),
    Column("otp_device_name", Text),
    Column("otp_registered_at", Double),
    # The step of the last code that was used: neither it nor an older one is good again.
    Column("otp_last_step", Integer),
    # Codes are short: who may guess often enough guesses one.
    Column("otp_wrong", Integer, nullable=False),
    Column("otp_refused_until", Double),
)

trusted_devices = Table(
    "trusted_devices",
    metadata,
    Column("user_id", ForeignKey("people.id"), primary_key=True),
    Column("identifier_hash", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", Double, nullable=False),
)

access_tokens = Table(
    "access_tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", ForeignKey("people.id"), nullable=False),
    Column("application_id", ForeignKey("applications.id"), nullable=False),
    Column("second_factor", Boolean, nullable=False),
    Column("scope", JSON, nullable=False),
    Column("ip", Text),
    Column("user_agent", Text),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index("access_tokens_user", "user_id", "id"),
    Index("access_tokens_expiry", "expires_at"),
)

groups = Table(
    "groups",
    metadata,
    Column("id", Text, primary_key=True),
    Column("company_id", ForeignKey("companies.id"), nullable=False),
    Column("name", Text, nullable=False),
    Index("groups_company", "company_id", "id"),
)

roles = Table(
    "roles",
    metadata,
    Column("id", Text, primary_key=True),
    Column("company_id", ForeignKey("companies.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("enforce2fa", Boolean, nullable=False),
    Column("enforce_sso", Boolean, nullable=False),
    Column("permissions", JSON, nullable=False),
    Index("roles_company", "company_id", "id"),
)

memberships = Table(
    "memberships",
    metadata,
    Column("id", Text, primary_key=True),
    Column("company_id", ForeignKey("companies.id"), nullable=False),
    Column("user_id", ForeignKey("people.id"), nullable=False),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("role_id", ForeignKey("roles.id"), nullable=False),
    Column("expires_at", Double),
    # By the database and not by looking first: two requests at once cannot both win.
    UniqueConstraint("user_id", "group_id", "role_id", name="memberships_once"),
    Index("memberships_company", "company_id", "user_id"),
)

agents = Table(
    "agents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("company_id", ForeignKey("companies.id"), nullable=False),
    Column("name", Text),
    Column("device_id", Text, nullable=False),
    Column("description", Text),
    Column("location", JSON),
    Index("agents_company", "company_id", "id"),
)

devices = Table(
    "devices",
    metadata,
    Column("id", Text, primary_key=True),
    Column("company_id", ForeignKey("companies.id"), nullable=False),
    Column("agent_id", ForeignKey("agents.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("ip_address", Text),
    Column("mac_address", Text),
    Column("custom_address", Text),
    Index("devices_agent", "agent_id", "id"),
)

data_sources = Table(
    "data_sources",
    metadata,
    Column("id", Text, primary_key=True),
    Column("company_id", ForeignKey("companies.id"), nullable=False),
    Column("agent_id", ForeignKey("agents.id"), nullable=False),
    Column("device_id", ForeignKey("devices.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Index("data_sources_agent", "agent_id", "id"),
)

data_variables = Table(
    "data_variables",
    metadata,
    Column("id", Text, primary_key=True),
    Column("company_id", ForeignKey("companies.id"), nullable=False),
    Column("agent_id", ForeignKey("agents.id"), nullable=False),
    Column("source_id", ForeignKey("data_sources.id"), nullable=False),
    Column("variable_id", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("unit", Text),
    Index("data_variables_agent", "agent_id", "id"),
)

data_tags = Table(
    "data_tags",
    metadata,
    # Points name their tag by this short number: there are very many of them.
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("company_id", ForeignKey("companies.id"), nullable=False),
    Column("agent_id", ForeignKey("agents.id"), nullable=False),
    Column("source_id", ForeignKey("data_sources.id"), nullable=False),
    Column("data_variable_id", ForeignKey("data_variables.id"), nullable=False),
    Column("tag_id", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("slug", Text, nullable=False),
    UniqueConstraint("source_id", "tag_id", name="data_tags_tag_id"),
    UniqueConstraint("source_id", "slug", name="data_tags_slug"),
    Index("data_tags_agent", "agent_id", "id"),
)

points = Table(
    "points",
    metadata,
    Column("tag_number", ForeignKey("data_tags.number"), primary_key=True),
    Column("time", Integer, primary_key=True),
    Column("value", Double, nullable=False),
    # A point is little more than its key, so the key is where it lies.
    sqlite_with_rowid=False,
)
