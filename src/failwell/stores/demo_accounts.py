"""Demo accounts: what a first look at an API needs, kept for as long as it works.

Secrets cannot be read back from their hashes, so what an earlier start wrote down is
handed in again; only what is missing or broken is made anew.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

from failwell.core.clock import Clock
from failwell.core.exceptions import FailwellError
from failwell.stores.accounts import AccountStore, Tenant, User
from failwell.stores.credentials import CredentialStore
from failwell.stores.issuing import DEFAULT_TENANT

__all__ = ["DemoAccounts", "PasswordHasher"]


class _Check(Protocol):
    @property
    def matches(self) -> bool: ...


class PasswordHasher(Protocol):
    """Hashes passwords and checks them."""

    async def hash(self, password: str) -> str:
        """Hash a new password for storage."""
        ...

    async def check(self, password: str, stored: str | None) -> _Check:
        """Compare a password with a stored hash."""
        ...


class DemoAccounts:
    """Makes what is missing of the demo accounts of one API.

    Args:
        accounts: Where tenants and people are kept.
        credentials: Where keys and tokens are kept.
        api: The API.
        passwords: Hashes and checks passwords, for APIs whose people log in.
        clock: Where the time comes from.
    """

    def __init__(
        self,
        accounts: AccountStore,
        credentials: CredentialStore,
        *,
        api: str,
        passwords: PasswordHasher | None = None,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._credentials = credentials
        self._api = api
        self._passwords = passwords
        self._clock = clock

    async def tenant(self, name: str = DEFAULT_TENANT, *, tenant_id: str) -> Tenant:
        """Find a tenant, or make it with this identifier."""
        return await self._accounts.ensure_tenant(name, api=self._api, tenant_id=tenant_id)

    async def user(
        self,
        login: str,
        tenant: Tenant,
        *,
        user_id: str,
        known: str | None,
        generate: Callable[[], str],
    ) -> tuple[User, str]:
        """Find a person or make one, with a password that works.

        Args:
            login: What the person logs in with.
            tenant: The tenant it acts for.
            user_id: Identifier of a new one.
            known: The password of an earlier start.
            generate: Makes another one.
        """
        user = await self._accounts.find_user(login, api=self._api)
        if user is None:
            user = await self._accounts.add_user(
                login, api=self._api, user_id=user_id, tenant_id=tenant.id
            )
        if self._passwords is None:
            raise FailwellError("people log in with passwords; give something that hashes them")
        if known and await _works(self._passwords, user, known):
            return user, known
        password = generate()
        hashed = await self._passwords.hash(password)
        await self._accounts.set_password_hash(user.id, hashed)
        return user, password

    async def key(
        self,
        known: str | None,
        *,
        generate: Callable[[], str],
        credential_id: str,
        kind: str,
        tenant: Tenant,
        user: User | None = None,
        name: str,
        scopes: Iterable[str],
        environment: str | None = None,
        plan: str | None = None,
    ) -> str:
        """Keep a key that works, or make one; either way it has these scopes.

        Args:
            known: The key of an earlier start.
            generate: Makes another one.
            credential_id: Identifier of a new one.
            kind: What the store calls such keys.
            tenant: Whose it is.
            user: Who made it.
            name: What its owner calls it.
            scopes: What it may do.
            environment: Which environment it opens.
            plan: Its own plan.
        """
        scopes = tuple(scopes)
        found = await self._credentials.find_by_secret(known or "", api=self._api)
        if known and found is not None and found.refusal(self._clock.now()) is None:
            await self._credentials.update(
                found.id, api=self._api, tenant_id=found.tenant_id, scopes=scopes
            )
            return known
        issued = await self._credentials.issue(
            generate(),
            credential_id=credential_id,
            api=self._api,
            kind=kind,
            tenant_id=tenant.id,
            user_id=None if user is None else user.id,
            name=name,
            scopes=scopes,
            environment=environment,
            plan=plan,
        )
        return issued.secret


async def _works(passwords: PasswordHasher, user: User, password: str) -> bool:
    # Asking about a new person would cost a hash, and the answer is known.
    if user.password_hash is None:
        return False
    return (await passwords.check(password, user.password_hash)).matches
