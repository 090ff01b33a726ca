"""What attempts change: their deliveries, and the standing of the endpoints they went to."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace
from sqlalchemy import Connection, select

from failwell.stores.attempt_rows import add_attempts, attempt_row
from failwell.stores.delivery_rows import park_strays
from failwell.stores.endpoint_rows import add_events, find_endpoints, store_standings
from failwell.stores.endpoints import Endpoint, OperationalEvent
from failwell.stores.listed import as_list, listed
from failwell.stores.outbox import Attempt, Outcome
from failwell.stores.outbox_tables import webhook_deliveries

__all__ = ["settle"]

_UPDATE = """
    UPDATE webhook_deliveries SET state = ?, next_at = ?, finished_at = ?, last_status = ?,
    last_error = ?, failed_at = ?, attempts = attempts + 1, tries = tries + 1,
    leased_by = NULL, leased_until = NULL WHERE seq = ?
"""


_deliveries = webhook_deliveries.c
_SENT = select(
    _deliveries.id,
    _deliveries.seq,
    _deliveries.leased_by,
    _deliveries.attempts,
    _deliveries.failed_at,
).where(_deliveries.id.in_(listed("ids")))


class _Sent(NamedTuple):
    """What settling has to know of a delivery."""

    seq: int
    leased_by: str | None
    attempts: int
    failed_at: float | None


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
    if any(each.state == "disabled" for each in touched.values()):
        park_strays(connection)
    add_events(connection, events)
    return tuple(touched.values())


def _sent(connection: Connection, ids: Sequence[str]) -> dict[str, _Sent]:
    rows = connection.execute(_SENT, {"ids": as_list(ids)}).all()
    return {row[0]: _Sent(*row[1:]) for row in rows}


def _holds(sent: Mapping[str, _Sent], attempt: Attempt) -> bool:
    return sent[attempt.delivery_id].leased_by == attempt.worker


def _stand(
    connection: Connection, outcomes: Sequence[Outcome], sent: Mapping[str, _Sent], now: float
) -> dict[str, Endpoint]:
    """Bring the endpoints of some outcomes up to date; those that are gone are left out."""
    before = find_endpoints(connection, {each.endpoint_id for each in outcomes})
    after = dict(before)
    for outcome in outcomes:
        if (endpoint := after.get(outcome.endpoint_id)) is not None:
            failed_at = sent[outcome.attempt.delivery_id].failed_at
            after[endpoint.id] = _standing(endpoint, outcome, failed_at, now)
    store_standings(connection, [new for key, new in after.items() if new != before[key]])
    return after


def _standing(
    endpoint: Endpoint, outcome: Outcome, failed_at: float | None, now: float
) -> Endpoint:
    """Say how an endpoint stands after one more attempt."""
    attempt, until = outcome.attempt, outcome.throttle_until
    if attempt.error is None:
        after = _succeeded(endpoint, attempt)
    else:
        after = _failed(endpoint, attempt, failed_at)
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


def _failed(endpoint: Endpoint, attempt: Attempt, failed_at: float | None) -> Endpoint:
    since = endpoint.failing_since
    # A delivery counts once, and again only when a success came in between.
    new = failed_at is None or since is None or failed_at < since
    return replace(
        endpoint,
        failing_since=attempt.at if since is None else since,
        failed_attempts=endpoint.failed_attempts + 1,
        failed_deliveries=endpoint.failed_deliveries + new,
    )


def _log(connection: Connection, outcomes: Sequence[Outcome], sent: Mapping[str, _Sent]) -> None:
    made: Counter[str] = Counter()
    rows = []
    for attempt in (each.attempt for each in outcomes):
        made[attempt.delivery_id] += 1
        seq, _, attempts, _ = sent[attempt.delivery_id]
        # By what is stored: whoever lost a lease counted along with somebody else.
        rows.append(attempt_row(seq, attempts + made[attempt.delivery_id], attempt))
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
    rows = [
        _moved(each, sent[each.attempt.delivery_id], each.endpoint_id in endpoints, now)
        for each in outcomes
    ]
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
        delivery.failed_at if attempt.error is None else attempt.at,
        delivery.seq,
    )
