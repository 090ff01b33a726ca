"""Credentials: shown once, found by their hash, taken back everywhere within a second."""

import asyncio
import inspect
import time

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError, OperationalError

from failwell.core.clock import SystemClock
from failwell.stores.accounts import AccountStore
from failwell.stores.credentials import CredentialStore
from failwell.stores.credentials_sql import SqlCredentialStore
from failwell.stores.database import Database
from failwell.stores.tables import MIGRATIONS, credentials
from failwell.testing import FakeClock

SECRET = "cx_" + "0123456789abcdef" * 2


@pytest.fixture
def clock():
    """A clock that stands still."""
    return FakeClock()


@pytest.fixture
async def accounts(shared):
    """Two tenants of one API and one of another."""
    accounts = AccountStore(shared)
    await accounts.ensure_tenant("One", api="connix", tenant_id="org_1")
    await accounts.ensure_tenant("Two", api="connix", tenant_id="org_2", plan="pro")
    await accounts.ensure_tenant("One", api="ixon", tenant_id="company_1")
    return accounts


@pytest.fixture
async def store(shared, accounts, clock):
    """The store under test."""
    return SqlCredentialStore(shared, clock=clock)


async def issue(store, secret=SECRET, **given):
    values = {"credential_id": "key_1", "api": "connix", "kind": "api-key", "tenant_id": "org_1"}
    return await store.issue(secret, **{**values, **given})


@pytest.mark.parametrize(
    "method", [name for name in vars(CredentialStore) if not name.startswith("_")]
)
def test_sql_store_keeps_the_protocol(method):
    """The SQL store has the methods of the protocol, word for word."""
    promised = inspect.signature(getattr(CredentialStore, method))

    assert inspect.signature(getattr(SqlCredentialStore, method)) == promised


async def test_issued_secret_is_found(store, clock):
    """A secret stands for what was said when it was issued."""
    issued = await issue(
        store, scopes=["projects:read"], name="CI", expires_at=clock.now() + 60, user_id=None
    )

    found = await store.find_by_secret(SECRET, api="connix")

    assert issued.secret == SECRET
    assert found == issued.credential
    assert (found.id, found.tenant_id, found.scopes) == ("key_1", "org_1", ("projects:read",))
    assert (found.name, found.hint, found.created_at) == ("CI", "cx_01234", clock.now())
    assert found.expires_at == clock.now() + 60


async def test_secret_is_nowhere_but_in_the_answer(shared, store):
    """Neither the file nor any text made from the answer holds the secret."""
    issued = await issue(store)
    await shared.close()

    on_disk = b"".join(path.read_bytes() for path in shared.path.parent.glob("failwell.db*"))
    assert SECRET.encode() not in on_disk
    assert SECRET[8:] not in f"{issued!r} {issued} {issued.credential!r}"


@pytest.mark.parametrize(
    "secret", [SECRET.upper(), SECRET[:-1], SECRET + " ", "", "\ud800", "x" * 10_000]
)
async def test_other_secrets_find_nothing(store, secret):
    """Only the very secret opens."""
    await issue(store)

    assert await store.find_by_secret(secret, api="connix") is None


async def test_secret_of_one_api_does_not_exist_for_another(store):
    """The same text sent to another API is unknown there."""
    await issue(store)

    assert await store.find_by_secret(SECRET, api="ixon") is None


async def test_state_tells_why_it_is_refused(store, clock):
    """Revoked and expired ones are found, with the reason they open nothing."""
    await issue(store, expires_at=clock.now() + 60)
    found = await store.find_by_secret(SECRET, api="connix")
    assert found.refusal(clock.now()) is None
    assert found.refusal(clock.now() + 60) == "expired"

    assert await store.revoke("key_1")

    found = await store.find_by_secret(SECRET, api="connix")
    assert found.refusal(clock.now()) == "revoked"


async def test_changes_of_this_process_act_at_once(store):
    """Scopes widened and keys revoked here are so for the very next request."""
    await issue(store, scopes=["projects:read"])
    await store.find_by_secret(SECRET, api="connix")

    await store.update("key_1", api="connix", tenant_id="org_1", scopes=["projects:write"])
    assert (await store.find_by_secret(SECRET, api="connix")).scopes == ("projects:write",)

    await store.revoke("key_1", api="connix", tenant_id="org_1")
    assert (await store.find_by_secret(SECRET, api="connix")).revoked_at is not None


async def test_changes_of_other_processes_act_within_a_second(shared, accounts):
    """What the command line revokes, a busy server refuses within a second."""
    server = SqlCredentialStore(shared, clock=SystemClock())
    await issue(server)
    with Database(shared.path, migrations=MIGRATIONS) as other:
        assert (await server.find_by_secret(SECRET, api="connix")).revoked_at is None

        await SqlCredentialStore(other).revoke("key_1")

        revoked = time.monotonic()
        while (await server.find_by_secret(SECRET, api="connix")).revoked_at is None:
            assert time.monotonic() - revoked < 1.0
            await asyncio.sleep(0.01)


