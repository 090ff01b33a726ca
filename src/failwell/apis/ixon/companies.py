"""Companies: those of the person who is calling, and the one the call concerns."""

from typing import Any

from sqlalchemy import Connection, or_, select, update

from failwell.apis.ixon.caller import caller_of
from failwell.apis.ixon.fields import Fields
from failwell.apis.ixon.listing import Listing
from failwell.apis.ixon.operations import for_company, for_person
from failwell.apis.ixon.rows import Row
from failwell.apis.ixon.tables import companies, memberships
from failwell.apis.ixon.wire import item, listed, one, reply
from failwell.core.clock import Clock
from failwell.server.operation import Call, Operation, Reply
from failwell.server.schemas import Schema, text
from failwell.stores.database import Database

__all__ = ["Companies"]

_NAME: Schema = text(1, 255)
_COUNTRY: Schema = {"type": "string", "pattern": "^[A-Z]{2}$"}
_COMPANY: Schema = item(name=_NAME, country=_COUNTRY)
_CHANGES: Schema = {"type": "object", "properties": {"name": _NAME, "country": _COUNTRY}}
_FIELDS = Fields("name", "country")
_QUERY: Schema = {"type": "object", "properties": {"fields": _FIELDS.schema}}


def _shown(row: Row) -> dict[str, Any]:
    return {"publicId": row["id"], "name": row["name"], "country": row["country"]}


_LIST = Listing("CompanyList", companies.c.id, _shown, _FIELDS)


class Companies:
    """The endpoints of companies.

    Args:
        database: ``ixon.db``.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list(self, call: Call) -> Reply:
        """List the companies the caller belongs to."""
        mine = select(memberships.c.company_id).where(
            memberships.c.user_id == caller_of(call).person,
            or_(
                memberships.c.expires_at.is_(None),
                memberships.c.expires_at > self._clock.now(),
            ),
        )
        query = select(companies).where(companies.c.id.in_(mine))
        return await _LIST.answer(self._database, call, query)

    async def get(self, call: Call) -> Reply:
        """Read the company the call concerns."""
        row = await self._database.read(lambda connection: _find(connection, call.tenant))
        return reply("MyCompany", _FIELDS.choose(_shown(row), call.query.get("fields")))

    async def change(self, call: Call) -> Reply:
        """Change the members that are given."""
        changes = {name: call.body[name] for name in ("name", "country") if name in call.body}
        row = await self._database.write(
            lambda connection: _change(connection, call.tenant, changes)
        )
        return reply("MyCompany", _shown(row))

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            for_person(
                "CompanyList",
                "GET",
                "/companies",
                self.list,
                summary="List one's companies.",
                query=_LIST.query,
                returns=listed("CompanyList", _COMPANY),
            ),
            for_company(
                "MyCompany",
                "GET",
                "/companies/me",
                self.get,
                summary="Read the company of the call.",
                query=_QUERY,
                returns=one("MyCompany", _COMPANY),
            ),
            for_company(
                "MyCompany",
                "PATCH",
                "/companies/me",
                self.change,
                permission="companies:manage",
                summary="Change name or country of the company.",
                body=_CHANGES,
                returns=one("MyCompany", _COMPANY),
            ),
        )


def _find(connection: Connection, company_id: str) -> Row:
    query = select(companies).where(companies.c.id == company_id)
    return dict(connection.execute(query).mappings().one())


def _change(connection: Connection, company_id: str, changes: dict[str, Any]) -> Row:
    if changes:
        change = update(companies).where(companies.c.id == company_id)
        connection.execute(change.values(**changes))
    return _find(connection, company_id)
