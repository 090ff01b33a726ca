"""Making a company that can be used at once: people, roles, an agent, and what it has logged."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.dialects.sqlite import insert as upsert

from failwell.apis.ixon.permissions import SCOPES
from failwell.apis.ixon.public_ids import public_id, public_ids
from failwell.apis.ixon.role_rows import add_group, add_membership, add_role, is_member
from failwell.apis.ixon.tables import (
    agents,
    companies,
    data_sources,
    data_tags,
    data_variables,
    devices,
    groups,
    roles,
)

__all__ = ["ADMINISTRATOR", "DEMO_PLANT", "SMALL_PLANT", "Plant", "enrol", "establish"]

ADMINISTRATOR = "Administrator"
"""The role that grants everything."""

_GROUP = "Everybody"
_MEASURED = (("Temperature", "°C"), ("Pressure", "bar"), ("Speed", "rpm"), ("Power", "kW"))
_INTERVAL = 60

# One statement, because a hundred thousand points one by one would hold up the start.
# Each tag moves up and down at its own pace, with a little that looks like chance.
_LOG = text(
    """
    INSERT INTO points (tag_number, time, value)
    WITH RECURSIVE step (n) AS (
        SELECT 0 UNION ALL SELECT n + 1 FROM step WHERE n + 1 < :count
    )
    SELECT number,
           :first + n * :interval,
           round(20 + 3 * tag_id + abs((n * (3 + tag_id)) % 1440 - 720) / 24.0
                 + (n * 7919 + tag_id * 104729) % 97 / 97.0, 3)
    FROM data_tags CROSS JOIN step
    WHERE source_id = :source
    ORDER BY number, n
    """
)


class Plant(msgspec.Struct, frozen=True, kw_only=True):
    """What a new company has."""

    agents: tuple[str, ...]
    """Names of its agents; the first one logs data."""

    tags: int
    """How many things are logged."""

    points: int
    """How many points of each, a minute apart, the last one now."""


DEMO_PLANT = Plant(agents=("Packaging line", "Pump station", "Cold store"), tags=20, points=6_000)
"""Enough that to read all of it takes a while."""

SMALL_PLANT = Plant(agents=("Machine",), tags=4, points=500)
"""Enough to try everything."""


def establish(
    connection: Connection,
    company_id: str,
    *,
    name: str,
    plant: Plant,
    now: float,
) -> None:
    """Make a company, unless it is there.

    Args:
        connection: A writer.
        company_id: Its name on the wire.
        name: Its name.
        plant: What it has.
        now: Unix seconds.
    """
    row = {"id": company_id, "name": name[:255], "country": "NL", "created_at": now}
    made = connection.execute(upsert(companies).values(row).on_conflict_do_nothing())
    if made.rowcount == 0:
        return
    add_group(connection, company_id, _GROUP, now=now)
    everything = {"name": ADMINISTRATOR, "permissions": list(SCOPES)}
    add_role(connection, company_id, public_id(now), everything)
    named = public_ids(now, len(plant.agents))
    connection.execute(
        insert(agents),
        [
            {"id": each, "company_id": company_id, "name": name, "device_id": f"{each}-router"}
            for each, name in zip(named, plant.agents, strict=True)
        ],
    )
    _log(connection, company_id, named[0], plant, now=now)


def enrol(
    connection: Connection, company_id: str, user_id: str, *, role: str = ADMINISTRATOR, now: float
) -> None:
    """Make a person a member of a company, unless it is one; a new role grants everything."""
    if is_member(connection, company_id, user_id) is not None:
        return
    group = select(groups.c.id).where(groups.c.company_id == company_id).order_by(groups.c.id)
    wanted = select(roles.c.id).where(roles.c.company_id == company_id, roles.c.name == role)
    role_id = connection.execute(wanted.order_by(roles.c.id)).scalars().first()
    if role_id is None:
        everything = {"name": role, "permissions": list(SCOPES)}
        role_id = public_id(now)
        add_role(connection, company_id, role_id, everything)
    values = {
        "user_id": user_id,
        "group_id": connection.execute(group).scalars().first(),
        "role_id": role_id,
    }
    add_membership(connection, company_id, values, now=now)


def _log(
    connection: Connection, company_id: str, agent_id: str, plant: Plant, *, now: float
) -> None:
    own = {"company_id": company_id, "agent_id": agent_id}
    device_id, source_id = public_id(now), public_id(now)
    connection.execute(
        insert(devices).values(id=device_id, name="PLC", ip_address="192.168.0.10", **own)
    )
    connection.execute(
        insert(data_sources).values(
            id=source_id, device_id=device_id, name="Production", slug="production", **own
        )
    )
    own["source_id"] = source_id
    _add_tags(connection, own, plant.tags, now=now)
    last = int(now) // _INTERVAL * _INTERVAL
    connection.execute(
        _LOG,
        {
            "source": source_id,
            "count": plant.points,
            "interval": _INTERVAL,
            "first": last - (plant.points - 1) * _INTERVAL,
        },
    )


def _add_tags(connection: Connection, own: dict[str, str], count: int, *, now: float) -> None:
    measured = [_measured(index) for index in range(count)]
    variables = [
        {
            **own,
            "id": variable_id,
            "variable_id": index + 1,
            "name": name,
            "address": f"DB1.DBD{4 * index}",
            "slug": slug,
            "unit": unit,
        }
        for index, (variable_id, (name, slug, unit)) in enumerate(
            zip(public_ids(now, count), measured, strict=True)
        )
    ]
    tags = [
        {
            **own,
            "id": tag_id,
            "data_variable_id": variable["id"],
            "tag_id": variable["variable_id"],
            "name": variable["name"],
            "slug": variable["slug"],
        }
        for tag_id, variable in zip(public_ids(now, count), variables, strict=True)
    ]
    connection.execute(insert(data_variables), variables)
    connection.execute(insert(data_tags), tags)


def _measured(index: int) -> Sequence[str]:
    round_, which = divmod(index, len(_MEASURED))
    name, unit = _MEASURED[which]
    return f"{name} {round_ + 1}", f"{name.lower()}-{round_ + 1}", unit
