"""What breaks a file: another process, a full disk, a killed process. And that it heals."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time

import pytest
from sqlalchemy.exc import OperationalError

from failwell.stores.database import Database

_WRITER = """
import asyncio, sys
from failwell.stores.database import Database

def pair(number):
    def insert(connection):
        for half in (0, 1):
            connection.exec_driver_sql("INSERT INTO pairs VALUES (?, ?)", (number, half))
    return insert

async def one(database, number):
    await database.write(pair(number))
    print(number, flush=True)

async def main():
    database = Database(sys.argv[1])
    number = int(sys.argv[2])
    while True:
        await asyncio.gather(*(one(database, number + n) for n in range(20)))
        number += 20

asyncio.run(main())
"""


def insert(number):
    def run(connection):
        connection.exec_driver_sql("INSERT INTO notes VALUES (?, '')", (number,))
        return number

    return run


def insert_page(number):
    """A row that takes a page of its own."""

    def run(connection):
        connection.exec_driver_sql("INSERT INTO notes VALUES (?, ?)", (number, "x" * 4000))
        return number

    return run


def numbers(connection):
    return list(connection.exec_driver_sql("SELECT number FROM notes ORDER BY 1").scalars())


async def test_locked_file_fails_writes_and_lets_reads_go_on(notes, held):
    """While another process holds the file, writes fail with SQLite's word after the wait."""
    await notes.write(insert(1))

    with held(notes.path):
        begun = time.monotonic()
        outcomes = await asyncio.gather(
            *(notes.write(insert(number)) for number in (2, 3)), return_exceptions=True
        )
        took = time.monotonic() - begun
        assert await notes.read(numbers) == [1]

    assert [type(outcome) for outcome in outcomes] == [OperationalError, OperationalError]
    assert "database is locked" in str(outcomes[0])
    assert outcomes[0] is not outcomes[1]
    assert took >= 0.2
    assert await notes.write(insert(4)) == 4
    assert await notes.read(numbers) == [1, 4]


async def test_locked_file_can_be_opened_and_read(notes, held):
    """A process that starts while the file is held reads it, and writes once it is free."""
    await notes.write(insert(1))

    with held(notes.path), Database(notes.path, busy_timeout=0.1) as late:
        assert await late.read(numbers) == [1]
        with pytest.raises(OperationalError, match="locked"):
            await late.write(insert(2))


async def test_full_disk_fails_writes_and_lets_reads_go_on(notes):
    """A file at its largest size keeps what it has, and takes more once there is room."""
    with Database(notes.path, max_pages=20) as small:
        outcomes = await asyncio.gather(
            *(small.write(insert_page(number)) for number in range(30)), return_exceptions=True
        )

        kept = [number for number, outcome in enumerate(outcomes) if outcome == number]
        failed = [outcome for outcome in outcomes if isinstance(outcome, OperationalError)]
        assert await small.read(numbers) == kept
        assert len(kept) + len(failed) == 30
        assert failed
        assert all("database or disk is full" in str(outcome) for outcome in failed)

        await small.write(lambda c: c.exec_driver_sql("DELETE FROM notes").rowcount)
        assert await small.write(insert_page(99)) == 99
        assert await small.read(numbers) == [99]


async def test_file_fills_up_to_its_limit(notes):
    """Writes that do not share a commit are kept up to the one that does not fit."""
    with Database(notes.path, max_pages=12) as small:
        kept = []
        for number in range(30):
            try:
                kept.append(await small.write(insert_page(number)))
            except OperationalError:
                break

        assert 0 < len(kept) < 12
        assert await small.read(numbers) == kept


def test_killed_process_loses_nothing_it_was_told(tmp_path):
    """After kill -9 in the middle of writes every acknowledged pair is there, and no half one."""
    path = tmp_path / "pairs.db"
    with Database(path) as database:
        database.write_now(
            lambda c: c.exec_driver_sql("CREATE TABLE pairs (number INTEGER, half INTEGER)")
        )
    told = set()
    for start in (0, 100_000, 200_000):
        told |= _killed_while_writing(path, start)
        with Database(path) as database:
            halves = database.read_now(
                lambda c: c.exec_driver_sql(
                    "SELECT number, count(*) FROM pairs GROUP BY number"
                ).all()
            )
            assert database.write_now(lambda _: "goes on") == "goes on"
        assert {count for _, count in halves} == {2}
        assert told <= {number for number, _ in halves}
    assert len(told) > 60


def _killed_while_writing(path, start):
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path), str(start)], stdout=subprocess.PIPE, text=True
    )
    with process:
        first = [process.stdout.readline() for _ in range(25)]
        time.sleep(random.uniform(0, 0.05))  # Somewhere in the middle, never the same place.
        os.kill(process.pid, signal.SIGKILL)
        lines = [*first, *process.stdout]
    # The last line may be cut off by the kill.
    return {int(line) for line in lines if line.endswith("\n")}
