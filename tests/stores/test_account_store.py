"""Tenants and users: one of each name, and none of another API."""

import asyncio

import pytest

from failwell.core.exceptions import ConflictError
from failwell.stores.accounts import AccountStore
from failwell.testing import FakeClock


@pytest.fixture
async def accounts(shared):
    """The store under test, with one tenant."""
    accounts = AccountStore(shared, clock=FakeClock())
    await accounts.ensure_tenant("One", api="connix", tenant_id="org_1")
    return accounts


async def test_tenant_of_a_name_is_made_once(accounts):
    """Commands that start together end up with the same tenant."""
    made = await asyncio.gather(
        *(
            accounts.ensure_tenant("New", api="connix", tenant_id=f"org_n{number}", plan="pro")
            for number in range(5)
        )
    )

    assert len({tenant.id for tenant in made}) == 1
    assert await accounts.tenant(made[0].id, api="connix") == made[0]
    assert made[0].plan == "pro"


async def test_same_name_in_two_apis_is_two_tenants(accounts):
    """APIs do not share tenants."""
    other = await accounts.ensure_tenant("One", api="ixon", tenant_id="company_1")

    assert other.id == "company_1"
    assert await accounts.tenant("company_1", api="connix") is None


async def test_user_is_found_by_id_and_login(accounts):
    """A user is the same by its id and by the name it logs in with."""
    user = await accounts.add_user(
        "ada@example.com", api="connix", user_id="user_1", tenant_id="org_1", password_hash="h"
    )

    assert await accounts.user("user_1", api="connix") == user
    assert await accounts.find_user("ada@example.com", api="connix") == user
    assert await accounts.find_user("ada@example.com", api="ixon") is None
    assert await accounts.find_user("bob@example.com", api="connix") is None


async def test_login_is_unique(accounts):
    """A second user of the same login is a conflict that names the field."""
    await accounts.add_user("ada", api="connix", user_id="user_1", tenant_id="org_1")

    with pytest.raises(ConflictError) as taken:
        await accounts.add_user("ada", api="connix", user_id="user_2", tenant_id="org_1")

    assert taken.value.params == {"resource_type": "user", "field": "login", "value": "ada"}


async def test_password_hash_can_be_replaced(accounts):
    """A hash of older settings is replaced at the next log-in."""
    await accounts.add_user("ada", api="connix", user_id="user_1", tenant_id="org_1")

    await accounts.set_password_hash("user_1", "stronger")

    assert (await accounts.user("user_1", api="connix")).password_hash == "stronger"
