"""Calls that handle every error: one flow, two short drivers, log-ins and dialects."""

from failwell.client.async_client import AsyncClient
from failwell.client.auth import ApiKey, ApinizerLogin, Bearer, IxonLogin, OAuth2
from failwell.client.client import Client
from failwell.client.event_stream import aiter_events, iter_events
from failwell.client.events import (
    AttemptEnded,
    CallFailed,
    Event,
    Listener,
    RetryPlanned,
    UndeclaredAnswer,
)
from failwell.client.partial import araise_for_partial, raise_for_partial
from failwell.client.pools import Connections
from failwell.client.responses import (
    adecode_fault,
    araise_for_fault,
    decode_fault,
    fault_error,
    raise_for_fault,
)
from failwell.client.retrying import retryable, wait_hint
from failwell.client.switches import retries_are_on, set_retries, without_retries, yielding_to
from failwell.client.transport import AsyncSocketTransport, SocketTransport
from failwell.client.wrapped_transport import AsyncFailwellTransport, FailwellTransport
from failwell.resilience import CircuitPolicy, RetryBudget, RetryPolicy

__all__ = [
    "ApiKey",
    "ApinizerLogin",
    "AsyncClient",
    "AsyncFailwellTransport",
    "AsyncSocketTransport",
    "AttemptEnded",
    "Bearer",
    "CallFailed",
    "CircuitPolicy",
    "Client",
    "Connections",
    "Event",
    "FailwellTransport",
    "IxonLogin",
    "Listener",
    "OAuth2",
    "RetryBudget",
    "RetryPlanned",
    "RetryPolicy",
    "SocketTransport",
    "UndeclaredAnswer",
    "adecode_fault",
    "aiter_events",
    "araise_for_fault",
    "araise_for_partial",
    "decode_fault",
    "fault_error",
    "iter_events",
    "raise_for_fault",
    "raise_for_partial",
    "retries_are_on",
    "retryable",
    "set_retries",
    "wait_hint",
    "without_retries",
    "yielding_to",
]
