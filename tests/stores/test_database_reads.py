"""Reads: one consistent state each, beside the writer, and never a way to write."""

import asyncio
import threading

import pytest
from sqlalchemy.exc import OperationalError

from failwell.core.exceptions import UnavailableError
from failwell.stores.database import Database


def count(connection):
    return connection.exec_driver_sql("SELECT count(*) FROM notes").scalar()


async def test_read_cannot_write(notes):
    """A read function that tries to change something fails and changes nothing."""
    with pytest.raises(OperationalError, match="readonly"):
        await notes.read(lambda connection: connection.exec_driver_sql("DELETE FROM notes"))


async def test_read_sees_one_state_while_others_write(notes):
    """Two statements of one read agree, though a commit happens between them."""
    between, committed = threading.Event(), threading.Event()

    def twice(connection):
        first = count(connection)
        between.set()
        assert committed.wait(10)
        return first, count(connection)

    reading = asyncio.create_task(notes.read(twice))
    await asyncio.to_thread(between.wait, 10)
    await notes.write(lambda c: c.exec_driver_sql("INSERT INTO notes VALUES (1, '')").rowcount)
    committed.set()

    assert await reading == (0, 0)
    assert await notes.read(count) == 1


async def test_read_after_write_sees_it(notes):
    """What a caller was told is written, the next read has."""
    for number in range(20):
        await notes.write(
            lambda c, n=number: c.exec_driver_sql("INSERT INTO notes VALUES (?, '')", (n,)).rowcount
        )
        assert await notes.read(count) == number + 1


async def test_read_waits_for_its_turn_only_so_long(tmp_path):
    """When every reader is busy, a read is refused as an overload instead of hanging."""
    with Database(tmp_path / "busy.db", readers=1, read_wait=0.05) as database:
        begun, done = threading.Event(), threading.Event()

        def slow(_):
            begun.set()
            return done.wait(10)

        busy = asyncio.create_task(database.read(slow))
        await asyncio.to_thread(begun.wait, 10)

        with pytest.raises(UnavailableError) as refused:
            await database.read(lambda _: None)

        done.set()
        # The one that had begun is not given up, however long it takes.
        assert await busy is True
        assert await database.read(lambda _: "works") == "works"
    assert refused.value.params["reason"] == "overload"


async def test_waiting_reads_are_bounded(tmp_path):
    """No more reads wait than may; one more is refused at once."""
    with Database(tmp_path / "few.db", readers=1, read_limit=2, read_wait=10) as database:
        done = threading.Event()
        running = [asyncio.create_task(database.read(lambda _: done.wait(10))) for _ in range(2)]
        await asyncio.sleep(0)

        with pytest.raises(UnavailableError):
            await database.read(lambda _: None)

        done.set()
        assert await asyncio.gather(*running) == [True, True]


async def test_cancelled_reads_give_their_places_back(tmp_path):
    """Callers that go away do not use up the places of those that stay."""
    with Database(tmp_path / "gone.db", readers=1, read_limit=2) as database:
        begun, done = threading.Event(), threading.Event()

        def slow(_):
            begun.set()
            return done.wait(10)

        tasks = [asyncio.create_task(database.read(slow))]
        await asyncio.to_thread(begun.wait, 10)
        for _ in range(5):
            waiting = asyncio.create_task(database.read(slow))
            await asyncio.sleep(0)
            waiting.cancel()
            tasks.append(waiting)
            await asyncio.wait((waiting,))

        last = asyncio.create_task(database.read(lambda _: "works"))
        await asyncio.sleep(0)
        done.set()

        assert await last == "works"
        assert await tasks[0] is True


@pytest.mark.parametrize("error", [KeyError("x"), StopIteration()])
async def test_error_of_a_read_reaches_its_caller(notes, error):
    """Whatever a read function raises ends the wait of its caller."""

    def raises(_):
        raise error

    with pytest.raises((KeyError, RuntimeError)) as raised:
        await notes.read(raises)

    assert error in (raised.value, raised.value.__cause__)


def test_read_now_is_for_code_without_a_loop(notes):
    """The command line reads without asyncio."""
    assert notes.read_now(count) == 0
