"""What attempts change: their deliveries, and the standing of the endpoints they went to."""

import contextlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace
from sqlalchemy import Connection

from failwell.stores.attempt_rows import add_attempts, attempt_row
from failwell.stores.driver import gathered, listed, rows_of
from failwell.stores.endpoint_rows import (
    add_events,
    find_endpoints,
    store_standings,
    store_success,
)
from failwell.stores.endpoints import Endpoint, OperationalEvent
from failwell.stores.outbox import Attempt, Outcome
from failwell.stores.tidying import realign

__all__ = ["settle"]

_UPDATE = """
    UPDATE webhook_deliveries SET state = ?, next_at = ?, finished_at = ?, last_status = ?,
    last_error = ?, failed_at = ?, attempts = attempts + 1, tries = tries + 1,
    leased_by = NULL, leased_until = NULL WHERE seq = ?
"""
_DELIVERED = """
    UPDATE webhook_deliveries SET state = 'delivered', next_at = NULL, finished_at = ?,
    last_status = ?, last_error = NULL, attempts = attempts + 1, tries = tries + 1,
    leased_by = NULL, leased_until = NULL WHERE seq IN (SELECT value FROM json_each(?))
"""
# A delivery counts as failed once, and again only when a success came in between.
_SENT = gathered(
    """
    delivery.id, seq, leased_by, attempts,
    failed_at IS NULL OR failing_since IS NULL OR failed_at < failing_since,
    endpoint.state = 'active' AND failing_since IS NULL
    """,
    """
    webhook_deliveries AS delivery
    LEFT JOIN webhook_endpoints AS endpoint ON endpoint.id = endpoint_id
    WHERE delivery.id IN (SELECT value FROM json_each(?))
    """,
)


class _Sent(NamedTuple):
    """What settling has to know of a delivery."""

    seq: int
    leased_by: str | None
    attempts: int

    fresh: bool
    """Whether a failure would be the first of it since the endpoint's last success."""

    well: bool
    """Whether its endpoint has nothing but successes."""


def settle(
    connection: Connection,
    outcomes: Sequence[Outcome],
    *,
    now: float,
    events: Sequence[OperationalEvent] = (),
) -> tuple[Endpoint, ...]:
    """Store what became of attempts; see `OutboxStore.settle`."""
    sent = _sent(connection, [each.attempt.delivery_id for each in outcomes])
    known = [each for each in outcomes if each.attempt.delivery_id in sent]
    held = [each for each in known if _holds(sent, each.attempt)]
    lost = [each for each in known if not _holds(sent, each.attempt)]
    touched = _stand(connection, held, sent, now)
    _log(connection, known, sent)
    _count(connection, [sent[each.attempt.delivery_id].seq for each in lost])
    _move_on(connection, held, sent, touched.keys(), now)
    for endpoint in touched.values():
        if endpoint.state == "disabled":
            realign(connection, endpoint.id, now=now)
    add_events(connection, events)
    return tuple(touched.values())


def _sent(connection: Connection, ids: Sequence[str]) -> dict[str, _Sent]:
    with contextlib.closing(connection.connection.cursor()) as cursor:
        rows = rows_of(cursor, _SENT, (listed(ids),))
    return {row[0]: _Sent(*row[1:]) for row in rows}


def _holds(sent: Mapping[str, _Sent], attempt: Attempt) -> bool:
    return sent[attempt.delivery_id].leased_by == attempt.worker


def _stand(
    connection: Connection, outcomes: Sequence[Outcome], sent: Mapping[str, _Sent], now: float
) -> dict[str, Endpoint]:
    """Bring the endpoints of some outcomes up to date.

    Returns:
        Them, but for those that are gone, and those that are well and have one more success.
    """
    news = [each for each in outcomes if not _as_ever(each, sent[each.attempt.delivery_id])]
    concerned = {each.endpoint_id for each in news}
    calm = [each for each in outcomes if each.endpoint_id not in concerned]
    if calm:
        latest = max(each.attempt.at for each in calm)
        store_success(connection, {each.endpoint_id for each in calm}, latest)
    if not news:
        return {}
    before = find_endpoints(connection, concerned)
    after = dict(before)
    for outcome in outcomes:
        if (endpoint := after.get(outcome.endpoint_id)) is not None:
            fresh = bool(sent[outcome.attempt.delivery_id].fresh)
            after[endpoint.id] = _standing(endpoint, outcome, fresh, now)
    changed = (each for each in after.values() if each is not before[each.id])
    store_standings(connection, changed)
    return after


