"""People, projects, environments, proxies with their deployments, credentials.

Frozen: a later change of the schema is a later script.
"""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Make the first tables."""
    _people_and_projects()
    _environments()
    _proxies()
    _credentials()


def _people_and_projects() -> None:
    op.create_table(
        "people",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("tenant_id", sa.Text, nullable=False),
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("last_login_at", sa.Double),
        sa.UniqueConstraint("tenant_id", "username", name="people_username"),
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("tenant_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("email", sa.Text),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.UniqueConstraint("tenant_id", "name", name="projects_name"),
    )
    op.create_table(
        "memberships",
        _key("project_id", "projects.id"),
        _key("user_id", "people.user_id"),
        sa.Column("roles", sa.JSON, nullable=False),
    )
    op.create_index("memberships_user", "memberships", ["user_id"])


def _environments() -> None:
    op.create_table(
        "environments",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("tenant_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("access_url", sa.Text, nullable=False),
        sa.UniqueConstraint("tenant_id", "name", name="environments_name"),
    )


def _proxies() -> None:
    op.create_table(
        "api_proxies",
        sa.Column("id", sa.Text, primary_key=True),
        _project(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("api_type", sa.Text, nullable=False),
        sa.Column("creation_type", sa.Text, nullable=False),
        sa.Column("spec_url", sa.Text),
        sa.Column("specification", sa.JSON, nullable=False),
        sa.Column("categories", sa.JSON, nullable=False),
        sa.Column("sharing_type", sa.Text, nullable=False),
        sa.Column("client_route", sa.JSON, nullable=False),
        sa.Column("routing", sa.JSON, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("soap_to_rest", sa.Boolean, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.UniqueConstraint("project_id", "name", name="api_proxies_name"),
    )
    op.create_table(
        "deployments",
        _key("api_proxy_id", "api_proxies.id"),
        _key("environment_id", "environments.id"),
        sa.Column("revision", sa.Integer),
        sa.Column("deployed_at", sa.Double),
        sa.Column("next_revision", sa.Integer),
        sa.Column("runs_until", sa.Double),
        sa.CheckConstraint("(revision IS NULL) = (deployed_at IS NULL)", name="deployments_done"),
        sa.CheckConstraint(
            "(next_revision IS NULL) = (runs_until IS NULL)", name="deployments_running"
        ),
    )
    op.create_index("deployments_environment", "deployments", ["environment_id"])


def _credentials() -> None:
    op.create_table(
        "project_credentials",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("tenant_id", sa.Text, nullable=False),
        _project(),
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("full_name", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("role_names", sa.JSON, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("addresses", sa.JSON, nullable=False),
        sa.Column("expires_at", sa.Double),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.UniqueConstraint("tenant_id", "username", name="project_credentials_username"),
    )
    op.create_index("project_credentials_project", "project_credentials", ["project_id"])


def _key(name: str, target: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, sa.ForeignKey(target, ondelete="CASCADE"), primary_key=True)


def _project() -> sa.Column[str]:
    return sa.Column(
        "project_id", sa.Text, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False
    )
