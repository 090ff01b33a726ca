"""Credentials in ``failwell.db``, and the short memory that keeps them fast.

Every request of every API ends here, so what a hash stands for is remembered for half a
second; a revocation in another process acts within a second.
"""

import hashlib
import hmac
from collections.abc import Iterable
from typing import Any

from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, Row, delete, insert, select, update

from failwell.core.clock import Clock, SystemClock
from failwell.stores.credentials import Credential, IssuedCredential
from failwell.stores.database import Database
from failwell.stores.recent import Recent
from failwell.stores.tables import credentials, tenants

__all__ = ["SqlCredentialStore"]

_TOUCH_SECONDS = 60.0


class SqlCredentialStore:
    """Credentials in ``failwell.db``; implements `CredentialStore`.

    Args:
        database: ``failwell.db``.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self._recent: Recent[str, tuple[str, Credential] | None] = Recent(
            self._load, clock=self._clock
        )
        self._touched: dict[str, float] = {}

    async def issue(
        self,
        secret: str,
        *,
        credential_id: str,
        api: str,
        kind: str,
        tenant_id: str,
        user_id: str | None = None,
        name: str | None = None,
        description: str | None = None,
        scopes: Iterable[str] = (),
        plan: str | None = None,
        environment: str | None = None,
        expires_at: float | None = None,
    ) -> IssuedCredential:
        """Store the hash of a new secret; the answer is the last to know the secret."""
        row = insert(credentials).values(
            id=credential_id,
            api=api,
            kind=kind,
            tenant_id=tenant_id,
            user_id=user_id,
            secret_hash=_fingerprint(secret),
            hint=_hint(secret),
            name=name,
            description=description,
            scopes=list(scopes),
            plan=plan,
            environment=environment,
            created_at=self._clock.now(),
            expires_at=expires_at,
        )

        def store(connection: Connection) -> Credential:
            connection.execute(row)
            return _credential(connection.execute(_query(id=credential_id)).one())

        credential = await self._database.write(store)
        self._recent.forget()
        return IssuedCredential(credential=credential, secret=secret)

    async def find_by_secret(self, secret: str, *, api: str) -> Credential | None:
        """Find what a secret stands for, revoked and expired ones too."""
        fingerprint = _fingerprint(secret)
        found = await self._recent.get(fingerprint)
        if found is None or not hmac.compare_digest(found[0], fingerprint):
            return None
        return found[1] if found[1].api == api else None

    async def get(
        self, credential_id: str, *, api: str | None = None, tenant_id: str | None = None
    ) -> Credential | None:
        """Look up one that is not revoked by its id, within a tenant if given."""
        query = _query(id=credential_id, api=api, tenant_id=tenant_id, revoked=False)
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None else _credential(row)

    async def list(
        self,
        *,
        api: str | None = None,
        kind: str | None = None,
        tenant_id: str | None = None,
        revoked: bool = False,
    ) -> tuple[Credential, ...]:
        """List credentials, oldest first; revoked ones only when asked for."""
        query = _query(api=api, kind=kind, tenant_id=tenant_id, revoked=revoked)
        query = query.order_by(credentials.c.created_at, credentials.c.id)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return tuple(map(_credential, rows))

    async def update(
        self,
        credential_id: str,
        *,
        api: str,
        tenant_id: str,
        name: str | UnsetType = UNSET,
        description: str | UnsetType | None = UNSET,
        scopes: Iterable[str] | UnsetType = UNSET,
    ) -> Credential | None:
        """Change what is given; ``None`` when there is no such credential."""
        changes: dict[str, Any] = {"name": name, "description": description}
        changes["scopes"] = scopes if isinstance(scopes, UnsetType) else [*scopes]
        changes = {column: value for column, value in changes.items() if value is not UNSET}

        def change(connection: Connection) -> Credential | None:
            row = connection.execute(
                _query(id=credential_id, api=api, tenant_id=tenant_id, revoked=False)
            ).first()
            if row is None or not changes:
                return None if row is None else _credential(row)
            connection.execute(
                update(credentials).where(credentials.c.id == credential_id).values(**changes)
            )
            return _credential(connection.execute(_query(id=credential_id)).one())

        changed = await self._database.write(change)
        self._recent.forget()
        return changed

    async def revoke(
        self, credential_id: str, *, api: str | None = None, tenant_id: str | None = None
    ) -> bool:
        """Take a credential back; says whether there was one to take back."""
        change = update(credentials).where(
            credentials.c.id == credential_id, credentials.c.revoked_at.is_(None)
        )
        if api is not None:
            change = change.where(credentials.c.api == api)
        if tenant_id is not None:
            change = change.where(credentials.c.tenant_id == tenant_id)
        change = change.values(revoked_at=self._clock.now())
        count = await self._database.write(lambda connection: connection.execute(change).rowcount)
        self._recent.forget()
        return count > 0

    async def purge(self, *, before: float, limit: int) -> int:
        """Forget at most `limit` credentials that ended before a moment; says how many those were.

        From then on they are unknown. Those without an end stay, revoked ones too.
        """
        ended = select(credentials.c.id).where(credentials.c.expires_at < before).limit(limit)
        gone = delete(credentials).where(credentials.c.id.in_(ended))
        return await self._database.write(lambda connection: connection.execute(gone).rowcount)

    def used(self, credential: Credential) -> None:
        """Note a use; never fails and never waits.

        Once a minute is enough for people to see which keys are in use, and a write for
        every request would be the slowest part of it.
        """
        now = self._clock.now()
        if now - self._touched.get(credential.id, 0.0) < _TOUCH_SECONDS:
            return
        if len(self._touched) > 10_000:
            self._touched.clear()
        self._touched[credential.id] = now
        touch = (
            update(credentials).where(credentials.c.id == credential.id).values(last_used_at=now)
        )
        self._database.offer(lambda connection: connection.execute(touch))

    async def _load(self, fingerprint: str) -> tuple[str, Credential] | None:
        query = _query().where(credentials.c.secret_hash == fingerprint)
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None else (row.secret_hash, _credential(row))


def _fingerprint(secret: str) -> str:
    """Secrets are long and random, so one fast hash is enough; the words keep it ours."""
    data = b"failwell credential\0" + secret.encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()


def _hint(secret: str) -> str:
    return secret[: min(8, len(secret) // 4)]


def _query(*, revoked: bool = True, **equal: str | None) -> Any:
    query = select(credentials, tenants.c.plan.label("tenant_plan")).join(tenants)
    for column, value in equal.items():
        if value is not None:
            query = query.where(credentials.c[column] == value)
    return query if revoked else query.where(credentials.c.revoked_at.is_(None))


def _credential(row: Row[Any]) -> Credential:
    values = dict(row._mapping)
    values["plan"] = values["plan"] or values["tenant_plan"]
    values["scopes"] = tuple(values["scopes"])
    del values["tenant_plan"], values["secret_hash"]
    return Credential(**values)
