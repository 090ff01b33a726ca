"""What belongs to an agent: the devices behind it, and what of them is logged."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, insert, select

from failwell.apis.ixon.agents import find_agent
from failwell.apis.ixon.fields import Fields
from failwell.apis.ixon.listing import Filters, Listing
from failwell.apis.ixon.operations import for_company
from failwell.apis.ixon.public_ids import public_ids
from failwell.apis.ixon.rows import Row
from failwell.apis.ixon.tables import data_sources, data_tags, data_variables, devices
from failwell.apis.ixon.wire import (
    PUBLIC_ID,
    item,
    items_of,
    listed,
    one,
    one_or_list,
    same_form,
)
from failwell.core.clock import Clock
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.server.schemas import Schema, answer, text
from failwell.stores.database import Database

__all__ = ["AgentParts"]

_NAMED: Schema = answer(publicId=PUBLIC_ID)
_OPTIONAL: Schema = {**text(0, 255), "type": ["string", "null"]}
_MAC: Schema = {
    "type": ["string", "null"],
    "minLength": 17,
    "maxLength": 17,
    "pattern": "^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$",
}
_DEVICE_MEMBERS: dict[str, Schema] = {
    "name": text(1, 255),
    "ipAddress": _OPTIONAL,
    "macAddress": _MAC,
    "customAddress": _OPTIONAL,
}
_NEW_DEVICE: Schema = {
    "type": "object",
    "properties": _DEVICE_MEMBERS,
    "required": ["name"],
}
_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer"}
_PARENTS = ("agent", "device", "source", "variable")


def _device(row: Row) -> dict[str, Any]:
    return {
        "publicId": row["id"],
        "name": row["name"],
        "ipAddress": row["ip_address"],
        "macAddress": row["mac_address"],
        "customAddress": row["custom_address"],
        "agent": {"publicId": row["agent_id"]},
    }


def _source(row: Row) -> dict[str, Any]:
    return {
        "publicId": row["id"],
        "name": row["name"],
        "slug": row["slug"],
        "agent": {"publicId": row["agent_id"]},
        "device": {"publicId": row["device_id"]},
    }


def _variable(row: Row) -> dict[str, Any]:
    return {
        "publicId": row["id"],
        "variableId": row["variable_id"],
        "name": row["name"],
        "address": row["address"],
        "slug": row["slug"],
        "type": "float",
        "unit": row["unit"],
        "agent": {"publicId": row["agent_id"]},
        "source": {"publicId": row["source_id"]},
    }


def _tag(row: Row) -> dict[str, Any]:
    return {
        "publicId": row["id"],
        "tagId": row["tag_id"],
        "name": row["name"],
        "slug": row["slug"],
        "agent": {"publicId": row["agent_id"]},
        "source": {"publicId": row["source_id"]},
        "variable": {"publicId": row["data_variable_id"]},
    }


class _Part:
    """One kind of thing that belongs to an agent."""

    def __init__(
        self, rel: str, path: str, table: Table, show: Any, members: Mapping[str, Schema]
    ) -> None:
        plain = [name for name in members if name not in _PARENTS]
        nested = {name: ("publicId",) for name in members if name in _PARENTS}
        texts = {"publicId": table.c.id, "name": table.c.name}
        self.rel = rel
        self.path = f"/agents/{{agent_id}}/{path}"
        self.table = table
        self.list = Listing(rel, table.c.id, show, Fields(*plain, **nested), Filters(**texts))
        self.returns = listed(rel, item(**members))


_DEVICES = _Part(
    "AgentDeviceList", "devices", devices, _device, {**_DEVICE_MEMBERS, "agent": _NAMED}
)
_PARTS = (
    _DEVICES,
    _Part(
        "AgentDataSourceList",
        "data-sources",
        data_sources,
        _source,
        {"name": _TEXT, "slug": _TEXT, "agent": _NAMED, "device": _NAMED},
    ),
    _Part(
        "AgentDataVariableList",
        "data-variables",
        data_variables,
        _variable,
        {
            "variableId": _NUMBER,
            "name": _TEXT,
            "address": _TEXT,
            "slug": _TEXT,
            "type": {"const": "float"},
            "unit": {"type": ["string", "null"]},
            "agent": _NAMED,
            "source": _NAMED,
        },
    ),
    _Part(
        "AgentDataTagList",
        "data-tags",
        data_tags,
        _tag,
        {
            "tagId": _NUMBER,
            "name": _TEXT,
            "slug": _TEXT,
            "agent": _NAMED,
            "source": _NAMED,
            "variable": _NAMED,
        },
    ),
)


class AgentParts:
    """The endpoints below an agent.

    Args:
        database: ``ixon.db``.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def existence(self, call: Call) -> None:
        """Look for the agent in the path."""
        tenant, agent_id = call.tenant, call.path["agent_id"]
        await self._database.read(lambda connection: find_agent(connection, tenant, agent_id))

    async def add_devices(self, call: Call) -> Reply:
        """Add one device or several; all of them or none."""
        tenant, agent_id, given = call.tenant, call.path["agent_id"], list(items_of(call.body))
        names = public_ids(self._clock.now(), len(given))
        rows = [
            {
                "id": device_id,
                "company_id": tenant,
                "agent_id": agent_id,
                "name": each["name"],
                "ip_address": each.get("ipAddress"),
                "mac_address": each.get("macAddress"),
                "custom_address": each.get("customAddress"),
            }
            for device_id, (_, each) in zip(names, given, strict=True)
        ]
        await self._database.write(lambda connection: _add(connection, rows))
        return same_form("AgentDeviceList", call.body, [{"publicId": each} for each in names])

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (*map(self._listing, _PARTS), self._adding())

    def _listing(self, part: _Part) -> Operation:
        async def answer_list(call: Call) -> Reply:
            query = select(part.table).where(
                part.table.c.company_id == call.tenant,
                part.table.c.agent_id == call.path["agent_id"],
            )
            return await part.list.answer(self._database, call, query)

        return for_company(
            part.rel,
            "GET",
            part.path,
            answer_list,
            permission="agents:view",
            existence=self.existence,
            summary=f"List the {part.path.rpartition('/')[2]} of an agent.",
            query=part.list.query,
            returns=part.returns,
        )

    def _adding(self) -> Operation:
        return for_company(
            _DEVICES.rel,
            "POST",
            _DEVICES.path,
            self.add_devices,
            permission="agents:manage",
            existence=self.existence,
            summary="Add one device or several behind an agent.",
            body=one_or_list(_NEW_DEVICE),
            status=201,
            returns={"anyOf": [one(_DEVICES.rel, _NAMED), listed(_DEVICES.rel, _NAMED)]},
            situations=(Situation.NOT_FOUND,),
        )


def _add(connection: Connection, rows: list[dict[str, Any]]) -> None:
    connection.execute(insert(devices), rows)
