"""Settings: everything a client was told, in one frozen value that both kinds share."""

import random
from collections.abc import Callable
from typing import Any

import httpx2
import msgspec

from failwell.client.auth.protocol import Auth
from failwell.client.events import Listener
from failwell.core.clock import Clock, SystemClock
from failwell.core.contract import Contract
from failwell.resilience.breaker import CircuitPolicy
from failwell.resilience.policy import RetryPolicy

__all__ = ["Settings"]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a client was told."""

    contract: Contract | None = None
    """How the API fails; ``None``: recognised from each answer."""

    auth: Auth | None = None
    """Who is calling."""

    timeout: float = 10.0
    """Seconds for each phase of an attempt."""

    deadline: float | None = 90.0
    """Seconds for a whole call; ``None``: any time."""

    retry: RetryPolicy | None = RetryPolicy()
    """When a call is repeated; ``None``: never."""

    redirects: int = 0
    """Redirects that a call may follow."""

    circuit: CircuitPolicy | None = None
    """When calls are refused without being sent; ``None``: never."""

    listener: Listener | None = None
    """Told of what happens."""

    language: str = "en"
    """Language of the texts for people."""

    clock: Clock = SystemClock()
    """Where the time comes from."""

    random: Callable[[], float] = random.random
    """A number from 0 up to 1."""

    attempt_header: str | None = "X-Retry-Count"
    """Name of the field that numbers retries; ``None``: no such field."""

    precheck: Any = None
    """Checks a request before it is sent, a `Precheck`."""

    build: Callable[..., httpx2.Request] | None = None
    """Makes a request without the fields of the client that hold secrets, for log-ins."""

    good_may_be_wrong: bool = False
    """Whether the contract counts some answers with a good status as errors."""

    def __post_init__(self) -> None:
        """Find out once what every good answer asks for."""
        applies = () if self.contract is None else self.contract.declared.applies
        wrong = any(str(status).startswith("2") for status in applies)
        msgspec.structs.force_setattr(self, "good_may_be_wrong", wrong)