async def test_reads_of_the_hot_path_are_few(shared, store, clock):
    """Many requests with one key cost one look into the file."""
    await issue(store)
    reads = []
    await store.find_by_secret(SECRET, api="connix")
    before = shared.read
    shared.read = lambda function: reads.append(function) or before(function)

    for _ in range(100):
        await store.find_by_secret(SECRET, api="connix")
        clock.advance(0.002)

    assert reads == []


async def test_locked_file_does_not_stop_authentication(shared, store, clock, held):
    """While the file cannot be written, issued keys work and their last use is forgotten."""
    issued = await issue(store)

    with held(shared.path):
        for _ in range(3):
            found = await store.find_by_secret(SECRET, api="connix")
            assert found == issued.credential
            store.used(found)
            clock.advance(100)
        with pytest.raises(OperationalError, match="locked"):
            await issue(store, "other", credential_id="key_2")

    store.used(found)
    await issue(store, "other", credential_id="key_2")
    assert (await store.get("key_1")).last_used_at == clock.now()


async def test_use_is_noted_once_a_minute(shared, store, clock):
    """The last use is known to the minute, and costs a write a minute at most."""
    issued = await issue(store)
    first = clock.now()
    for _ in range(59):
        store.used(issued.credential)
        clock.advance(1)
    await shared.write(lambda _: None)
    assert (await store.get("key_1")).last_used_at == first

    clock.advance(1)
    store.used(issued.credential)
    await shared.write(lambda _: None)

    assert (await store.get("key_1")).last_used_at == first + 60


async def test_plan_is_its_own_or_the_tenants(store, accounts, clock):
    """A credential without a plan follows its tenant, also when the tenant moves."""
    await issue(store, tenant_id="org_2")
    await issue(store, "own", credential_id="key_2", tenant_id="org_2", plan="enterprise")
    assert [entry.plan for entry in await store.list()] == ["pro", "enterprise"]

    await accounts.set_plan("org_2", "free")
    clock.advance(1)

    assert (await store.find_by_secret(SECRET, api="connix")).plan == "free"


async def test_tenants_do_not_see_each_other(store):
    """A key of another tenant can be neither read, changed, listed nor revoked."""
    await issue(store, scopes=["a"])

    assert await store.get("key_1", api="connix", tenant_id="org_2") is None
    assert await store.list(api="connix", tenant_id="org_2") == ()
    assert await store.update("key_1", api="connix", tenant_id="org_2", scopes=["b"]) is None
    assert not await store.revoke("key_1", api="connix", tenant_id="org_2")
    assert (await store.get("key_1")).scopes == ("a",)


async def test_lists_are_narrowed_and_ordered(store, clock):
    """Lists come oldest first, by API, kind and tenant, without the revoked."""
    for number, given in enumerate(
        [
            {},
            {"kind": "access-token"},
            {"tenant_id": "org_2"},
            {"api": "ixon", "tenant_id": "company_1"},
        ]
    ):
        await issue(store, f"secret{number}", credential_id=f"key_{number}", **given)
        clock.advance(1)
    await store.revoke("key_0")

    def ids(found):
        return [entry.id for entry in found]

    assert ids(await store.list()) == ["key_1", "key_2", "key_3"]
    assert ids(await store.list(api="connix", revoked=True)) == ["key_0", "key_1", "key_2"]
    assert ids(await store.list(api="connix", kind="access-token")) == ["key_1"]
    assert ids(await store.list(tenant_id="org_2")) == ["key_2"]


async def test_revoked_credential_is_gone_for_its_owner(store):
    """After it was taken back it cannot be read, changed or revoked again."""
    await issue(store)
    await store.revoke("key_1")

    assert await store.get("key_1") is None
    assert await store.update("key_1", api="connix", tenant_id="org_1", name="x") is None
    assert not await store.revoke("key_1")


async def test_update_changes_only_what_is_given(store):
    """Members that are left out stay; an empty description is set."""
    await issue(store, name="old", description="text", scopes=["a"])

    changed = await store.update(
        "key_1", api="connix", tenant_id="org_1", name="new", description=None
    )
    assert (changed.name, changed.description, changed.scopes) == ("new", None, ("a",))

    assert await store.update("key_1", api="connix", tenant_id="org_1") == changed


async def test_same_secret_is_not_issued_twice(store):
    """A secret stands for one credential."""
    await issue(store)

    with pytest.raises(IntegrityError):
        await issue(store, credential_id="key_2")


async def test_credential_needs_its_tenant(store):
    """There is no key of nobody."""
    with pytest.raises(IntegrityError):
        await issue(store, tenant_id="org_9")


async def test_hash_that_was_tampered_with_opens_nothing(shared, store):
    """A row whose hash is another one is not found by the old secret."""
    await issue(store)
    await shared.write(
        lambda c: c.execute(update(credentials).values(secret_hash="0" * 64)).rowcount
    )

    assert await SqlCredentialStore(shared).find_by_secret(SECRET, api="connix") is None
