"""One SQLite file: grouped durable writes, reads that never wait for them.

Write-ahead logging lets readers see the last commit while the writer works, also while
another process holds the file locked. ``synchronous=FULL`` flushes every commit, so what
a caller was told survives a killed process and a power cut.
"""

import asyncio
import contextlib
import functools
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine

from failwell.core.exceptions import UnavailableError
from failwell.stores.migrate import migrate
from failwell.stores.sqlite_engine import sqlite_engine
from failwell.stores.write_queue import Write, WriteQueue, deliverable

__all__ = ["Database"]

T = TypeVar("T")


class Database:
    """A SQLite file with one writer and a few readers; make one per file and process.

    Functions given to `write` and `read` run in a thread, get a SQLAlchemy connection,
    fetch their rows before they return and leave commit and rollback alone. SQLAlchemy's
    errors (locked, full, constraint) pass through as they are.

    Args:
        path: The file; its folder must exist.
        migrations: Where its Alembic scripts are, ``"package:folder"`` or a path.
        busy_timeout: Seconds a write waits for another process that holds the file.
        queue_limit: How many writes may wait.
        readers: How many reads run at once.
        read_limit: How many reads may run and wait together.
        read_wait: Seconds a read may wait for its turn.
        max_pages: Largest size of the file in pages of 4 KiB; ``None`` for no limit.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        migrations: str | None = None,
        busy_timeout: float = 2.0,
        queue_limit: int = 1000,
        readers: int = 4,
        read_limit: int = 1000,
        read_wait: float = 2.0,
        max_pages: int | None = None,
    ) -> None:
        self.path = Path(path)
        self.migrations = migrations
        self._write_engine = sqlite_engine(
            self.path, writable=True, busy_timeout=busy_timeout, max_pages=max_pages
        )
        self._read_engine = sqlite_engine(self.path, writable=False, busy_timeout=busy_timeout)
        self._writes = WriteQueue(self._write_engine, limit=queue_limit)
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="reader")
        self._read_places = threading.BoundedSemaphore(read_limit)
        self._read_wait = read_wait
        self._spare = queue_limit // 2

    @property
    def engine(self) -> Engine:
        """The engine of the writer, for migrations and inspection."""
        return self._write_engine

    def migrate(self) -> None:
        """Bring the file to the newest schema; makes it (mode 0600) when there is none.

        Raises:
            FailwellError: The file was written by a newer version.
        """
        if self.migrations is None:
            return
        # Made by hand because SQLite would make it readable for everybody.
        os.close(os.open(self.path, os.O_RDONLY | os.O_CREAT, 0o600))
        migrate(self._write_engine, self.migrations)

    async def write(self, function: Callable[[Connection], T]) -> T:
        """Run a function in a transaction and return its result once that is on disk.

        Several writes may share one commit, each in its own savepoint. A caller that is
        cancelled before the write began leaves no trace; later it may have happened.

        Raises:
            UnavailableError: Too many writes wait, or the database is closed.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._writes.put(Write(function, future=future, loop=loop))
        return await future

    def write_now(self, function: Callable[[Connection], T]) -> T:
        """Same as `write`, for code without an event loop; blocks."""
        future: Future[T] = Future()
        self._writes.put(Write(function, future=future))
        return future.result()

    def offer(self, function: Callable[[Connection], Any]) -> bool:
        """Queue a write nobody waits for; its failure is nobody's failure.

        It takes no place that somebody who waits could need: at most half of the queue.

        Returns:
            Whether it was queued.
        """
        try:
            self._writes.put(Write(function), spare=self._spare)
        except UnavailableError:
            return False
        return True

    async def read(self, function: Callable[[Connection], T]) -> T:
        """Run a function on one consistent state of the file, in a reader thread.

        Raises:
            UnavailableError: All readers were busy for too long, or the database is closed.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        job = self._submit(function)
        job.add_done_callback(functools.partial(_hand_over, loop, future))
        expiry = loop.call_later(self._read_wait, _expire, job, future)
        try:
            return await future
        finally:
            expiry.cancel()
            job.cancel()

    def read_now(self, function: Callable[[Connection], T]) -> T:
        """Same as `read`, for code without an event loop; blocks."""
        return self._submit(function).result()

    async def close(self) -> None:
        """Finish what is queued and release the file; later calls are refused."""
        await asyncio.to_thread(self.close_now)

    def close_now(self) -> None:
        """Same as `close`, for code without an event loop; blocks."""
        self._writes.close()
        self._readers.shutdown()
        self._read_engine.dispose()
        self._write_engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close_now()

    def _submit(self, function: Callable[[Connection], T]) -> Future[T]:
        if not self._read_places.acquire(blocking=False):
            raise UnavailableError(reason="overload", retry_after=1)
        try:
            job = self._readers.submit(self._read, function)
        except RuntimeError as error:  # The threads have been told to end.
            self._read_places.release()
            raise UnavailableError(reason="shutdown", retry_after=1) from error
        job.add_done_callback(lambda _: self._read_places.release())
        return job

    def _read(self, function: Callable[[Connection], T]) -> T:
        with self._read_engine.connect() as connection:
            return function(connection)


def _hand_over(loop: asyncio.AbstractEventLoop, future: asyncio.Future[T], job: Future[T]) -> None:
    """Take an outcome from the reader's thread to the caller's, if the caller still is."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(_settle, future, job)


def _settle(future: asyncio.Future[T], job: Future[T]) -> None:
    if future.done() or job.cancelled():
        return
    error = job.exception()
    if error is None:
        future.set_result(job.result())
    else:
        future.set_exception(deliverable(error))


def _expire(job: Future[T], future: asyncio.Future[T]) -> None:
    """Refuse a read that has waited too long; one that has begun is waited for."""
    if job.cancel() and not future.done():
        future.set_exception(UnavailableError(reason="overload", retry_after=1))
