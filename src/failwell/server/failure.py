"""Failures: the class of what broke, from a closed list.

Operators are told of a fault in a sentence, and an exception's own text may hold anything.
So what leaves is a class: found by the kind of the exception, never by what it says.
"""

import errno
import socket
import ssl
from collections.abc import Iterator
from typing import Literal

from failwell.core.exceptions import FaultError
from failwell.core.fault import Fault
from failwell.core.situation import Situation

__all__ = ["Failure", "failure_of"]

Failure = Literal[
    "bug",
    "database",
    "disk",
    "dns",
    "limit",
    "maintenance",
    "memory",
    "network",
    "overload",
    "shutdown",
    "timeout",
    "tls",
    "upstream",
]
"""What can break."""

_MOST_LINKS = 16
_DATABASES = ("aiosqlite", "asyncpg", "psycopg", "psycopg2", "redis", "sqlalchemy", "sqlite3")
# Of a database only what it cannot help: a constraint or a wrong statement is a bug.
_HELPLESS = (
    "BusyLoadingError",
    "ConnectionError",
    "DatabaseError",
    "DisconnectionError",
    "InterfaceError",
    "InternalError",
    "OperationalError",
    "TimeoutError",
)
_DISK = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO))
_LIMIT = frozenset((errno.EMFILE, errno.ENFILE, errno.EAGAIN))
_NETWORK = frozenset((errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN))
_SITUATIONS = (
    Situation.CRASH,
    Situation.BAD_GATEWAY,
    Situation.GATEWAY_TIMEOUT,
    Situation.UNAVAILABLE,
)


def failure_of(fault: Fault, error: BaseException | None) -> Failure | None:
    """Tell the class of what broke; ``None`` where nothing did, or nobody knows.

    Args:
        fault: The fault as raised.
        error: What was raised, where an operator should see it.
    """
    if fault.situation not in _SITUATIONS:
        return None
    planned = _planned(fault)
    if planned is not None:
        return planned
    for link in _chain(error):
        found = _of_one(link)
        if found is not None:
            return found
    return "bug" if fault.situation is Situation.CRASH else None


def _planned(fault: Fault) -> Failure | None:
    match fault.params.get("reason"):
        case "maintenance":
            return "maintenance"
        case "overload":
            return "overload"
        case "shutdown":
            return "shutdown"
        case "deadline":
            return "timeout"
        case _:
            return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Walk an exception, the members of a group, and what each of them came from."""
    waiting = [] if error is None else [error]
    for _ in range(_MOST_LINKS):
        if not waiting:
            return
        link = waiting.pop(0)
        yield link
        if isinstance(link, BaseExceptionGroup):
            waiting += link.exceptions[:_MOST_LINKS]
        before = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
        if before is not None:
            waiting.append(before)


def _of_one(error: BaseException) -> Failure | None:
    kind = type(error)
    if kind.__module__.partition(".")[0] in _DATABASES:
        return _of_database(error, kind.__name__)
    match error:
        case FaultError():
            return None if error.history is None else "upstream"
        case MemoryError():
            return "memory"
        case TimeoutError():
            return "timeout"
        case OSError():
            return _of_system(error)
        case _:
            return None


def _of_database(error: BaseException, name: str) -> Failure | None:
    if name not in _HELPLESS:
        return None
    told = getattr(error, "orig", error)
    full = getattr(told, "sqlite_errorname", "") == "SQLITE_FULL"
    return "disk" if full else "database"


def _of_system(error: OSError) -> Failure | None:
    if isinstance(error, ssl.SSLError):
        return "tls"
    if isinstance(error, socket.gaierror):
        return "dns"
    if isinstance(error, ConnectionError) or error.errno in _NETWORK:
        return "network"
    if error.errno in _DISK:
        return "disk"
    if error.errno == errno.ENOMEM:
        return "memory"
    return "limit" if error.errno in _LIMIT else None
