"""A file with as many fault records as a month may bring, made in a second or two."""

from failwell.stores.database import Database
from failwell.stores.tables import MIGRATIONS

__all__ = ["END", "MONTH", "fill"]

END = 1_700_000_000 // 3600 * 3600
"""The moment after the last record."""

MONTH = 30 * 86_400

_KINDS = """
INSERT INTO fault_kinds (api, route, code, status, planned)
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1799)
SELECT 'api_' || (i % 3), '/resource_' || (i / 30) || '/{id}', 'code_' || (i / 3 % 10),
       400 + i / 3 % 10, 0 FROM n
"""
# The cube of a random number: a few kinds are frequent and most are rare.
_RECORDS = """
INSERT INTO faults
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count),
     random AS MATERIALIZED (SELECT i, abs(random() % 1800) AS u FROM n)
SELECT i, lower(hex(randomblob(16))), CASE WHEN i % 3 = 0 THEN 'caller-' || i END,
       :end - :month + i * (:month * 1.0 / (:count + 1)), 1 + u * u / 1800 * u / 1800,
       CASE WHEN i % 10 = 0 THEN 'high' ELSE 'low' END, 'tenant_' || (i % 500), 'GET', NULL, NULL,
       'The resource does not exist.', NULL, NULL, NULL, 0.001, '["project_1"]',
       '[["content-type","application/json"]]',
       '{"error":{"code":"not_found","message":"The resource does not exist."}}', 600
FROM random
"""
_ROLL_UP = """
INSERT INTO rate_{0}s
SELECT CAST(at / {1} AS INTEGER) * {1}, kind_id, count(*) FROM faults WHERE at >= ? GROUP BY 1, 2
"""


def fill(path, count):
    """Make a file with `count` records of 1,800 kinds in the last 30 days before `END`."""
    database = Database(path, migrations=MIGRATIONS)
    database.migrate()
    database.write_now(lambda connection: _fill(connection, count))
    return database


def _fill(connection, count):
    # Indexes are made afterwards, sorted: that takes a fraction of the time.
    indexes = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'faults' AND type = 'index'"
    ).all()
    for name, _ in indexes:
        connection.exec_driver_sql(f"DROP INDEX {name}")
    connection.exec_driver_sql(_KINDS)
    connection.exec_driver_sql(_RECORDS, {"count": count, "end": END, "month": MONTH})
    for _, sql in indexes:
        connection.exec_driver_sql(sql)
    connection.exec_driver_sql(_ROLL_UP.format("hour", 3600), (END - MONTH,))
    connection.exec_driver_sql(_ROLL_UP.format("minute", 60), (END - 48 * 3600,))
    connection.exec_driver_sql("UPDATE fault_totals SET rows = ?, size = ?", (count, 600 * count))
