"""Fault records, their roll-ups, and what floods left untold.

Frozen: a later change of the schema is a later script.
"""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Make the tables of the record."""
    _records()
    _rollups()
    op.create_table(
        "fault_batches",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "flood_counts",
        sa.Column("endpoint_id", sa.Text, primary_key=True),
        sa.Column("window", sa.Integer, primary_key=True),
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )


def _records() -> None:
    op.create_table(
        "faults",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("parent_id", sa.Text),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("kind_id", sa.Integer, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("situation", sa.Text),
        sa.Column("failure", sa.Text),
        sa.Column("message", sa.Text),
        sa.Column("user_id", sa.Text),
        sa.Column("credential_id", sa.Text),
        sa.Column("environment", sa.Text),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("affected", sa.JSON, nullable=False),
        sa.Column("headers", sa.JSON, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
    )
    op.create_index("faults_request_id", "faults", ["request_id"])
    op.create_index("faults_at", "faults", ["at"])
    op.create_index("faults_kind", "faults", ["kind_id", "severity", "at"])
    _index_where_present("parent_id")
    _index_where_present("tenant", "kind_id", "severity", "at")
    op.create_table(
        "fault_causes",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("cause", sa.Text, nullable=False),
    )


def _index_where_present(name: str, *others: str) -> None:
    present = sa.column(name).is_not(None)
    op.create_index(f"faults_{name}", "faults", [name, *others], sqlite_where=present)


def _rollups() -> None:
    op.create_table(
        "fault_kinds",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("api", sa.Text, nullable=False),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("planned", sa.Boolean, nullable=False),
        sa.UniqueConstraint("api", "route", "code", "status", "planned", name="fault_kinds_kind"),
    )
    totals = op.create_table(
        "fault_totals",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
    )
    op.bulk_insert(totals, [{"id": 1, "rows": 0, "size": 0}])
    for name in ("rate_minutes", "rate_hours"):
        op.create_table(
            name,
            sa.Column("moment", sa.Integer, primary_key=True),
            sa.Column("kind_id", sa.Integer, primary_key=True),
            sa.Column("count", sa.Integer, nullable=False),
            sqlite_with_rowid=False,
        )
