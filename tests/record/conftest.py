"""Records made by hand, and a store of them on a real file."""

import shutil

import pytest

from failwell.stores.database import Database
from failwell.stores.faults import FaultRecord
from failwell.stores.faults_sql import SqlFaultStore
from failwell.stores.tables import MIGRATIONS
from failwell.testing import FakeClock


@pytest.fixture
def clock():
    """A clock that the test moves."""
    return FakeClock()


@pytest.fixture
def failwell_db(tmp_path, fresh_file):
    """``failwell.db`` as a fresh start makes it."""
    path = shutil.copy(fresh_file, tmp_path)
    with Database(path, migrations=MIGRATIONS, busy_timeout=0.2) as database:
        yield database


@pytest.fixture
def faults(failwell_db, clock):
    """An empty store of fault records."""
    return SqlFaultStore(failwell_db, clock=clock)


@pytest.fixture
def record(clock):
    """Make a record: ``record(request_id="req_1", status=500)``."""

    def make(**fields):
        usual = {
            "request_id": "req_1",
            "at": clock.now(),
            "api": "library",
            "route": "/books/{id}",
            "method": "GET",
            "code": "not_found",
            "status": 404,
            "severity": "low",
        }
        return FaultRecord(**usual | fields)

    return make
