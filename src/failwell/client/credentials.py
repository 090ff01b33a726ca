"""Credentials of a call: what its log-in grants, put on each attempt."""

from collections.abc import Callable
from typing import Any

import httpx2
import msgspec

from failwell.client.auth.protocol import AuthTools, Grant
from failwell.client.call import Call
from failwell.client.live import Live
from failwell.client.record import Record
from failwell.client.settings import Settings
from failwell.client.steps import Answer, Steps
from failwell.client.trouble import Trouble
from failwell.core.exceptions import FaultError
from failwell.resilience.deadline import Deadline

__all__ = ["Credentials"]

Flow = Callable[[Call, Settings, Live], Steps[Any]]


class Credentials:
    """Asks the `Auth` of a client for what each attempt of a call carries.

    Args:
        call: What the caller wants.
        settings: What the client was told.
        live: What the client has learned.
        flow: Sends the requests of the log-in itself.
    """

    def __init__(self, call: Call, settings: Settings, live: Live, flow: Flow) -> None:
        assert settings.auth is not None
        self._call = call
        self._settings = settings
        self._live = live
        self._flow = flow
        self._auth = settings.auth
        self._grant: Grant | None = None
        self.secrets: set[str] = set()
        """What was sent as a credential, by any attempt."""
        self._renewed = False
        self._fresh = False

    def apply(self, record: Callable[[], Record]) -> Steps[None]:
        """Put on the next attempt what it needs to be let in.

        Args:
            record: Gives the record of the call, which a success does not need.

        Raises:
            FaultError: The log-in failed, or is impossible.
        """
        if not self._fresh:
            try:
                self._grant = yield from self._auth.grant(self._tools())
            except FaultError as error:
                raise _with_history(error, record()) from error.__cause__
        self._fresh = False
        if self._grant is not None:
            self._carry(self._grant)

    def may_renew(self, trouble: Trouble) -> bool:
        """Tell whether a new credential may help, and has not been asked for by this call."""
        if not trouble.asks_log_in or self._renewed or self._grant is None:
            return False
        # What the caller wrote into the field itself was refused, and not the credential.
        own, grant = self._call.own_headers, self._grant
        secret = [
            name.lower()
            for name, value in grant.headers.items()
            if any(each in value for each in grant.secrets)
        ]
        return not any(name in own for name in secret)

    def renew(self, record: Record) -> Steps[bool]:
        """Replace a credential that was refused; tell whether there is a new one."""
        assert self._grant is not None
        self._renewed = True
        try:
            new = yield from self._auth.renew(self._grant, self._tools())
        except FaultError as error:
            raise _with_history(error, record) from error.__cause__
        if new is None:
            return False
        self._grant, self._fresh = new, True
        return True

    def _carry(self, grant: Grant) -> None:
        request, own = self._call.request, self._call.own_headers
        self.secrets.update(grant.secrets)
        for name, value in grant.headers.items():
            if name.lower() not in own:
                request.headers[name] = value
        if grant.params:
            request.url = request.url.copy_merge_params(grant.params)
        if grant.cookies:
            self._carry_cookies(grant)

    def _carry_cookies(self, grant: Grant) -> None:
        headers = self._call.request.headers
        kept = [part.strip() for part in headers.get("cookie", "").split(";") if part.strip()]
        kept = [part for part in kept if part.partition("=")[0] not in grant.cookies]
        headers["cookie"] = "; ".join([*kept, *(f"{k}={v}" for k, v in grant.cookies.items())])

    def _tools(self) -> AuthTools:
        settings = self._settings
        assert settings.build is not None
        return AuthTools(
            send=self._sent,
            build=settings.build,
            deadline=Deadline(self._call.ends),
            now=settings.clock.now,
            monotonic=settings.clock.monotonic,
            random=settings.random,
            contract=settings.contract,
            listener=settings.listener,
        )

    def _sent(self, request: httpx2.Request) -> Steps[Answer]:
        errand = Call(
            request=request,
            policy=self._call.policy,
            timeout=self._call.timeout,
            started=self._settings.clock.monotonic(),
            ends=self._call.ends,
            errand=True,
            trusted=False,
        )
        answer: Answer = yield from self._flow(errand, self._settings, self._live)
        return answer


def _with_history(error: FaultError, record: Record) -> FaultError:
    """Let the error of a log-in tell for which call it was."""
    if error.history is None:
        error.history = record.history("the log-in failed")
    elif not error.history.attempts:
        error.history = msgspec.structs.replace(error.history, attempts=tuple(record.attempts))
    return error
