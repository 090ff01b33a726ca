"""Adding up how often errors occur, from the roll-ups alone."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, desc, func, select

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
    counts = _counts(query, by_kind=bool(kinds))
    order: list[Any] = ["moment"] if "moment" in query.by else []
    if kinds:
        inner = counts.subquery()
        keys = [*(inner.c[name] for name in order), *kinds]
        counts = (
            select(*keys, func.sum(inner.c["count"]).label("count"))
            .join_from(inner, fault_kinds, inner.c.kind_id == fault_kinds.c.id)
            .group_by(*keys)
        )
    return counts.order_by(*order, desc("count")).limit(max(0, query.limit))


def _counts(query: RateQuery, *, by_kind: bool) -> Select[Any]:
    """Add up before the kinds are looked at: their names are only compared for the sums."""
    table = rate_minutes if query.step == "minute" else rate_hours
    keys = [table.c.moment] if "moment" in query.by else []
    keys += [table.c.kind_id] if by_kind else []
    conditions = [table.c.moment >= query.since, table.c.moment < query.until]
    if of_kind := _of_kind(query):
        conditions.append(table.c.kind_id.in_(select(fault_kinds.c.id).where(*of_kind)))
    return (
        select(*keys, func.sum(table.c["count"]).label("count")).where(*conditions).group_by(*keys)
    )


def _of_kind(query: RateQuery) -> list[ColumnElement[bool]]:
    wanted = {name: getattr(query, name) for name in ("api", "route", "code", "status", "planned")}
    return [
        fault_kinds.c[name] == (clean(value) if isinstance(value, str) else value)
        for name, value in wanted.items()
        if value is not None
    ]
