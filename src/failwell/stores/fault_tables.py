"""The tables of fault records, roll-ups and flood counts, as the newest migration leaves them.

What errors are counted by is written once, in ``fault_kinds``; records and roll-ups hold its
number. Moments are Unix seconds.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    column,
)

from failwell.stores.tables import metadata

__all__ = [
    "fault_batches",
    "fault_causes",
    "fault_kinds",
    "fault_totals",
    "faults",
    "flood_counts",
    "rate_hours",
    "rate_minutes",
]

fault_kinds = Table(
    "fault_kinds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("api", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("planned", Boolean, nullable=False),
    UniqueConstraint("api", "route", "code", "status", "planned", name="fault_kinds_kind"),
)

# A list is put together from the newest of each kind: in these indexes they lie side by side,
# sorted by moment and, as every index of SQLite ends with the primary key, by number.
faults = Table(
    "faults",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("request_id", Text, nullable=False),
    Column("parent_id", Text),
    Column("at", Double, nullable=False),
    Column("kind_id", Integer, nullable=False),
    Column("severity", Text, nullable=False),
    Column("tenant", Text),
    Column("method", Text, nullable=False),
    Column("situation", Text),
    Column("failure", Text),
    Column("message", Text),
    Column("user_id", Text),
    Column("credential_id", Text),
    Column("environment", Text),
    Column("seconds", Double, nullable=False),
    Column("affected", JSON, nullable=False),
    Column("headers", JSON, nullable=False),
    Column("body", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Index("faults_request_id", "request_id"),
    Index("faults_parent_id", "parent_id", sqlite_where=column("parent_id").is_not(None)),
    Index("faults_at", "at"),
    Index("faults_kind", "kind_id", "severity", "at"),
    Index(
        "faults_tenant",
        *("tenant", "kind_id", "severity", "at"),
        sqlite_where=column("tenant").is_not(None),
    ),
)

# Apart from the records, so that no query for a public face can read it by accident.
fault_causes = Table(
    "fault_causes",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("cause", Text, nullable=False),
)

# One row: counting a million records would take longer than all the rest of retention.
fault_totals = Table(
    "fault_totals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("rows", Integer, nullable=False),
    Column("size", Integer, nullable=False),
)

rate_minutes = Table(
    "rate_minutes",
    metadata,
    Column("moment", Integer, primary_key=True),
    Column("kind_id", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,
)

rate_hours = Table(
    "rate_hours",
    metadata,
    Column("moment", Integer, primary_key=True),
    Column("kind_id", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# Names of the batches that are in, the latest ones: what comes again from the spool is known.
fault_batches = Table(
    "fault_batches",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
)

# Events beyond the rate limit of an endpoint, until a summary has told of them.
flood_counts = Table(
    "flood_counts",
    metadata,
    Column("endpoint_id", Text, primary_key=True),
    Column("window", Integer, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,
)
