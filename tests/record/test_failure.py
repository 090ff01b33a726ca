"""The class of what broke: by the kind of an exception, never by its words."""

import errno
import socket
import sqlite3
import ssl

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from failwell.core.exceptions import NotFoundError, UnavailableError
from failwell.core.fault import Fault
from failwell.core.situation import Situation
from failwell.server.failure import failure_of
from failwell.stores.faults import FaultRecord
from failwell.webhooks.sentences import sentence

CRASH = Fault(situation=Situation.CRASH)


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def full() -> sqlite3.Error:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("PRAGMA max_page_count=1")
        try:
            connection.execute("CREATE TABLE t (x)")
        except sqlite3.Error as error:
            return error
    raise AssertionError("one page is enough")


LOCKED = sqlite3.OperationalError("database is locked")
CLASSES = [
    (LOCKED, "database"),
    (OperationalError("INSERT", {}, LOCKED), "database"),
    (IntegrityError("INSERT", {}, sqlite3.IntegrityError()), "bug"),
    (full(), "disk"),
    (OperationalError("INSERT", {}, full()), "disk"),
    (caused(RuntimeError("could not save"), LOCKED), "database"),
    (ExceptionGroup("two", [ValueError(), LOCKED]), "database"),
    (OSError(errno.ENOSPC, "full"), "disk"),
    (OSError(errno.EMFILE, "many"), "limit"),
    (MemoryError(), "memory"),
    (TimeoutError(), "timeout"),
    (socket.gaierror(), "dns"),
    (ssl.SSLError(), "tls"),
    (ConnectionRefusedError(), "network"),
    (OSError(errno.EHOSTUNREACH, "away"), "network"),
    (ValueError("database is locked"), "bug"),
    (None, "bug"),
]


@pytest.mark.parametrize(("error", "expected"), CLASSES, ids=repr)
def test_a_crash_has_the_class_of_what_broke(error, expected):
    """The whole chain of causes is looked at, and what is unknown is a bug."""
    assert failure_of(CRASH, error) == expected


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("maintenance", "maintenance"),
        ("overload", "overload"),
        ("shutdown", "shutdown"),
        ("deadline", "timeout"),
        ("not_ready", None),
    ],
)
def test_an_absence_has_the_class_of_its_reason(reason, expected):
    """Where the server itself knows why, no exception is asked."""
    assert failure_of(UnavailableError(reason=reason).fault, None) == expected


def test_a_mistake_of_the_caller_is_no_failure():
    """Nothing broke when something is not there."""
    assert failure_of(NotFoundError(resource_type="x", resource_id="1").fault, LOCKED) is None


def test_a_chain_that_goes_round_ends():
    """Exceptions may name each other as their cause."""
    one, other = ValueError(), RuntimeError()
    one.__cause__, other.__cause__ = other, one

    assert failure_of(CRASH, one) == "bug"


def test_operators_are_told_of_a_database_in_the_words_of_the_page():
    """A broken database of a crash is a database connection that failed."""
    record = FaultRecord(
        request_id="req_1",
        at=0.0,
        api="connix",
        route="/projects",
        method="POST",
        code="internal_error",
        status=500,
        severity="high",
        situation="crash",
        failure=failure_of(CRASH, LOCKED),
    )

    assert sentence(record) == "Database connection failed"
