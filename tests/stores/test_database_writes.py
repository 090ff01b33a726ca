"""Writes: each on its own, committed together, told only when durable."""

import asyncio
import threading

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from failwell.core.exceptions import ConflictError, FailwellError, UnavailableError
from failwell.stores.database import Database


def note(number, text=""):
    def insert(connection):
        connection.exec_driver_sql("INSERT INTO notes VALUES (?, ?)", (number, text))
        return number

    return insert


def numbers(connection):
    return [row.number for row in connection.exec_driver_sql("SELECT * FROM notes ORDER BY 1")]


class Gate:
    """A write that keeps the writer busy until it is opened, so that others queue up."""

    def __init__(self):
        self.begun = threading.Event()
        self.open = threading.Event()

    def __call__(self, connection):
        self.begun.set()
        assert self.open.wait(10)


async def behind(gate, database, *functions):
    """Queue functions while the writer is busy, so that they form one group."""
    blocking = asyncio.create_task(database.write(gate))
    await asyncio.to_thread(gate.begun.wait, 10)
    tasks = [asyncio.create_task(database.write(function)) for function in functions]
    await asyncio.sleep(0)
    gate.open.set()
    await blocking
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_write_returns_the_result_of_its_function(notes):
    """What the function returns is what the caller gets, and the row is there."""
    assert await notes.write(note(7)) == 7
    assert await notes.read(numbers) == [7]


async def test_failing_write_undoes_only_itself(notes):
    """In a group, a failure takes back its own rows, and each caller gets its own outcome."""

    def half_done(connection):
        note(2)(connection)
        raise ConflictError(field="number")

    outcomes = await behind(Gate(), notes, note(1), half_done, note(1), note(3))

    assert [type(outcome) for outcome in outcomes] == [int, ConflictError, IntegrityError, int]
    assert await notes.read(numbers) == [1, 3]


async def test_writes_that_wait_together_share_one_commit(notes):
    """A group of fifty writes costs one commit."""
    commits = []
    event.listen(notes.engine, "commit", commits.append)

    await behind(Gate(), notes, *map(note, range(50)))

    assert len(commits) == 2  # The gate's own and the group's.


async def test_nobody_hears_of_success_before_the_commit(notes):
    """While a group is still running, none of its finished members has its answer."""
    gate, last = Gate(), Gate()
    blocking = asyncio.create_task(notes.write(gate))
    await asyncio.to_thread(gate.begun.wait, 10)
    first = asyncio.create_task(notes.write(note(1)))
    second = asyncio.create_task(notes.write(last))
    await asyncio.sleep(0)
    gate.open.set()
    await asyncio.to_thread(last.begun.wait, 10)

    assert blocking.done() or await asyncio.wait_for(blocking, 10) is None
    assert not first.done()
    assert await notes.read(numbers) == []

    last.open.set()
    await asyncio.gather(first, second)
    assert await notes.read(numbers) == [1]


async def test_full_queue_refuses_at_once(tmp_path):
    """More writes than may wait are refused as an overload, and the others go through."""
    with Database(tmp_path / "small.db", queue_limit=2) as database:
        gate = Gate()
        blocking = asyncio.create_task(database.write(gate))
        await asyncio.to_thread(gate.begun.wait, 10)
        waiting = [asyncio.create_task(database.write(lambda _: "written")) for _ in range(2)]
        await asyncio.sleep(0)

        with pytest.raises(UnavailableError) as refused:
            await database.write(lambda _: None)
        assert not database.offer(lambda _: None)

        gate.open.set()
        await blocking
        assert await asyncio.gather(*waiting) == ["written", "written"]
    assert refused.value.params == {"reason": "overload"}
    assert refused.value.retry_after == 1


async def test_abandoned_write_leaves_no_trace(notes):
    """A caller that gives up before its turn has changed nothing."""
    gate = Gate()
    blocking = asyncio.create_task(notes.write(gate))
    await asyncio.to_thread(gate.begun.wait, 10)
    abandoned = asyncio.create_task(notes.write(note(1)))
    await asyncio.sleep(0)
    abandoned.cancel()
    await asyncio.wait((abandoned,))
    gate.open.set()
    await blocking

    await notes.write(note(2))

    assert await notes.read(numbers) == [2]


