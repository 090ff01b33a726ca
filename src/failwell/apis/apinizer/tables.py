"""The tables of ``apinizer.db``, as the newest migration leaves them; moments are Unix seconds.

Installations (tenants), log-ins and tokens are accounts, which all APIs keep in one place;
they are named here by their identifiers only. Names are compared byte by byte, so upper
and lower case count.
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
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = [
    "MIGRATIONS",
    "api_proxies",
    "deployments",
    "environments",
    "memberships",
    "metadata",
    "people",
    "project_credentials",
    "projects",
]

MIGRATIONS = "failwell.apis.apinizer:migrations"
"""Where the scripts of ``apinizer.db`` are, for `Database`."""

metadata = MetaData()

people = Table(
    "people",
    metadata,
    # The log-in with its password is an account; this is what Apinizer adds to it.
    Column("user_id", Text, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("username", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    # Roles in every project of the installation.
    Column("roles", JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("last_login_at", Double),
    UniqueConstraint("tenant_id", "username", name="people_username"),
)

projects = Table(
    "projects",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("email", Text),
    Column("created_at", Double, nullable=False),
    # By the database and not by looking first: two requests at once cannot both win.
    UniqueConstraint("tenant_id", "name", name="projects_name"),
)

memberships = Table(
    "memberships",
    metadata,
    Column("project_id", ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", ForeignKey("people.user_id", ondelete="CASCADE"), primary_key=True),
    Column("roles", JSON, nullable=False),
    Index("memberships_user", "user_id"),
)

environments = Table(
    "environments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("access_url", Text, nullable=False),
    UniqueConstraint("tenant_id", "name", name="environments_name"),
)

api_proxies = Table(
    "api_proxies",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("api_type", Text, nullable=False),
    Column("creation_type", Text, nullable=False),
    Column("spec_url", Text),
    # What the fetched document says of itself; empty for a reverse proxy.
    Column("specification", JSON, nullable=False),
    Column("categories", JSON, nullable=False),
    Column("sharing_type", Text, nullable=False),
    Column("client_route", JSON, nullable=False),
    Column("routing", JSON, nullable=False),
    # The choices of the request that no answer shows.
    Column("options", JSON, nullable=False),
    Column("soap_to_rest", Boolean, nullable=False),
    # Counts the changes that reach an environment only with the next deployment.
    Column("revision", Integer, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    UniqueConstraint("project_id", "name", name="api_proxies_name"),
)

deployments = Table(
    "deployments",
    metadata,
    Column("api_proxy_id", ForeignKey("api_proxies.id", ondelete="CASCADE"), primary_key=True),
    Column("environment_id", ForeignKey("environments.id", ondelete="CASCADE"), primary_key=True),
    # What is there now; none while the first deployment runs.
    Column("revision", Integer),
    Column("deployed_at", Double),
    # What is on its way; a process that was killed leaves it behind, so it runs out.
    Column("next_revision", Integer),
    Column("runs_until", Double),
    CheckConstraint("(revision IS NULL) = (deployed_at IS NULL)", name="deployments_done"),
    CheckConstraint("(next_revision IS NULL) = (runs_until IS NULL)", name="deployments_running"),
    Index("deployments_environment", "environment_id"),
)

project_credentials = Table(
    "project_credentials",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("project_id", ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("username", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("full_name", Text, nullable=False),
    Column("description", Text),
    Column("password_hash", Text, nullable=False),
    Column("role_names", JSON, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("addresses", JSON, nullable=False),
    Column("expires_at", Double),
    Column("created_at", Double, nullable=False),
    # Over all projects of an installation: gateways know callers by this name alone.
    UniqueConstraint("tenant_id", "username", name="project_credentials_username"),
    Index("project_credentials_project", "project_id"),
)
