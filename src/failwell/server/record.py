"""Recording: one log line per exchange, and the trace of a crash inside that line.

Log lines name routes, codes and ids. Query values, bodies, credentials and raw paths
are nowhere in them.
"""

import logging
from collections.abc import Awaitable, Sequence
from typing import Protocol

from failwell.server.exchange import Exchange, Header, Scope
from failwell.server.logs import Log
from failwell.server.traceback_text import traceback_text

__all__ = ["FaultListener", "LogRecorder", "Recorder", "Recorders"]


class Recorder(Protocol):
    """Is told about each exchange when it is over."""

    def record(self, exchange: Exchange, /) -> None:
        """Take note of a finished exchange. Must not raise."""
        ...


class FaultListener(Protocol):
    """Is told about each error response just before it is sent."""

    def note(
        self, exchange: Exchange, headers: Sequence[Header], body: bytes, scope: Scope, /
    ) -> Awaitable[None] | None:
        """Take note of an error response. Must not raise.

        Args:
            exchange: The exchange it ends; `Exchange.status` and `Exchange.fault` are its.
            headers: Header fields that will be sent.
            body: The body that will be sent.
            scope: The request, as the server told it.

        Returns:
            What to wait for before the response is sent; ``None`` for nothing.
        """
        ...


class Recorders:
    """Tells several recorders, one after the other.

    Args:
        recorders: Who is told.
    """

    def __init__(self, *recorders: Recorder) -> None:
        self._record = tuple(recorder.record for recorder in recorders)

    def record(self, exchange: Exchange) -> None:
        """Tell everybody about a finished exchange."""
        for record in self._record:
            record(exchange)


class LogRecorder:
    """Writes one line per exchange.

    Args:
        log: Where the lines go.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._takes = log.takes

    def record(self, exchange: Exchange) -> None:
        """Write the line of a finished exchange."""
        went_well = exchange.error is None and (exchange.status or 0) < 500
        if not self._takes(level := logging.INFO if went_well else _level(exchange)):
            return
        fault, error = exchange.fault, exchange.error
        self._log.write(
            level,
            "client_closed" if exchange.client_gone else "request",
            method=exchange.method,
            route=exchange.route,
            status=exchange.status,
            code=None if fault is None else fault.code,
            request_id=exchange.request_id,
            parent_id=exchange.parent_id,
            ms=round(exchange.seconds * 1000, 1),
            api=exchange.api,
            exception=None if error is None else traceback_text(error),
        )


def _level(exchange: Exchange) -> int:
    status, error = exchange.status or 0, exchange.error
    if error is not None:
        planned = exchange.fault is not None and status < 500
        return logging.WARNING if planned else logging.ERROR
    if exchange.client_gone:
        return logging.INFO
    return logging.ERROR if status == 500 else logging.WARNING
