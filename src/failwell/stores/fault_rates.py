"""Adding up how often errors occur, from the roll-ups alone."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from failwell.stores.fault_tables import fault_kinds, rate_hours, rate_minutes
from failwell.stores.fault_writes import clean
from failwell.stores.faults import Rate, RateQuery

__all__ = ["rates"]


def rates(connection: Connection, query: RateQuery) -> tuple[Rate, ...]:
    """Add up counts, by moment and then the largest first."""
    return tuple(
        Rate(**row) for row in connection.execute(_select(query)).mappings() if row["count"]
    )


def _select(query: RateQuery) -> Select[Any]:
    table = rate_minutes if query.step == "minute" else rate_hours
    apart: dict[str, ColumnElement[Any]] = {
        name: table.c.moment if name == "moment" else fault_kinds.c[name] for name in query.by
    }
    count = func.sum(table.c["count"]).label("count")
    order = [apart["moment"]] if "moment" in apart else []
    return (
        select(*apart.values(), count)
        .join_from(table, fault_kinds, table.c.kind_id == fault_kinds.c.id)
        .where(table.c.moment >= query.since, table.c.moment < query.until, *_of_kind(query))
        .group_by(*apart.values())
        .order_by(*order, count.desc())
        .limit(query.limit)
    )


def _of_kind(query: RateQuery) -> list[ColumnElement[bool]]:
    wanted = {name: getattr(query, name) for name in ("api", "route", "code", "status", "planned")}
    return [
        fault_kinds.c[name] == (clean(value) if isinstance(value, str) else value)
        for name, value in wanted.items()
        if value is not None
    ]
