"""Passwords: argon2id, a few at a time, and no way to tell who exists."""

import asyncio
import threading
import time

import pytest
from argon2 import Parameters, Type, extract_parameters

from failwell.core.exceptions import UnavailableError
from failwell.security.passwords import PasswordCheck, Passwords


@pytest.fixture
async def quick():
    """Passwords that cost nearly nothing."""
    passwords = Passwords(memory_kib=8, rounds=1)
    yield passwords
    await passwords.close()


async def test_password_matches_its_hash_only(quick):
    """The right password matches; a hash never shows it."""
    stored = await quick.hash("correct horse")

    assert "correct" not in stored
    assert await quick.check("correct horse", stored) == PasswordCheck(True)
    assert await quick.check("correct horse ", stored) == PasswordCheck(False)


async def test_equal_passwords_have_different_hashes(quick):
    """A stolen table does not show who shares a password."""
    assert await quick.hash("same") != await quick.hash("same")


@pytest.mark.parametrize("password", ["", "\x00", "\ud800", "p\u00e4ss", "x" * 100_000])
async def test_any_text_can_be_a_password(quick, password):
    """Whatever a caller sends is hashed or wrong, never a crash."""
    assert (await quick.check(password, await quick.hash(password))).matches


async def test_default_settings_are_those_recommended():
    """OWASP's argon2id: 19 MiB, two passes, one lane."""
    passwords = Passwords()
    stored = await passwords.hash("x")
    await passwords.close()

    assert extract_parameters(stored) == Parameters(
        type=Type.ID,
        version=19,
        salt_len=16,
        hash_len=32,
        time_cost=2,
        memory_cost=19_456,
        parallelism=1,
    )


async def test_hash_of_weaker_settings_should_be_renewed(quick):
    """After the settings were raised, a matching log-in says to hash anew."""
    old = await quick.hash("secret")
    stronger = Passwords(memory_kib=16, rounds=2)

    assert await stronger.check("secret", old) == PasswordCheck(True, needs_rehash=True)
    assert await stronger.check("wrong", old) == PasswordCheck(False)
    await stronger.close()


async def test_unknown_user_costs_as_much_and_never_matches():
    """The time of an answer does not tell which users exist."""
    passwords = Passwords(memory_kib=19_456, rounds=2)
    stored = await passwords.hash("secret")

    async def fastest(against):
        times = []
        for _ in range(5):
            begun = time.perf_counter()
            assert not (await passwords.check("guess", against)).matches
            times.append(time.perf_counter() - begun)
        return min(times)

    known, unknown = await fastest(stored), await fastest(None)
    await passwords.close()

    assert 0.2 < unknown / known < 5.0


@pytest.mark.parametrize("stored", ["", "not a hash", "$argon2id$v=19$m=8,t=1,p=1$x$y"])
async def test_damaged_hash_matches_nothing(quick, stored):
    """A row that is no hash lets nobody in."""
    assert not (await quick.check("", stored)).matches


async def test_few_are_worked_on_at_once_and_few_wait():
    """A storm of log-ins takes the threads it may and no more; the rest is refused."""
    passwords = Passwords(concurrency=2, waiting=3, memory_kib=8, rounds=1)
    gate, running, most = threading.Event(), [], []

    class Hasher:
        def hash(self, password):
            running.append(password)
            most.append(len(running))
            assert gate.wait(10)
            running.remove(password)
            return "hash"

    passwords._hasher = Hasher()
    tasks = [asyncio.create_task(passwords.hash(f"p{number}")) for number in range(5)]
    await asyncio.sleep(0)

    with pytest.raises(UnavailableError) as refused:
        await passwords.hash("one more")

    gate.set()
    assert await asyncio.gather(*tasks) == ["hash"] * 5
    assert max(most) <= 2
    assert refused.value.params["reason"] == "overload"
    assert await passwords.hash("again") == "hash"
    await passwords.close()


async def test_event_loop_goes_on_while_hashing():
    """Other requests are answered while passwords are worked on."""
    passwords = Passwords(memory_kib=19_456, rounds=2)
    task = asyncio.create_task(passwords.hash("x"))
    turns = 0
    while not task.done():
        turns += 1
        await asyncio.sleep(0)
    await passwords.close()

    assert turns > 5
