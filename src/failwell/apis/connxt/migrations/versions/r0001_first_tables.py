"""Environments, flows, PSPs and transactions.

Frozen: a later change of the schema is a later script.
"""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0001"
down_revision: str | None = None

_ENABLED = "status IN ('ENABLED', 'DISABLED')"
_STEP = (
    "status IN ('NEW', 'CREATED', 'INITIATED', 'PG_ACCEPTED', 'PG_REJECTED', "
    "'PG_SUCCESS', 'PG_FAILED', 'SUCCESS', 'FAILED', 'REJECTED')"
)


def upgrade() -> None:
    """Make the first tables."""
    _flows()
    _psps()
    _transactions()


def _flows() -> None:
    op.create_table(
        "environments",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("brand_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.UniqueConstraint("brand_id", "name", name="environments_name"),
    )
    op.create_table(
        "flow_types",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column(
            "environment_id",
            sa.Text,
            sa.ForeignKey("environments.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("name", sa.Text, nullable=False),
        sa.UniqueConstraint("environment_id", "name", name="flow_types_name"),
    )
    op.create_table(
        "flow_targets",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column(
            "environment_id",
            sa.Text,
            sa.ForeignKey("environments.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column(
            "flow_type_id",
            sa.Text,
            sa.ForeignKey("flow_types.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("logo", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("credential_schema", sa.JSON, nullable=False),
        sa.Column("payment_methods", sa.JSON, nullable=False),
        sa.Column("countries", sa.JSON, nullable=False),
        sa.Column("currencies", sa.JSON, nullable=False),
        sa.CheckConstraint(_ENABLED, name="flow_targets_status"),
    )
    op.create_index("flow_targets_type", "flow_targets", ["flow_type_id", "position"])
    op.create_table(
        "flow_actions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column(
            "flow_target_id",
            sa.Text,
            sa.ForeignKey("flow_targets.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("definition_id", sa.Text, unique=True),
        sa.Column("definition_description", sa.Text),
        sa.Column("definition_schema", sa.JSON),
    )
    op.create_index("flow_actions_target", "flow_actions", ["flow_target_id", "position"])


def _psps() -> None:
    op.create_table(
        "psps",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("brand_id", sa.Text, nullable=False),
        sa.Column("environment_id", sa.Text, sa.ForeignKey("environments.id"), nullable=False),
        sa.Column("flow_target_id", sa.Text, sa.ForeignKey("flow_targets.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("logo", sa.Text),
        sa.Column("credential", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("updated_by", sa.Text, nullable=False),
        sa.UniqueConstraint(
            "brand_id", "environment_id", "flow_target_id", "name", name="psps_name"
        ),
        sa.CheckConstraint(_ENABLED, name="psps_status"),
    )
    op.create_index("psps_owner", "psps", ["environment_id", "created_at"])
    op.create_table(
        "psp_operations",
        sa.Column(
            "psp_id", sa.Text, sa.ForeignKey("psps.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("flow_action_id", sa.Text, sa.ForeignKey("flow_actions.id"), primary_key=True),
        sa.Column("flow_definition_id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.CheckConstraint(_ENABLED, name="psp_operations_status"),
    )


def _transactions() -> None:
    op.create_table(
        "transactions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("brand_id", sa.Text, nullable=False),
        sa.Column("environment_id", sa.Text, sa.ForeignKey("environments.id"), nullable=False),
        sa.Column("psp_id", sa.Text, sa.ForeignKey("psps.id"), nullable=False),
        sa.Column("flow_target_id", sa.Text, nullable=False),
        sa.Column("flow_action_id", sa.Text, nullable=False),
        sa.Column("type", sa.Text),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("amount", sa.Double, nullable=False),
        sa.Column("order_id", sa.Text),
        sa.Column("user_id", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("psp_txn_id", sa.Text),
        sa.Column("page_hash", sa.Text, unique=True),
        sa.Column("success_url", sa.Text),
        sa.Column("failure_url", sa.Text),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.CheckConstraint(_STEP, name="transactions_status"),
    )
    op.create_index("transactions_owner", "transactions", ["environment_id", "created_at"])
    op.create_table(
        "transaction_steps",
        sa.Column(
            "transaction_id",
            sa.Text,
            sa.ForeignKey("transactions.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.CheckConstraint(_STEP, name="transaction_steps_status"),
    )
