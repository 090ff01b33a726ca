"""The tables of webhooks in ``failwell.db``, as the newest migration leaves them.

Identifiers of tenants and exchanges are plain texts: a delivery outlives what it tells of.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from failwell.stores.tables import metadata

__all__ = [
    "FAILED",
    "webhook_attempts",
    "webhook_deliveries",
    "webhook_endpoints",
    "webhook_events",
    "webhook_recoveries",
]

FAILED = "state IN ('exhausted', 'refused', 'parked', 'skipped_disabled')"
"""What can be recovered; a query that says it in these words uses the index of it."""

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", Text, primary_key=True),
    Column("api", Text),
    Column("tenant", Text),
    Column("url", Text, nullable=False),
    Column("events", JSON, nullable=False),
    Column("filters", JSON, nullable=False),
    # Sealed; what lies here opens nothing without the key beside the file.
    Column("secrets", JSON, nullable=False),
    Column("shape", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("disabled_reason", Text),
    Column("disabled_at", Double),
    Column("paused_until", Double),
    Column("failing_since", Double),
    Column("failed_attempts", Integer, nullable=False),
    Column("failed_deliveries", Integer, nullable=False),
    Column("warned", Integer, nullable=False),
    Column("last_success_at", Double),
    Column("schedule", JSON),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Index("webhook_endpoints_owner", "api", "tenant"),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("event_id", Text, nullable=False),
    Column("endpoint_id", Text, nullable=False),
    Column("api", Text),
    Column("tenant", Text),
    Column("event_type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("request_id", Text),
    Column("code", Text),
    Column("status", Integer),
    Column("severity", Text),
    Column("route", Text),
    Column("state", Text, nullable=False),
    Column("test", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", Double),
    Column("leased_by", Text),
    Column("leased_until", Double),
    Column("finished_at", Double),
    Column("last_status", Integer),
    Column("last_error", Text),
    # When it failed last: tells whether it counts as failed since the endpoint's last success.
    Column("failed_at", Double),
    # An event is enqueued once for an endpoint.
    UniqueConstraint("endpoint_id", "event_id", name="webhook_deliveries_event"),
    # Every index ends with the primary key: the newest of an endpoint come first at once.
    Index("webhook_deliveries_endpoint", "endpoint_id"),
    Index(
        "webhook_deliveries_failed",
        "endpoint_id",
        "created_at",
        sqlite_where=text(FAILED),
        postgresql_where=text(FAILED),
    ),
    Index(
        "webhook_deliveries_request",
        "request_id",
        sqlite_where=text("request_id IS NOT NULL"),
        postgresql_where=text("request_id IS NOT NULL"),
    ),
    # Only what still waits: history of any length does not slow a claim down.
    Index(
        "webhook_deliveries_pending",
        "endpoint_id",
        "next_at",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
    Index(
        "webhook_deliveries_parked",
        "endpoint_id",
        sqlite_where=text("state = 'parked'"),
        postgresql_where=text("state = 'parked'"),
    ),
    Index(
        "webhook_deliveries_leased",
        "leased_until",
        sqlite_where=text("leased_until IS NOT NULL"),
        postgresql_where=text("leased_until IS NOT NULL"),
    ),
    # A number is never given twice: pages and recoveries go by it.
    sqlite_autoincrement=True,
)

webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    # The `seq` of the delivery, and 1 for its first attempt.
    Column("delivery", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Double, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("url", Text, nullable=False),
    Column("request_headers", JSON, nullable=False),
    Column("status", Integer),
    Column("response_headers", JSON, nullable=False),
    Column("response_body", LargeBinary, nullable=False),
    Column("error", Text),
    Column("worker", Text, nullable=False),
    sqlite_with_rowid=False,
)

webhook_recoveries = Table(
    "webhook_recoveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("endpoint_id", Text, nullable=False),
    Column("since", Double, nullable=False),
    Column("until", Double, nullable=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    # `created_at` and `seq` of the delivery it has come to.
    Column("position_at", Double, nullable=False),
    Column("position", Integer, nullable=False),
    Index("webhook_recoveries_endpoint", "endpoint_id"),
)

webhook_events = Table(
    "webhook_events",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("at", Double, nullable=False),
    Column("type", Text, nullable=False),
    Column("endpoint_id", Text, nullable=False),
    Column("tenant", Text),
    Column("data", JSON, nullable=False),
    Index("webhook_events_endpoint", "endpoint_id"),
    sqlite_autoincrement=True,
)
