"""Calls that handle every error: one flow, two short drivers, log-ins and dialects."""

from failwell.client.async_client import AsyncClient
from failwell.client.client import Client
from failwell.client.events import (
    AttemptEnded,
    CallFailed,
    Event,
    Listener,
    RetryPlanned,
    UndeclaredAnswer,
)
from failwell.client.pools import Connections
from failwell.client.switches import retries_are_on, set_retries, without_retries, yielding_to
from failwell.client.transport import AsyncSocketTransport, SocketTransport
from failwell.client.wrapped_transport import AsyncFailwellTransport, FailwellTransport

__all__ = [
    "AsyncClient",
    "AsyncFailwellTransport",
    "AsyncSocketTransport",
    "AttemptEnded",
    "CallFailed",
    "Client",
    "Connections",
    "Event",
    "FailwellTransport",
    "Listener",
    "RetryPlanned",
    "SocketTransport",
    "UndeclaredAnswer",
    "retries_are_on",
    "set_retries",
    "without_retries",
    "yielding_to",
]
