"""Applications, companies, people and their tokens, agents, and the points they logged.

Frozen: a later change of the schema is a later script.
"""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Make the first tables."""
    _accounts()
    _company()
    _data()


def _accounts() -> None:
    op.create_table(
        "applications",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.create_table(
        "companies",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("country", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("email_address", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("phone_number", sa.Text),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("otp_secret", sa.Text),
        sa.Column("otp_pending", sa.Text),
        sa.Column("otp_device_name", sa.Text),
        sa.Column("otp_registered_at", sa.Double),
        sa.Column("otp_last_step", sa.Integer),
        sa.Column("otp_wrong", sa.Integer, nullable=False),
        sa.Column("otp_refused_until", sa.Double),
    )
    op.create_table(
        "trusted_devices",
        sa.Column("user_id", sa.Text, sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("identifier_hash", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
    )
    op.create_table(
        "access_tokens",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("application_id", sa.Text, sa.ForeignKey("applications.id"), nullable=False),
        sa.Column("second_factor", sa.Boolean, nullable=False),
        sa.Column("scope", sa.JSON, nullable=False),
        sa.Column("ip", sa.Text),
        sa.Column("user_agent", sa.Text),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
    )
    op.create_index("access_tokens_user", "access_tokens", ["user_id", "id"])
    op.create_index("access_tokens_expiry", "access_tokens", ["expires_at"])
    # Known to every caller from the start, as the portal is.
    op.execute("INSERT INTO applications (id, name) VALUES ('FailwellDemo', 'Portal')")


def _company() -> None:
    op.create_table(
        "groups",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("company_id", sa.Text, sa.ForeignKey("companies.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.create_index("groups_company", "groups", ["company_id", "id"])
    op.create_table(
        "roles",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("company_id", sa.Text, sa.ForeignKey("companies.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("enforce2fa", sa.Boolean, nullable=False),
        sa.Column("enforce_sso", sa.Boolean, nullable=False),
        sa.Column("permissions", sa.JSON, nullable=False),
    )
    op.create_index("roles_company", "roles", ["company_id", "id"])
    op.create_table(
        "memberships",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("company_id", sa.Text, sa.ForeignKey("companies.id"), nullable=False),
        sa.Column("user_id", sa.Text, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("group_id", sa.Text, sa.ForeignKey("groups.id"), nullable=False),
        sa.Column("role_id", sa.Text, sa.ForeignKey("roles.id"), nullable=False),
        sa.Column("expires_at", sa.Double),
        sa.UniqueConstraint("user_id", "group_id", "role_id", name="memberships_once"),
    )
    op.create_index("memberships_company", "memberships", ["company_id", "user_id"])
    op.create_table(
        "agents",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("company_id", sa.Text, sa.ForeignKey("companies.id"), nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("device_id", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("location", sa.JSON),
    )
    op.create_index("agents_company", "agents", ["company_id", "id"])
    op.create_table(
        "devices",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("company_id", sa.Text, sa.ForeignKey("companies.id"), nullable=False),
        sa.Column("agent_id", sa.Text, sa.ForeignKey("agents.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("ip_address", sa.Text),
        sa.Column("mac_address", sa.Text),
        sa.Column("custom_address", sa.Text),
    )
    op.create_index("devices_agent", "devices", ["agent_id", "id"])


def _data() -> None:
    op.create_table(
        "data_sources",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("company_id", sa.Text, sa.ForeignKey("companies.id"), nullable=False),
        sa.Column("agent_id", sa.Text, sa.ForeignKey("agents.id"), nullable=False),
        sa.Column("device_id", sa.Text, sa.ForeignKey("devices.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
    )
    op.create_index("data_sources_agent", "data_sources", ["agent_id", "id"])
    op.create_table(
        "data_variables",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("company_id", sa.Text, sa.ForeignKey("companies.id"), nullable=False),
        sa.Column("agent_id", sa.Text, sa.ForeignKey("agents.id"), nullable=False),
        sa.Column("source_id", sa.Text, sa.ForeignKey("data_sources.id"), nullable=False),
        sa.Column("variable_id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("unit", sa.Text),
    )
    op.create_index("data_variables_agent", "data_variables", ["agent_id", "id"])
    op.create_table(
        "data_tags",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("company_id", sa.Text, sa.ForeignKey("companies.id"), nullable=False),
        sa.Column("agent_id", sa.Text, sa.ForeignKey("agents.id"), nullable=False),
        sa.Column("source_id", sa.Text, sa.ForeignKey("data_sources.id"), nullable=False),
        sa.Column("data_variable_id", sa.Text, sa.ForeignKey("data_variables.id"), nullable=False),
        sa.Column("tag_id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.UniqueConstraint("source_id", "tag_id", name="data_tags_tag_id"),
        sa.UniqueConstraint("source_id", "slug", name="data_tags_slug"),
    )
    op.create_index("data_tags_agent", "data_tags", ["agent_id", "id"])
    op.create_table(
        "points",
        sa.Column("tag_number", sa.Integer, sa.ForeignKey("data_tags.number"), primary_key=True),
        sa.Column("time", sa.Integer, primary_key=True),
        sa.Column("value", sa.Double, nullable=False),
        sqlite_with_rowid=False,
    )
