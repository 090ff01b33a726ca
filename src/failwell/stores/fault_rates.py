"""Adding up how often errors occur, from the roll-ups alone."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, desc, func, select

from failwell.stores.fault_tables import fault_kinds, rate_hours, rate_minutes
from failwell.stores.fault_writes import clean
from failwell.stores.faults import Rate, RateQuery

__all__ = ["rates"]


def rates(connection: Connection, query: RateQuery) -> tuple[Rate, ...]:
    """Add up counts, by moment and then the largest first."""
    rows = connection.execute(_select(query)).mappings()
    # A sum of nothing, without anything to keep apart, is a row with NULL.
    return tuple(Rate(**row) for row in rows if row["count"])


def _select(query: RateQuery) -> Select[Any]:
    kinds = [fault_kinds.c[name] for name in query.by if name != "moment"]
    by_moment = "moment" in query.by
    # Without moments there are few sums by kind, so names are looked at afterwards; with them
    # there are nearly as many as rows.
    counts = _counts(query).subquery() if kinds and not by_moment else _table(query)
    keys = [*([counts.c.moment] if by_moment else []), *kinds]
    summed = select(*keys, func.sum(counts.c["count"]).label("count")).group_by(*keys)
    if kinds:
        summed = summed.join_from(counts, fault_kinds, counts.c.kind_id == fault_kinds.c.id)
    if isinstance(counts, Table):
        summed = summed.where(*_conditions(query))
    order: list[Any] = ["moment"] if by_moment else []
    return summed.order_by(*order, desc("count")).limit(max(0, query.limit))


def _counts(query: RateQuery) -> Select[Any]:
    table = _table(query)
    count = func.sum(table.c["count"]).label("count")
    return select(table.c.kind_id, count).where(*_conditions(query)).group_by(table.c.kind_id)


def _table(query: RateQuery) -> Table:
    return rate_minutes if query.step == "minute" else rate_hours


def _conditions(query: RateQuery) -> list[ColumnElement[bool]]:
    table = _table(query)
    conditions = [table.c.moment >= query.since, table.c.moment < query.until]
    if of_kind := _of_kind(query):
        conditions.append(table.c.kind_id.in_(select(fault_kinds.c.id).where(*of_kind)))
    return conditions


def _of_kind(query: RateQuery) -> list[ColumnElement[bool]]:
    wanted = {name: getattr(query, name) for name in ("api", "route", "code", "status", "planned")}
    conditions = [
        fault_kinds.c[name] == (clean(value) if isinstance(value, str) else value)
        for name, value in wanted.items()
        if value is not None
    ]
    if query.status_from is not None:
        conditions.append(fault_kinds.c.status >= query.status_from)
    return conditions
