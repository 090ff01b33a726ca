"""Webhooks: addresses that an organization wants to be told at when something breaks.

They are stored here; nothing is sent yet.
"""

import base64
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from failwell.apis.connix.tables import webhooks
from failwell.apis.connix.wire import BOTH
from failwell.core.clock import Clock, timestamp
from failwell.core.exceptions import NotFoundError, ValidationError
from failwell.core.situation import Situation
from failwell.security.keys import random_id
from failwell.server.operation import Call, Operation, Reply
from failwell.server.schemas import MOMENT, Schema, answer, identifier
from failwell.stores.database import Database

__all__ = ["Webhooks"]

_MOST = 100
"""Webhooks an organization may have."""

_EVENTS = ("error.occurred",)
_SEVERITIES = ("low", "medium", "high", "critical")

_URL: Schema = {
    "type": "string",
    "format": "uri",
    "minLength": 1,
    "maxLength": 2048,
    "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://",
}
_EVENT_LIST: Schema = {
    "type": "array",
    "items": {"type": "string", "enum": list(_EVENTS)},
    "minItems": 1,
    "maxItems": 10,
}
_FILTERS: Schema = {
    "type": "object",
    "properties": {
        "severity": {
            "type": "array",
            "items": {"type": "string", "enum": list(_SEVERITIES)},
            "minItems": 1,
            "maxItems": 10,
        }
    },
}

_NEW: Schema = {
    "type": "object",
    "properties": {"url": _URL, "events": _EVENT_LIST, "filters": _FILTERS},
    "required": ["url", "events"],
}
_WEBHOOK: Schema = answer(
    id=identifier("whk_1234567890abcdef"),
    url=_URL,
    events=_EVENT_LIST,
    filters=_FILTERS,
    created_at=MOMENT,
)
_WITH_SECRET: Schema = answer(
    **_WEBHOOK["properties"],
    secret={"type": "string", "description": "Signs what is sent. Shown this once."},
)
_LIST: Schema = answer(webhooks={"type": "array", "items": _WEBHOOK})


class Webhooks:
    """The endpoints of webhooks.

    Args:
        database: ``connix.db``.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create(self, call: Call) -> Reply:
        """Store a webhook; the answer is the only one that holds its secret."""
        row = _row(call.tenant, call.body, now=self._clock.now())
        await self._database.write(lambda connection: _add(connection, row))
        return Reply(body=_webhook(row) | {"secret": row["secret"]})

    async def list(self, call: Call) -> Reply:
        """List the webhooks of the organization, oldest first."""
        tenant = call.tenant
        rows = await self._database.read(lambda connection: _list(connection, tenant))
        return Reply(body={"webhooks": [_webhook(row) for row in rows]})

    async def get(self, call: Call) -> Reply:
        """Read a webhook."""
        tenant, webhook_id = call.tenant, call.path["webhook_id"]
        row = await self._database.read(lambda connection: _find(connection, tenant, webhook_id))
        return Reply(body=_webhook(row))

    async def delete(self, call: Call) -> Reply:
        """Forget a webhook."""
        tenant, webhook_id = call.tenant, call.path["webhook_id"]
        await self._database.write(lambda connection: _remove(connection, tenant, webhook_id))
        return Reply()

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="GET",
                path="/webhooks",
                handler=self.list,
                id="listWebhooks",
                summary="List webhooks.",
                tags=("webhooks",),
                auth=BOTH,
                returns=_LIST,
            ),
            Operation(
                method="POST",
                path="/webhooks",
                handler=self.create,
                id="createWebhook",
                summary="Ask to be told about critical errors.",
                tags=("webhooks",),
                auth=BOTH,
                body=_NEW,
                status=201,
                returns=_WITH_SECRET,
                situations=(Situation.UNPROCESSABLE,),
            ),
            Operation(
                method="GET",
                path="/webhooks/{webhook_id}",
                handler=self.get,
                id="getWebhook",
                summary="Read a webhook.",
                tags=("webhooks",),
                auth=BOTH,
                returns=_WEBHOOK,
                situations=(Situation.NOT_FOUND,),
            ),
            Operation(
                method="DELETE",
                path="/webhooks/{webhook_id}",
                handler=self.delete,
                id="deleteWebhook",
                summary="Delete a webhook.",
                tags=("webhooks",),
                auth=BOTH,
                status=204,
                situations=(Situation.NOT_FOUND,),
            ),
        )


def _row(organization_id: str, body: Mapping[str, Any], *, now: float) -> dict[str, Any]:
    # Standard Webhooks: the prefix, then 24 to 64 random bytes.
    secret = base64.b64encode(secrets.token_bytes(24)).decode("ascii")
    given = body.get("filters", {})
    return {
        "id": random_id("whk_"),
        "organization_id": organization_id,
        "url": body["url"],
        "events": body["events"],
        "filters": {name: given[name] for name in ("severity",) if name in given},
        "secret": f"whsec_{secret}",
        "created_at": now,
    }


def _add(connection: Connection, row: Mapping[str, Any]) -> None:
    own = webhooks.c.organization_id == row["organization_id"]
    count = select(func.count()).select_from(webhooks).where(own)
    if connection.execute(count).scalar_one() >= _MOST:
        raise ValidationError(
            situation=Situation.UNPROCESSABLE,
            field="url",
            reason=f"An organization has at most {_MOST} webhooks",
        )
    connection.execute(insert(webhooks).values(row))


def _list(connection: Connection, organization_id: str) -> list[Mapping[str, Any]]:
    query = (
        select(webhooks)
        .where(webhooks.c.organization_id == organization_id)
        .order_by(webhooks.c.created_at, webhooks.c.id)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _find(connection: Connection, organization_id: str, webhook_id: str) -> Mapping[str, Any]:
    query = select(webhooks).where(*_own(organization_id, webhook_id))
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFoundError(resource_type="webhook", resource_id=webhook_id)
    return dict(row)


def _remove(connection: Connection, organization_id: str, webhook_id: str) -> None:
    gone = connection.execute(delete(webhooks).where(*_own(organization_id, webhook_id)))
    if gone.rowcount == 0:
        raise NotFoundError(resource_type="webhook", resource_id=webhook_id)


def _own(organization_id: str, webhook_id: str) -> tuple[ColumnElement[bool], ...]:
    return webhooks.c.organization_id == organization_id, webhooks.c.id == webhook_id


def _webhook(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: row[name] for name in ("id", "url", "events", "filters")}
    return shown | {"created_at": timestamp(row["created_at"])}
