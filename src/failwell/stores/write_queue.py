"""The one writer of a database: a thread that commits what is queued as one group.

A commit costs a flush to the disk whatever it holds, so writes that wait together are
committed together. Each write runs in a savepoint of its own: one that fails takes
nobody with it, and nobody hears of success before the commit.
"""

import asyncio
import contextlib
import copy
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from sqlalchemy import Connection, Engine

from failwell.core.exceptions import FailwellError, UnavailableError

__all__ = ["Write", "WriteQueue", "deliverable"]


class Write:
    """One queued write and, once it is settled, its outcome."""

    __slots__ = ("error", "function", "future", "loop", "result")

    def __init__(
        self,
        function: Callable[[Connection], Any],
        *,
        future: "asyncio.Future[Any] | Future[Any] | None" = None,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.function = function
        self.future = future
        self.loop = loop
        self.result: Any = None
        self.error: BaseException | None = None

    @property
    def abandoned(self) -> bool:
        """Whether whoever asked has gone away before the write began."""
        return self.future is not None and self.future.cancelled()

    def deliver(self) -> None:
        """Tell the caller; on an event loop only from its own thread."""
        future = self.future
        if future is None or future.done():
            return
        if self.error is not None:
            future.set_exception(self.error)
        else:
            future.set_result(self.result)


class WriteQueue:
    """Runs writes one after the other in one thread, in group commits.

    Args:
        engine: Opens connections whose transactions begin with ``BEGIN IMMEDIATE``.
        limit: How many writes may wait; one more is refused.
    """

    def __init__(self, engine: Engine, *, limit: int) -> None:
        self._engine = engine
        self._limit = limit
        self._queue: queue.SimpleQueue[Write | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._connection: Connection | None = None

    def put(self, write: Write, *, spare: int = 0) -> None:
        """Queue a write.

        Args:
            write: What to do.
            spare: How many places it has to leave for writes that matter more.

        Raises:
            UnavailableError: Too many writes wait, or the queue is closed.
        """
        with self._lock:
            if self._closed:
                raise UnavailableError(reason="shutdown", retry_after=1)
            if self._queue.qsize() >= self._limit - spare:
                raise UnavailableError(reason="overload", retry_after=1)
            if self._thread is None:
                # A daemon, so that a program that forgets to close can still end.
                self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
                self._thread.start()
            self._queue.put(write)

    def close(self) -> None:
        """Finish what is queued, then end the thread; later writes are refused."""
        with self._lock:
            self._closed = True
            self._queue.put(None)
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            group, ended = self._take()
            if group:
                self._settle(group)
                _deliver(group)
            if ended:
                return self._disconnect()

    def _take(self) -> tuple[list[Write], bool]:
        """Wait for one write, then take all that are there."""
        group: list[Write] = []
        write = self._queue.get()
        while write is not None:
            if not write.abandoned:
                group.append(write)
            try:
                write = self._queue.get_nowait()
            except queue.Empty:
                return group, False
        return group, True

    def _settle(self, group: list[Write]) -> None:
        """Run a group in one transaction; whatever breaks it becomes everybody's error."""
        try:
            with self._connect().begin():
                for write in group:
                    self._apply(write)
        except BaseException as error:  # The thread has to outlive every error.
            for write in group:
                write.error = _twin(error) if write.error is None else write.error
            self._disconnect(broken=True)

    def _apply(self, write: Write) -> None:
        connection = self._connect()
        savepoint = connection.begin_nested()
        try:
            write.result = write.function(connection)
        except BaseException as error:
            write.error = deliverable(error)
            # SQLite may drop the whole transaction (a full disk): going on would commit
            # the rest of the group one statement at a time.
            if not _in_transaction(connection):
                raise
            savepoint.rollback()
            return
        if not _in_transaction(connection):
            raise FailwellError("a write function must leave commit and rollback to write()")
        savepoint.commit()

    def _connect(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _disconnect(self, *, broken: bool = False) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with contextlib.suppress(Exception):
            # What state a failed connection is in is unknown; the pool must not keep it.
            if broken:
                connection.invalidate()
            connection.close()


def _in_transaction(connection: Connection) -> bool:
    raw: Any = connection.connection.dbapi_connection
    return connection.in_transaction() and bool(raw.in_transaction)


def deliverable(error: BaseException) -> BaseException:
    """Make an exception fit for a future, which refuses StopIteration: its waiter would hang."""
    if not isinstance(error, StopIteration):
        return error
    wrapped = RuntimeError("a function given to the database raised StopIteration")
    wrapped.__cause__ = error
    return wrapped


def _twin(error: BaseException) -> BaseException:
    """Make each caller an exception of its own: raising one in many places grows its traceback."""
    try:
        twin = copy.copy(error)
    except Exception:  # Some exceptions cannot be made again from what they tell of themselves.
        return error
    twin.__cause__ = error.__cause__
    return twin.with_traceback(error.__traceback__)


def _deliver(group: list[Write]) -> None:
    """Wake every caller, each event loop once."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Write]] = {}
    for write in group:
        if write.loop is None:
            write.deliver()
        else:
            by_loop.setdefault(write.loop, []).append(write)
    for loop, writes in by_loop.items():
        # A loop that has ended in the meantime has nobody left to tell.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_deliver_all, writes)


def _deliver_all(writes: list[Write]) -> None:
    for write in writes:
        write.deliver()
