"""Databases on real files, and another process that holds one of them."""

import contextlib
import shutil
import subprocess
import sys

import pytest

from failwell.stores.database import Database
from failwell.stores.endpoints_sql import SqlEndpointStore
from failwell.stores.outbox_sql import SqlOutboxStore
from failwell.stores.tables import MIGRATIONS
from tests.stores.outbox_values import make_endpoint

_HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def notes(tmp_path):
    """A database with one table of unique numbers."""
    with Database(tmp_path / "notes.db", busy_timeout=0.2) as database:
        database.write_now(
            lambda connection: connection.exec_driver_sql(
                "CREATE TABLE notes (number INTEGER PRIMARY KEY, text TEXT)"
            )
        )
        yield database


@pytest.fixture
def shared(tmp_path, fresh_file):
    """``failwell.db`` as a fresh start makes it."""
    path = shutil.copy(fresh_file, tmp_path)
    with Database(path, migrations=MIGRATIONS, busy_timeout=0.2) as database:
        yield database


@pytest.fixture
def held():
    """Let another process hold a file's lock for a while: ``with held(path): ...``."""

    @contextlib.contextmanager
    def hold(path):
        process = subprocess.Popen(
            [sys.executable, "-c", _HOLD, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:
            assert process.stdout.readline() == "held\n"
            yield
            process.stdin.close()

    return hold


@pytest.fixture
async def endpoints(shared):
    """Two endpoints of one organization and one of another."""
    endpoints = SqlEndpointStore(shared)
    await endpoints.add(make_endpoint("one"))
    await endpoints.add(make_endpoint("two", created_at=1001.0))
    await endpoints.add(make_endpoint("three", tenant="org_2", created_at=1002.0))
    return endpoints


@pytest.fixture
async def outbox(shared, endpoints):
    """The store under test."""
    return SqlOutboxStore(shared, endpoints=endpoints)
