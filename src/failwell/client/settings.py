"""Settings: everything a client was told, in one frozen value that both kinds share."""

import random
from collections.abc import Callable, Mapping
from typing import Any

import httpx2
import msgspec

from failwell.client.first import RetryPolicy
from failwell.core.clock import Clock, SystemClock
from failwell.core.contract import Contract

__all__ = ["Settings"]

_NOTHING: Mapping[str, str] = {}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a client was told."""

    base_url: httpx2.URL
    """Root of relative addresses; empty when there is none."""

    contract: Contract | None = None
    """How the API fails; ``None``: recognised from each answer."""

    auth: Any = None
    """Who is calling, an `Auth`."""

    timeout: float = 10.0
    """Seconds for each phase of an attempt."""

    deadline: float = 90.0
    """Seconds for a whole call."""

    retry: RetryPolicy | None = None
    """When a call is repeated; ``None``: never."""

    redirects: int = 0
    """Redirects that a call may follow."""

    circuit: Any = None
    """When calls are refused without being sent, a `CircuitPolicy`."""

    listener: Callable[[Any], None] | None = None
    """Told of what happens."""

    language: str = "en"
    """Language of the texts for people."""

    clock: Clock = SystemClock()
    """Where the time comes from."""

    random: Callable[[], float] = random.random
    """A number from 0 up to 1."""

    attempt_header: str | None = "X-Retry-Count"
    """Name of the field that numbers retries; ``None``: no such field."""

    openapi: Any = None
    """Checks a request before it is sent."""
