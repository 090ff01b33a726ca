"""Admission: whether a call may go out now, by what the client has learned of its server."""

from failwell.client.call import Call
from failwell.client.live import Live, origin_of
from failwell.client.record import Record
from failwell.client.settings import Settings
from failwell.client.steps import Steps, Wait
from failwell.client.switches import retries_are_on
from failwell.client.trouble import Trouble
from failwell.core.exceptions import CircuitOpenError, FaultError
from failwell.core.fault import Fault
from failwell.core.situation import Situation
from failwell.resilience.breaker import Permit, Verdict, verdict

__all__ = ["Admission"]


class Admission:
    """Asks the gate and the breaker of a server, and tells them what came of the call.

    Args:
        call: What the caller wants.
        settings: What the client was told.
        live: What the client has learned.
    """

    def __init__(self, call: Call, settings: Settings, live: Live) -> None:
        self._call = call
        self._settings = settings
        self._origin = origin_of(call.request.url)
        self._gate = live.gates.of(self._origin)
        self._breaker = live.breaker(self._origin)
        self._permit: Permit | None = None

    def enter(self, record: Record) -> Steps[None]:
        """Wait until the server may be called.

        Raises:
            FaultError: That would take longer than the call may wait, or the circuit is open.
        """
        yield from self._through_gate(record)
        if self._breaker is None:
            return
        permit = self._breaker.admit()
        if isinstance(permit, Permit):
            self._permit = permit
            return
        because = "the circuit of this server is open"
        fault = Fault(retry_after=permit, outcome="not_sent")
        error = CircuitOpenError.of(fault, history=record.history(because, "circuit"))
        record.teller.failed(error, because, "circuit")
        raise error

    def _through_gate(self, record: Record) -> Steps[None]:
        policy = self._call.policy
        if policy is None or not retries_are_on():
            return
        while (seconds := self._gate.wait(self._settings.random)) > 0:
            left = self._call.ends - self._settings.clock.monotonic()
            if seconds > policy.max_wait or seconds + policy.floor > left:
                raise self._gated(seconds, record)
            yield Wait(seconds)

    def _gated(self, seconds: float, record: Record) -> FaultError:
        because = f"the server has asked to wait {seconds:.3g} s, longer than this call may"
        fault = Fault(
            situation=Situation.RATE_LIMITED,
            message=f"Not sent: {because}",
            retry_after=seconds,
            outcome="not_sent",
        )
        error = FaultError.of(fault, history=record.history(because, "gate"))
        record.teller.failed(error, because, "gate")
        return error

    def succeeded(self, status: int) -> None:
        """Tell that the server is well."""
        if self._breaker is not None and self._permit is not None:
            self._breaker.record(self._permit, verdict(status))
            self._permit = None

    def failed(self, trouble: Trouble) -> None:
        """Tell what a failure says about the server."""
        if self._breaker is None or self._permit is None:
            return
        failure = trouble.failure
        wait = None if failure.wait is None else failure.wait.seconds
        # A request of ours that is no HTTP tells nothing about the server.
        ours = failure.phase == "write" and failure.retry == "never"
        said: Verdict = "ignored" if ours else verdict(failure.status, failure.phase)
        self._breaker.record(self._permit, said, retry_after=wait)
        self._permit = None

    def leave(self) -> None:
        """Give back what a cancelled call holds."""
        if self._breaker is not None and self._permit is not None:
            self._breaker.record(self._permit, "ignored")
            self._permit = None