def _as_ever(outcome: Outcome, delivery: _Sent) -> bool:
    return bool(delivery.well) and outcome.state == "delivered" and outcome.attempt.error is None


def _standing(endpoint: Endpoint, outcome: Outcome, fresh: bool, now: float) -> Endpoint:
    """Say how an endpoint stands after one more attempt."""
    attempt, until = outcome.attempt, outcome.throttle_until
    if attempt.error is None:
        after = _succeeded(endpoint, attempt)
    else:
        after = _failed(endpoint, attempt, fresh)
    if until is not None:
        after = replace(after, paused_until=max(until, endpoint.paused_until or 0.0))
    if outcome.disable is not None and endpoint.state != "disabled":
        after = replace(after, state="disabled", disabled_reason=outcome.disable, disabled_at=now)
    return after


def _succeeded(endpoint: Endpoint, attempt: Attempt) -> Endpoint:
    return replace(
        endpoint,
        state="active" if endpoint.state == "probing" else endpoint.state,
        failing_since=None,
        failed_attempts=0,
        failed_deliveries=0,
        warned=0,
        last_success_at=attempt.at,
    )


def _failed(endpoint: Endpoint, attempt: Attempt, fresh: bool) -> Endpoint:
    since = endpoint.failing_since
    return replace(
        endpoint,
        failing_since=attempt.at if since is None else since,
        failed_attempts=endpoint.failed_attempts + 1,
        failed_deliveries=endpoint.failed_deliveries + (fresh or since is None),
    )


def _log(connection: Connection, outcomes: Sequence[Outcome], sent: Mapping[str, _Sent]) -> None:
    made: Counter[str] = Counter()
    rows = []
    for attempt in (each.attempt for each in outcomes):
        made[attempt.delivery_id] += 1
        delivery = sent[attempt.delivery_id]
        # By what is stored: whoever lost a lease counted along with somebody else.
        number = delivery.attempts + made[attempt.delivery_id]
        rows.append(attempt_row(delivery.seq, number, attempt))
    add_attempts(connection, rows)


def _count(connection: Connection, numbers: Sequence[int]) -> None:
    if numbers:
        more = "UPDATE webhook_deliveries SET attempts = attempts + 1 WHERE seq = ?"
        connection.exec_driver_sql(more, [(seq,) for seq in numbers])


def _move_on(
    connection: Connection,
    outcomes: Sequence[Outcome],
    sent: Mapping[str, _Sent],
    endpoints: Collection[str],
    now: float,
) -> None:
    delivered: dict[int | None, list[int]] = {}
    rows = []
    for outcome in outcomes:
        delivery = sent[outcome.attempt.delivery_id]
        if outcome.state == "delivered":
            delivered.setdefault(outcome.attempt.status, []).append(delivery.seq)
        else:
            rows.append(_moved(outcome, delivery, outcome.endpoint_id in endpoints, now))
    for status, numbers in delivered.items():
        connection.exec_driver_sql(_DELIVERED, (now, status, listed(numbers)))
    if rows:
        connection.exec_driver_sql(_UPDATE, rows)


def _moved(outcome: Outcome, delivery: _Sent, reachable: bool, now: float) -> tuple[Any, ...]:
    attempt, state = outcome.attempt, outcome.state
    if state == "pending" and not reachable:
        state = "cancelled"
    return (
        state,
        outcome.next_at if state == "pending" else None,
        None if state in ("pending", "parked") else now,
        attempt.status,
        attempt.error,
        attempt.at,
        delivery.seq,
    )
