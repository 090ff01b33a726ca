"""Switches that turn retries off: for a block of code, for an inbound request, for a process.

Retries belong to one layer. A server that repeats a call which its own caller repeats too
multiplies the load of a failure, three times three.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["retries_are_on", "set_retries", "without_retries", "yielding_to"]

_OFF: ContextVar[bool] = ContextVar("failwell_retries_off", default=False)


class _Process:
    retries = True


def set_retries(on: bool) -> None:
    """Switch retries of all clients of this process on or off, for tests of your own."""
    _Process.retries = on


def retries_are_on() -> bool:
    """Tell whether a call made here may be repeated."""
    return _Process.retries and not _OFF.get()


@contextmanager
def without_retries() -> Iterator[None]:
    """Make every call inside once: no retries, whatever the clients were told.

    Log-ins and the one replay after a log-in still happen.

    Examples:
        >>> with without_retries():
        ...     retries_are_on()
        False
    """
    token = _OFF.set(True)
    try:
        yield
    finally:
        _OFF.reset(token)


@contextmanager
def yielding_to(headers: Mapping[str, str], *, field: str = "X-Retry-Count") -> Iterator[None]:
    """Leave retries to the caller of a request we serve, if that caller is repeating it.

    Args:
        headers: Header fields of the inbound request.
        field: The field that numbers retries.

    Examples:
        >>> with yielding_to({"x-retry-count": "1"}):
        ...     retries_are_on()
        False
    """
    said = next((headers[name] for name in headers if name.lower() == field.lower()), "0")
    if not said.strip().isdecimal() or int(said) == 0:
        yield
        return
    with without_retries():
        yield
