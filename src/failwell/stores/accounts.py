"""Tenants and users: whose credentials and resources these are.

Every row names its API, and every look-up does too, so accounts of one API do not exist
for another.
"""

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from failwell.core.clock import Clock, SystemClock
from failwell.core.exceptions import ConflictError
from failwell.stores.database import Database
from failwell.stores.tables import tenants, users

__all__ = ["AccountStore", "Tenant", "User"]


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """A customer of one API: an organization, a company, an environment."""

    id: str
    """Its identifier on the wire."""

    api: str
    """The API it belongs to."""

    name: str
    """Unique in the API."""

    plan: str
    """What it pays for, ``free``."""

    created_at: float
    """Unix seconds."""


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person who can log in to one API."""

    id: str
    """Its identifier on the wire."""

    api: str
    """The API it belongs to."""

    tenant_id: str
    """The tenant it acts for."""

    login: str
    """E-mail address or user name, unique in the API."""

    password_hash: str | None
    """As `failwell.security.passwords` made it; ``None`` when it cannot log in."""

    created_at: float
    """Unix seconds."""


class AccountStore:
    """Tenants and users in a database.

    Args:
        database: ``failwell.db``.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    async def ensure_tenant(
        self, name: str, *, api: str, tenant_id: str, plan: str = "free"
    ) -> Tenant:
        """Find the tenant of a name, or make it with this id and plan."""

        def ensure(connection: Connection) -> Tenant:
            found = connection.execute(
                select(tenants).where(tenants.c.api == api, tenants.c.name == name)
            ).first()
            if found is not None:
                return _tenant(found)
            made = Tenant(id=tenant_id, api=api, name=name, plan=plan, created_at=self._clock.now())
            connection.execute(insert(tenants).values(msgspec.structs.asdict(made)))
            return made

        return await self._database.write(ensure)

    async def tenant(self, tenant_id: str, *, api: str) -> Tenant | None:
        """Look up a tenant by its id."""
        query = select(tenants).where(tenants.c.id == tenant_id, tenants.c.api == api)
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None else _tenant(row)

    async def set_plan(self, tenant_id: str, plan: str) -> None:
        """Move a tenant to another plan."""
        change = update(tenants).where(tenants.c.id == tenant_id).values(plan=plan)
        await self._database.write(lambda connection: connection.execute(change).rowcount)

    async def add_user(
        self,
        login: str,
        *,
        api: str,
        user_id: str,
        tenant_id: str,
        password_hash: str | None = None,
    ) -> User:
        """Make a user.

        Raises:
            ConflictError: The login is taken.
        """
        user = User(
            id=user_id,
            api=api,
            tenant_id=tenant_id,
            login=login,
            password_hash=password_hash,
            created_at=self._clock.now(),
        )
        row = insert(users).values(msgspec.structs.asdict(user))
        try:
            await self._database.write(lambda connection: connection.execute(row).rowcount)
        except IntegrityError as error:
            raise ConflictError(resource_type="user", field="login", value=login) from error
        return user

    async def user(self, user_id: str, *, api: str) -> User | None:
        """Look up a user by its id."""
        return await self._user(users.c.id == user_id, api)

    async def find_user(self, login: str, *, api: str) -> User | None:
        """Look up a user by the name it logs in with."""
        return await self._user(users.c.login == login, api)

    async def set_password_hash(self, user_id: str, password_hash: str) -> None:
        """Replace the stored hash of a user's password."""
        change = update(users).where(users.c.id == user_id).values(password_hash=password_hash)
        await self._database.write(lambda connection: connection.execute(change).rowcount)

    async def _user(self, condition: Any, api: str) -> User | None:
        query = select(users).where(condition, users.c.api == api)
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None else User(**row._mapping)


def _tenant(row: Row[Any]) -> Tenant:
    return Tenant(**row._mapping)
