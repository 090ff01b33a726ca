"""What operators issue, and what a first start makes: found again, never twice."""

import pytest

from failwell.core.exceptions import FailwellError
from failwell.security.passwords import Passwords
from failwell.stores.accounts import AccountStore
from failwell.stores.credentials_sql import SqlCredentialStore
from failwell.stores.demo_accounts import DemoAccounts
from failwell.stores.issuing import check_words, expiry, owner, person
from failwell.testing import FakeClock


@pytest.fixture
def accounts(shared):
    """Tenants and people."""
    return AccountStore(shared)


@pytest.fixture
def credentials(shared):
    """Keys and tokens."""
    return SqlCredentialStore(shared)


@pytest.fixture
async def demo(accounts, credentials):
    """The demo accounts of an API, with passwords that cost nearly nothing."""
    passwords = Passwords(memory_kib=8, rounds=1)
    yield DemoAccounts(accounts, credentials, api="library", passwords=passwords, clock=FakeClock())
    await passwords.close()


def test_unknown_words_name_the_known_ones():
    """The operator reads what there is."""
    check_words("library", "scope", ["read"], ["read", "write"])

    with pytest.raises(FailwellError, match=r"library has no scope 'rite'; it has: read, write"):
        check_words("library", "scope", ["read", "rite"], ["read", "write"])


def test_a_lifetime_becomes_a_moment():
    """Seconds from now, or never."""
    assert expiry(FakeClock(100.0), 5) == 105.0
    assert expiry(FakeClock(100.0), None) is None


async def test_a_tenant_is_found_by_name_and_by_id(accounts):
    """A new name makes a tenant, once; its identifier names it too."""
    made = await owner(accounts, "Acme", api="library", new_id=lambda: "t_1", plan="pro")
    again = await owner(accounts, "Acme", api="library", new_id=lambda: "t_2")
    by_id = await owner(accounts, "t_1", api="library", new_id=lambda: "t_3")
    nobody = await owner(accounts, None, api="library", new_id=lambda: "t_4")

    assert made == again == by_id
    assert (made.id, made.plan) == ("t_1", "pro")
    assert (nobody.id, nobody.name) == ("t_4", "Demo")


async def test_a_person_belongs_to_one_tenant(accounts):
    """A person is made once and cannot be taken for another tenant."""
    ours = await owner(accounts, "Ours", api="library", new_id=lambda: "t_1")
    theirs = await owner(accounts, "Theirs", api="library", new_id=lambda: "t_2")
    ann = await person(accounts, "ann@example.com", ours, api="library", new_id=lambda: "u_1")

    assert ann == await person(
        accounts, "ann@example.com", ours, api="library", new_id=lambda: "u_2"
    )
    with pytest.raises(FailwellError, match="another tenant than Theirs"):
        await person(accounts, "ann@example.com", theirs, api="library", new_id=lambda: "u_3")


async def test_a_demo_key_is_kept_while_it_works(demo, credentials):
    """A key of an earlier start stays, with the scopes of this one; a revoked one is replaced."""
    tenant = await demo.tenant(tenant_id="t_1")

    async def key(known, number, scopes):
        return await demo.key(
            known,
            generate=lambda: f"secret-{number}",
            credential_id=f"key_{number}",
            kind="api-key",
            tenant=tenant,
            name="Demo",
            scopes=scopes,
        )

    first = await key(None, 1, ["read"])
    assert await key(first, 2, ["read", "write"]) == first == "secret-1"
    found = await credentials.find_by_secret(first, api="library")
    assert found.scopes == ("read", "write")

    await credentials.revoke("key_1")
    assert await key(first, 3, ["read"]) == "secret-3"
    assert await key("never issued", 4, ["read"]) == "secret-4"


async def test_a_demo_password_is_kept_while_it_works(demo):
    """The password of an earlier start stays; a wrong one is replaced by one that works."""
    tenant = await demo.tenant(tenant_id="t_1")

    async def log_in(known, password):
        return await demo.user(
            "demo@example.com", tenant, user_id="u_1", known=known, generate=lambda: password
        )

    user, first = await log_in(None, "first")
    _, kept = await log_in("first", "second")
    again, replaced = await log_in("wrong", "third")

    assert (first, kept, replaced) == ("first", "first", "third")
    assert user.id == again.id == "u_1"
