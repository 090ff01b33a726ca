"""Endpoints of webhooks, their deliveries, and what became of each.

Frozen: a later change of the schema is a later script.
"""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Make the tables of webhooks."""
    _endpoints()
    _deliveries()
    _attempts()
    _recoveries()


def _endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("api", sa.Text),
        sa.Column("tenant", sa.Text),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("events", sa.JSON, nullable=False),
        sa.Column("filters", sa.JSON, nullable=False),
        sa.Column("secrets", sa.JSON, nullable=False),
        sa.Column("shape", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("disabled_reason", sa.Text),
        sa.Column("disabled_at", sa.Double),
        sa.Column("paused_until", sa.Double),
        sa.Column("failing_since", sa.Double),
        sa.Column("failed_attempts", sa.Integer, nullable=False),
        sa.Column("failed_deliveries", sa.Integer, nullable=False),
        sa.Column("warned", sa.Integer, nullable=False),
        sa.Column("last_success_at", sa.Double),
        sa.Column("schedule", sa.JSON),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
    )
    op.create_index("webhook_endpoints_owner", "webhook_endpoints", ["api", "tenant"])
    op.create_table(
        "webhook_events",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("endpoint_id", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text),
        sa.Column("data", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("webhook_events_endpoint", "webhook_events", ["endpoint_id"])


def _deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("endpoint_id", sa.Text, nullable=False),
        sa.Column("api", sa.Text),
        sa.Column("tenant", sa.Text),
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("request_id", sa.Text),
        sa.Column("code", sa.Text),
        sa.Column("status", sa.Integer),
        sa.Column("severity", sa.Text),
        sa.Column("route", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("test", sa.Boolean, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_at", sa.Double),
        sa.Column("leased_by", sa.Text),
        sa.Column("leased_until", sa.Double),
        sa.Column("finished_at", sa.Double),
        sa.Column("last_status", sa.Integer),
        sa.Column("last_error", sa.Text),
        sa.Column("failed_at", sa.Double),
        sa.UniqueConstraint("endpoint_id", "event_id", name="webhook_deliveries_event"),
        sqlite_autoincrement=True,
    )
    _index("endpoint", "endpoint_id")
    failed = "state IN ('exhausted', 'refused', 'parked', 'skipped_disabled')"
    _index("failed", "endpoint_id", "created_at", where=failed)
    _index("request", "request_id", where="request_id IS NOT NULL")
    _index("pending", "endpoint_id", "next_at", where="state = 'pending'")
    _index("parked", "endpoint_id", where="state = 'parked'")
    _index("leased", "leased_until", where="leased_until IS NOT NULL")


def _index(name: str, *columns: str, where: str | None = None) -> None:
    part = None if where is None else sa.text(where)
    op.create_index(
        f"webhook_deliveries_{name}",
        "webhook_deliveries",
        columns,
        sqlite_where=part,
        postgresql_where=part,
    )


def _attempts() -> None:
    op.create_table(
        "webhook_attempts",
        sa.Column("delivery", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("request_headers", sa.JSON, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("response_headers", sa.JSON, nullable=False),
        sa.Column("response_body", sa.LargeBinary, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("worker", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )


def _recoveries() -> None:
    op.create_table(
        "webhook_recoveries",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("endpoint_id", sa.Text, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("until", sa.Double, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("position_at", sa.Double, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
    )
    op.create_index("webhook_recoveries_endpoint", "webhook_recoveries", ["endpoint_id"])
