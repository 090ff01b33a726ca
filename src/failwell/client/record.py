"""Record of a call: its attempts, and the error it ends with."""

import msgspec

from failwell.client.call import Call
from failwell.client.causes import hide_in_causes
from failwell.client.sent_secrets import sent_secrets
from failwell.client.settings import Settings
from failwell.client.telling import Teller
from failwell.client.trouble import Trouble
from failwell.core.call_history import Attempt, CallHistory, Suppression
from failwell.core.exceptions import FaultError
from failwell.core.redaction import safe_url, without_secrets

__all__ = ["Record"]


class Record:
    """Keeps what a call has gone through; on the way of a success nothing is kept.

    Args:
        call: What the caller wanted.
        settings: What the client was told.
    """

    def __init__(self, call: Call, settings: Settings) -> None:
        self._call = call
        self._settings = settings
        self.teller = Teller(settings.listener, call.request.method, self.address())
        """Says what happens."""
        self.attempts: list[Attempt] = []
        """What has failed."""
        self.secrets: set[str] = set()
        """What was sent as a credential, by any attempt."""

    def add(
        self,
        trouble: Trouble,
        *,
        wait: float | None = None,
        because: str | None = None,
        source: str | None = None,
    ) -> Attempt:
        """Note an attempt that failed, and what followed."""
        attempt = Attempt(
            number=len(self.attempts) + 1,
            status=trouble.failure.status,
            code=trouble.fault.code,
            error=trouble.kind.__name__ if trouble.answer is None else None,
            phase=trouble.failure.phase,
            request_id=trouble.fault.request_id,
            wait=wait,
            because=because,
            source=source,
        )
        self.attempts.append(attempt)
        return attempt

    def history(
        self,
        because: str | None = None,
        suppressed: Suppression | None = None,
        trouble: Trouble | None = None,
    ) -> CallHistory:
        """Put the whole call together."""
        told = None if trouble is None else trouble.told
        answer = None if trouble is None else trouble.answer
        clock = self._settings.clock
        return CallHistory(
            method=self._call.request.method,
            url=self.address(),
            attempts=tuple(self.attempts),
            elapsed=clock.monotonic() - self._call.started,
            ended=clock.now(),
            because=because,
            suppressed=suppressed,
            language=self._settings.language,
            status=None if trouble is None else trouble.failure.status,
            guessed=told is not None and told.guessed,
            gateway=told is not None and told.gateway,
            truncated=answer is not None and answer.truncated,
            violated=told is not None and told.violated,
        )

    def address(self) -> str:
        """Give the address without what it must not show."""
        url = self._call.request.url
        if self._call.route is not None:
            port = f":{url.port}" if url.port else ""
            return f"{url.scheme}://{url.host}{port}/{self._call.route.lstrip('/')}"
        return safe_url(str(url))

    def error(
        self, trouble: Trouble, because: str, suppressed: Suppression | None = None
    ) -> FaultError:
        """Make the error that a call ends with, of a failure that is `harmless`."""
        told = trouble.told
        contract = told.contract
        error = trouble.kind.of(
            told.fault,
            entry=told.entry,
            api=None if contract is None else contract.api,
            contract=None if contract is None else contract.name,
            history=self.history(because, suppressed, trouble),
        )
        if suppressed == "body":
            error.add_note("body not replayable: it was read, and cannot be read again")
        return error

    def harmless(self, trouble: Trouble) -> Trouble:
        """Give a failure without what was sent and the server may have said back.

        Everything that tells of it, history and logs included, is made of what this gives.
        """
        self.secrets.update(sent_secrets(self._call.request))
        if trouble.cause is not None:
            hide_in_causes(trouble.cause, self.secrets)
        known = trouble.told.entry is not None
        fault = without_secrets(trouble.fault, self.secrets, known_code=known)
        if fault is trouble.fault:
            return trouble
        failure = trouble.failure
        if failure.code is not None:
            failure = msgspec.structs.replace(failure, code=fault.code)
        told = msgspec.structs.replace(trouble.told, fault=fault)
        return msgspec.structs.replace(trouble, told=told, failure=failure)
