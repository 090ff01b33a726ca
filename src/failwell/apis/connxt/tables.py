"""The tables of ``connxt.db``, as the newest migration leaves them; moments are Unix seconds.

Brands and tokens are accounts, which all APIs keep in one place; they are named here by
their identifiers only.
"""

from sqlalchemy import (
    JSON,
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
    "environments",
    "flow_actions",
    "flow_targets",
    "flow_types",
    "metadata",
    "psp_operations",
    "psps",
    "transaction_steps",
    "transactions",
]

MIGRATIONS = "failwell.apis.connxt:migrations"
"""Where the scripts of ``connxt.db`` are, for `Database`."""

_ENABLED = "status IN ('ENABLED', 'DISABLED')"
_STEP = (
    "status IN ('NEW', 'CREATED', 'INITIATED', 'PG_ACCEPTED', 'PG_REJECTED', "
    "'PG_SUCCESS', 'PG_FAILED', 'SUCCESS', 'FAILED', 'REJECTED')"
)

metadata = MetaData()

environments = Table(
    "environments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("brand_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    UniqueConstraint("brand_id", "name", name="environments_name"),
)

flow_types = Table(
    "flow_types",
    metadata,
    Column("id", Text, primary_key=True),
    Column("environment_id", ForeignKey("environments.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("environment_id", "name", name="flow_types_name"),
)

flow_targets = Table(
    "flow_targets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("environment_id", ForeignKey("environments.id", ondelete="CASCADE"), nullable=False),
    Column("flow_type_id", ForeignKey("flow_types.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("logo", Text),
    Column("status", Text, nullable=False),
    Column("credential_schema", JSON, nullable=False),
    # Empty lists mean that there is no limit.
    Column("payment_methods", JSON, nullable=False),
    Column("countries", JSON, nullable=False),
    Column("currencies", JSON, nullable=False),
    CheckConstraint(_ENABLED, name="flow_targets_status"),
    Index("flow_targets_type", "flow_type_id", "position"),
)

flow_actions = Table(
    "flow_actions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("flow_target_id", ForeignKey("flow_targets.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    # A gateway may know an action that is not set up; it then has no definition.
    Column("definition_id", Text, unique=True),
    Column("definition_description", Text),
    Column("definition_schema", JSON),
    Index("flow_actions_target", "flow_target_id", "position"),
)

psps = Table(
    "psps",
    metadata,
    Column("id", Text, primary_key=True),
    Column("brand_id", Text, nullable=False),
    Column("environment_id", ForeignKey("environments.id"), nullable=False),
    Column("flow_target_id", ForeignKey("flow_targets.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("logo", Text),
    # Sealed by `failwell.security.encryption` for this row only.
    Column("credential", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("updated_by", Text, nullable=False),
    # By the database and not by looking first: two requests at once cannot both win.
    UniqueConstraint("brand_id", "environment_id", "flow_target_id", "name", name="psps_name"),
    CheckConstraint(_ENABLED, name="psps_status"),
    Index("psps_owner", "environment_id", "created_at"),
)

psp_operations = Table(
    "psp_operations",
    metadata,
    Column("psp_id", ForeignKey("psps.id", ondelete="CASCADE"), primary_key=True),
    Column("flow_action_id", ForeignKey("flow_actions.id"), primary_key=True),
    Column("flow_definition_id", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("status", Text, nullable=False),
    CheckConstraint(_ENABLED, name="psp_operations_status"),
)

transactions = Table(
    "transactions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("brand_id", Text, nullable=False),
    Column("environment_id", ForeignKey("environments.id"), nullable=False),
    Column("psp_id", ForeignKey("psps.id"), nullable=False),
    Column("flow_target_id", Text, nullable=False),
    Column("flow_action_id", Text, nullable=False),
    Column("type", Text),
    Column("currency", Text, nullable=False),
    # As JSON has it; nothing is computed with it.
    Column("amount", Double, nullable=False),
    # The caller's own names for order and customer.
    Column("order_id", Text),
    Column("user_id", Text),
    Column("status", Text, nullable=False),
    Column("psp_txn_id", Text),
    # Who knows the address of the payment page may pay, so it is kept like a key.
    Column("page_hash", Text, unique=True),
    Column("success_url", Text),
    Column("failure_url", Text),
    Column("expires_at", Double, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    CheckConstraint(_STEP, name="transactions_status"),
    Index("transactions_owner", "environment_id", "created_at"),
)

transaction_steps = Table(
    "transaction_steps",
    metadata,
    Column("transaction_id", ForeignKey("transactions.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("status", Text, nullable=False),
    Column("at", Double, nullable=False),
    CheckConstraint(_STEP, name="transaction_steps_status"),
)