@pytest.mark.parametrize("method", ["commit", "rollback"])
async def test_write_function_must_not_end_the_transaction(notes, method):
    """A function that commits by itself is told so, and the writer goes on."""

    def ends_it(connection):
        note(1)(connection)
        getattr(connection, method)()

    with pytest.raises(FailwellError, match="leave commit and rollback"):
        await notes.write(ends_it)
    assert await notes.write(note(2)) == 2


@pytest.mark.parametrize("error", [KeyError("x"), StopIteration(), SystemExit(3)])
def test_writer_survives_every_exception(notes, error):
    """Whatever a function raises reaches its caller, and the next write works."""

    def raises(connection):
        raise error

    with pytest.raises((KeyError, RuntimeError, SystemExit)) as raised:
        notes.write_now(raises)

    assert error in (raised.value, raised.value.__cause__)
    assert notes.write_now(note(1)) == 1


async def test_stop_iteration_does_not_leave_its_caller_waiting(notes):
    """An event loop cannot carry StopIteration; the caller gets an error all the same."""
    with pytest.raises(RuntimeError, match="StopIteration"):
        await notes.write(lambda _: next(iter(())))


async def test_close_finishes_what_is_queued(tmp_path, notes):
    """Writes queued before the end are on disk after it; later ones are refused."""
    gate = Gate()
    blocking = asyncio.create_task(notes.write(gate))
    await asyncio.to_thread(gate.begun.wait, 10)
    queued = [asyncio.create_task(notes.write(note(number))) for number in range(5)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(notes.close())
    gate.open.set()
    await closing
    await blocking

    assert await asyncio.gather(*queued) == list(range(5))
    for refused in (notes.write(note(9)), notes.read(numbers)):
        with pytest.raises(UnavailableError) as caught:
            await refused
        assert caught.value.params["reason"] == "shutdown"
    with Database(notes.path) as again:
        assert again.read_now(numbers) == list(range(5))


def test_loop_that_has_ended_does_not_stop_the_writer(notes):
    """A write whose event loop is gone is still done, and the next one works."""
    gate = Gate()

    async def leave():
        task = asyncio.ensure_future(notes.write(gate))
        await asyncio.to_thread(gate.begun.wait, 10)
        task.cancel()

    asyncio.run(leave())
    gate.open.set()

    assert notes.write_now(note(1)) == 1


async def test_several_threads_and_the_loop_write_at_once(notes):
    """Writes from everywhere end up in the file, each once."""
    blocking = [asyncio.to_thread(notes.write_now, note(number)) for number in range(0, 60, 2)]
    waiting = [notes.write(note(number)) for number in range(1, 60, 2)]

    await asyncio.gather(*blocking, *waiting)

    assert await notes.read(numbers) == list(range(60))


async def test_offered_write_is_done_and_its_failure_is_silent(notes):
    """Nobody waits for an offered write, and nobody hears when it fails."""
    assert notes.offer(note(1))
    assert notes.offer(note(1))

    assert await notes.write(note(2)) == 2
    assert await notes.read(numbers) == [1, 2]


async def test_offered_writes_leave_room_for_others(tmp_path):
    """Writes nobody waits for fill half of the queue and no more."""
    with Database(tmp_path / "small.db", queue_limit=4) as database:
        gate = Gate()
        blocking = asyncio.create_task(database.write(gate))
        await asyncio.to_thread(gate.begun.wait, 10)

        offered = [database.offer(lambda _: None) for _ in range(4)]
        waiting = [asyncio.create_task(database.write(lambda _: "written")) for _ in range(2)]
        await asyncio.sleep(0)
        gate.open.set()
        await blocking

        assert offered == [True, True, False, False]
        assert await asyncio.gather(*waiting) == ["written", "written"]


async def test_errors_do_not_carry_values(notes):
    """A statement's values may be secrets; the error's text goes to logs."""
    await notes.write(note(1, "canary"))

    with pytest.raises(IntegrityError) as failed:
        await notes.write(note(1, "canary"))

    assert "canary" not in str(failed.value)


def test_a_commit_is_flushed_to_the_disk(notes):
    """The writer runs with the settings that survive a power cut."""
    settings = notes.write_now(
        lambda connection: [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    )

    assert settings == ["wal", 2, 1]
