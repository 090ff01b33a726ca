"""Passwords: argon2id in a few threads, the same work for known and unknown users."""

import asyncio
import os
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from failwell.core.exceptions import UnavailableError

__all__ = ["PasswordCheck", "Passwords"]

T = TypeVar("T")


class PasswordCheck(msgspec.Struct, frozen=True):
    """The outcome of comparing a password with its stored hash."""

    matches: bool
    """Whether it is the password."""

    needs_rehash: bool = False
    """Whether it matches a hash of older, weaker settings and should be hashed anew."""


class Passwords:
    """Hashes and checks passwords, a few at a time.

    Each check costs some hundredths of a second of a core and `memory_kib` on purpose;
    the cap keeps a storm of log-ins from taking the machine.

    Args:
        concurrency: How many are worked on at once.
        waiting: How many may wait; one more is refused.
        memory_kib: Memory of one hash (OWASP's second recommendation by default).
        rounds: Passes over that memory.
    """

    def __init__(
        self,
        *,
        concurrency: int = 2,
        waiting: int = 64,
        memory_kib: int = 19_456,
        rounds: int = 2,
    ) -> None:
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory_kib, parallelism=1)
        self._threads = ThreadPoolExecutor(concurrency, thread_name_prefix="password")
        self._places = concurrency + waiting
        self._nobody = _hash_nobody_has(memory_kib=memory_kib, rounds=rounds)

    async def hash(self, password: str) -> str:
        """Hash a new password for storage.

        Raises:
            UnavailableError: Too many passwords wait.
        """
        return await self._run(lambda: self._hasher.hash(_bytes(password)))

    async def check(self, password: str, stored: str | None) -> PasswordCheck:
        """Compare a password with a stored hash.

        Args:
            password: As the caller gave it.
            stored: The hash; ``None`` for an unknown user, which takes as long and never
                matches, so that nobody learns which users exist.

        Raises:
            UnavailableError: Too many passwords wait.
        """
        return await self._run(lambda: self._check(_bytes(password), stored))

    async def start(self) -> None:
        """Do nothing: threads begin with the first password."""

    async def close(self) -> None:
        """Finish what has begun and end the threads."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    def _check(self, password: bytes, stored: str | None) -> PasswordCheck:
        try:
            self._hasher.verify(stored or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return PasswordCheck(False)
        if stored is None:
            return PasswordCheck(False)
        return PasswordCheck(True, self._hasher.check_needs_rehash(stored))

    async def _run(self, work: Callable[[], T]) -> T:
        if self._places <= 0:
            raise UnavailableError(reason="overload", retry_after=1)
        self._places -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._places += 1


def _bytes(password: str) -> bytes:
    # JSON can carry lone surrogates; a password of them is wrong, not a crash.
    return password.encode("utf-8", "surrogatepass")


def _hash_nobody_has(*, memory_kib: int, rounds: int) -> str:
    """A hash that costs as much to check as the others and that no password is known for."""
    salt, tag = (b64encode(os.urandom(size)).decode().rstrip("=") for size in (16, 32))
    return f"$argon2id$v=19$m={memory_kib},t={rounds},p=1${salt}${tag}"
