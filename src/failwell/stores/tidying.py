"""Bringing what waits in line with where it is to go, a portion at a time.

Disabling, enabling or deleting an endpoint concerns everything that waits for it, and that may be
a hundred thousand rows. There is one writer, and every error of an API waits for it; so they are
changed in portions, the first at once and the others by and by. Nothing goes wrong meanwhile: what
is pending for an endpoint that is disabled or gone is never claimed.
"""

from sqlalchemy import Connection

__all__ = ["PORTION", "misplaced", "realign"]

PORTION = 2_000
"""Rows that are changed in one transaction."""

_PARK = """
    UPDATE webhook_deliveries SET state = 'parked', next_at = NULL WHERE seq IN (
        SELECT seq FROM webhook_deliveries
        WHERE endpoint_id = ? AND state = 'pending' AND leased_until IS NULL LIMIT ?
    )
"""
_UNPARK = """
    UPDATE webhook_deliveries SET state = 'pending', tries = 0, next_at = ? WHERE seq IN (
        SELECT seq FROM webhook_deliveries WHERE endpoint_id = ? AND state = 'parked' LIMIT ?
    )
"""
# Not one question for both: each state has an index of its own.
_CANCEL = """
    UPDATE webhook_deliveries SET state = 'cancelled', next_at = NULL, finished_at = ?,
    leased_by = NULL, leased_until = NULL WHERE seq IN (
        SELECT seq FROM webhook_deliveries WHERE endpoint_id = ? AND state = '{}' LIMIT ?
    )
"""
_STANDING = "SELECT state, paused_until FROM webhook_endpoints WHERE id = ?"

# Endpoints of what waits are found by leaps over an index: history and backlog may be long, and
# this is asked every second.
_LEAPS = """
    SELECT min(endpoint_id) FROM webhook_deliveries WHERE state = '{0}'
    UNION ALL
    SELECT (
        SELECT min(endpoint_id) FROM webhook_deliveries
        WHERE state = '{0}' AND endpoint_id > {0}.id
    ) FROM {0} WHERE id IS NOT NULL
"""
_MISPLACED = """
    WITH RECURSIVE
        pending (id) AS ({}),
        parked (id) AS ({}),
        disabled (id) AS (SELECT id FROM webhook_endpoints WHERE state = 'disabled')
    SELECT id FROM pending
    WHERE id IS NOT NULL AND id NOT IN (SELECT id FROM webhook_endpoints)
    UNION
    SELECT id FROM parked WHERE id IS NOT NULL AND id NOT IN (SELECT id FROM disabled)
    UNION
    SELECT id FROM disabled WHERE EXISTS (
        SELECT 1 FROM webhook_deliveries
        WHERE endpoint_id = disabled.id AND state = 'pending' AND leased_until IS NULL
    )
"""
_MISPLACED = _MISPLACED.format(_LEAPS.format("pending"), _LEAPS.format("parked"))


def realign(connection: Connection, endpoint_id: str, *, now: float) -> int:
    """Park, unpark or cancel a portion of what waits for an endpoint, as it stands now.

    Returns:
        How many deliveries were changed.
    """
    found = connection.exec_driver_sql(_STANDING, (endpoint_id,)).one_or_none()
    if found is None:
        return _cancel(connection, endpoint_id, now)
    if found[0] == "disabled":
        # What is being sent just now goes on; its outcome decides.
        return connection.exec_driver_sql(_PARK, (endpoint_id, PORTION)).rowcount
    begin = max(now, found[1] or now)
    return connection.exec_driver_sql(_UNPARK, (begin, endpoint_id, PORTION)).rowcount


def misplaced(connection: Connection) -> list[str]:
    """Find the endpoints for which something waits that should not, or not like this."""
    return list(connection.exec_driver_sql(_MISPLACED).scalars())


def _cancel(connection: Connection, endpoint_id: str, now: float) -> int:
    ends = (now, endpoint_id, PORTION)
    waits = (_CANCEL.format(state) for state in ("pending", "parked"))
    return sum(connection.exec_driver_sql(statement, ends).rowcount for statement in waits)
