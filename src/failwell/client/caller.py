"""What both kinds of client share: how they are made, and how a call is made ready."""

import random as random_module
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, TypedDict

import httpx2

from failwell.client.auth.protocol import Auth
from failwell.client.call import Call
from failwell.client.events import Listener
from failwell.client.library_logs import keep_library_logs_harmless
from failwell.client.live import Live
from failwell.client.openapi import Precheck
from failwell.client.preparation import Preparation
from failwell.client.settings import Settings
from failwell.core.clock import Clock, SystemClock
from failwell.core.contract import Contract
from failwell.resilience.breaker import CircuitPolicy
from failwell.resilience.policy import RetryPolicy

__all__ = ["CallOptions", "Caller"]

_RETRY = RetryPolicy()


class CallOptions(TypedDict, total=False):
    """What one call may say beside its method and address."""

    params: Any
    """Query parameters."""

    headers: Any
    """Header fields, beside those of the client."""

    cookies: Any
    """Cookies, beside those of the client."""

    json: Any
    """A body as JSON."""

    data: Any
    """A body as a form."""

    files: Any
    """A body of several parts."""

    content: Any
    """A body as bytes, text, a file, or an iterable of bytes."""

    retry: RetryPolicy | None
    """When this call is repeated; ``None``: never."""

    deadline: float | None
    """Seconds for this call with all its attempts and waits; ``None``: any time."""

    timeout: float
    """Seconds for each phase of an attempt."""

    idempotency_key: bool | str | None
    """A name for what the call intends, sent as ``Idempotency-Key``; ``True`` makes one."""

    route: str | None
    """Path template for texts, ``/projects/{id}``."""


class Caller(ABC):
    """What both kinds of client share.

    Args:
        base_url: Root of relative addresses. Credentials go to its origin and to no other;
            without it, to the origin of the first call.
        contract: How the API fails: a contract, or the name of a bundled one. ``None``:
            the dialect is recognised from each answer.
        auth: Who is calling.
        timeout: Seconds for each phase of an attempt: connecting, sending, and each wait for
            more of the answer.
        deadline: Seconds for a whole call: attempts, waits and log-ins together. ``None``: any
            time.
        headers: Header fields of every request.
        transport: What sends requests; connections of its own by default.
        retry: When a call is repeated; ``None``: never.
        openapi: An OpenAPI document (a dict, its JSON text, or the path of its file) that
            requests are checked against before they are sent.
        redirects: Redirects that a call may follow, 5 at most.
        circuit: When calls are refused without being sent; ``None``: never.
        listener: Told of what happens.
        language: Language of the texts for people.
        clock: Where the time comes from.
        sleep: Lets seconds pass.
        random: Gives a number from 0 up to 1.
        attempt_header: Field that numbers retries; ``None``: no such field.

    Raises:
        FailwellError: There is no such contract, or the document cannot be used.
    """

    def __init__(
        self,
        base_url: str | httpx2.URL = "",
        *,
        contract: Contract | str | None = None,
        auth: Auth | None = None,
        timeout: float = 10.0,
        deadline: float | None = 90.0,
        headers: Mapping[str, str] | None = None,
        transport: Any = None,
        retry: RetryPolicy | None = _RETRY,
        openapi: Any = None,
        redirects: int = 0,
        circuit: CircuitPolicy | None = None,
        listener: Listener | None = None,
        language: str = "en",
        clock: Clock | None = None,
        sleep: Any = None,
        random: Callable[[], float] = random_module.random,
        attempt_header: str | None = "X-Retry-Count",
    ) -> None:
        if isinstance(contract, str):
            contract = Contract.bundled(contract)
        self._preparation = Preparation(base_url, headers or {})
        self._settings = Settings(
            contract=contract,
            auth=auth,
            timeout=timeout,
            deadline=deadline,
            retry=retry,
            redirects=redirects,
            circuit=circuit,
            listener=listener,
            language=language,
            clock=clock or SystemClock(),
            random=random,
            attempt_header=attempt_header,
            precheck=None if openapi is None else Precheck(openapi, contract),
            build=self._preparation.plain,
        )
        self._live = Live(self._settings)
        self._begin(transport, sleep)
        keep_library_logs_harmless()

    @abstractmethod
    def _begin(self, transport: Any, sleep: Any) -> None:
        """Make what drives the calls."""

    def _call(
        self, method: str, url: str | httpx2.URL, options: CallOptions, *, stream: bool = False
    ) -> Call:
        return self._preparation.call(method, url, options, self._settings, stream=stream)
