"""Running the steps of a log-in by hand: answers are fed in, steps are looked at."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urljoin

import httpx2

from failwell.client.auth import AuthTools, Grant
from failwell.client.steps import Answer, Detach, Join, Send, Step, Steps, Wait
from failwell.core.exceptions import DeadlineExceededError
from failwell.core.fault import Fault
from failwell.resilience.deadline import Deadline
from failwell.testing import FakeClock

__all__ = [
    "BASE",
    "TOKEN_URL",
    "Bench",
    "Led",
    "Ran",
    "answer",
    "authorization",
    "ended",
    "followed",
    "form",
    "refusal",
    "token_answer",
]

BASE = "https://api.test/v1/"
TOKEN_URL = "https://login.test/token"


@dataclass
class Ran:
    """How a flow ended, and what it asked for on the way."""

    value: Any = None
    error: BaseException | None = None
    steps: list[Step] = field(default_factory=list)

    @property
    def requests(self) -> list[httpx2.Request]:
        """What it sent."""
        return [step.request for step in self.steps if isinstance(step, Send)]


class Bench:
    """A clock moved by hand, and the tools of calls that look at it.

    Args:
        contract: The contract of the client.
        seconds: How long each call may take.
        random: The random number.
    """

    def __init__(
        self, contract: Any = None, *, seconds: float = math.inf, random: float = 0.0
    ) -> None:
        self.clock = FakeClock()
        self.contract = contract
        self.seconds = seconds
        self.random = random

    def tools(self) -> AuthTools:
        """The tools of one call that begins now."""
        return AuthTools(
            send=_send,
            build=_build,
            deadline=Deadline(self.clock.monotonic() + self.seconds),
            now=self.clock.now,
            monotonic=self.clock.monotonic,
            random=lambda: self.random,
            contract=self.contract,
        )

    def grant(self, auth: Any, *answers: Any) -> Grant:
        """What an attempt carries, given the answers that its log-in meets."""
        return self._value(self.run(auth.grant(self.tools()), *answers))

    def renew(self, auth: Any, spent: Grant, *answers: Any) -> Grant | None:
        """What the replay of a refused attempt carries."""
        return self._value(self.run(auth.renew(spent, self.tools()), *answers))

    def _value(self, ran: Ran) -> Any:
        if ran.error is not None:
            raise ran.error
        return ran.value

    def run(self, flow: Steps[Any], *answers: Answer | BaseException | Callable[[], Any]) -> Ran:
        """Run a flow to its end; a log-in that asks for more than there is fails the test."""
        left = list(answers)
        ran = self._run(flow, left)
        assert not left, "it asked for less than was expected"
        return ran

    def _run(self, flow: Steps[Any], left: list[Any]) -> Ran:
        ran = Ran()
        try:
            step = next(flow)
            while True:
                ran.steps.append(step)
                step = self._go_on(flow, step, left, ran)
        except StopIteration as stop:
            ran.value = stop.value
        except BaseException as error:
            ran.error = error
        return ran

    def _go_on(self, flow: Steps[Any], step: Step, left: list[Any], ran: Ran) -> Step:
        if isinstance(step, Wait):
            self.clock.advance(step.seconds)
            return flow.send(None)
        if isinstance(step, Join):
            return _joined(flow, step)
        if isinstance(step, Detach):
            apart = self._run(step.steps, left)
            ran.steps += apart.steps
            assert apart.error is None, "steps of their own throw nothing"
            return flow.send(None)
        assert left, f"nothing is there to answer {step.request.url}"
        given = left.pop(0)
        if isinstance(given, BaseException):
            return flow.throw(given)
        return flow.send(given() if callable(given) else given)


class Led:
    """A call that leads: it has started a fetch and waits for it.

    Args:
        flow: The call, not begun.
        first: Its first step, if it has begun.
    """

    def __init__(self, flow: Steps[Any], first: Step | None = None) -> None:
        self.flow = flow
        step = next(flow) if first is None else first
        assert isinstance(step, Detach)
        self.apart = step.steps
        sending = next(self.apart)
        assert isinstance(sending, Send)
        self.request = sending.request
        self.join = flow.send(None)
        assert isinstance(self.join, Join)

    def answer(self, given: Any) -> None:
        """Let the answer come, or an error instead; the call has not noticed yet."""
        try:
            self.apart.throw(given) if isinstance(given, BaseException) else self.apart.send(given)
        except StopIteration:
            return
        raise AssertionError("it asked for more")

    def go_on(self) -> Step:
        """Let the call notice; its next step."""
        return self.flow.send(self.join.future.result(0))

    def land(self, given: Any) -> Any:
        """Let the answer come, and the call end."""
        self.answer(given)
        return ended(self.flow, self.join.future.result(0))


def ended(flow: Steps[Any], value: Any) -> Any:
    """What a flow returns when it is given what came of its last step."""
    try:
        step = flow.send(value)
    except StopIteration as stop:
        return stop.value
    raise AssertionError(f"it goes on with {step}")


def followed(flow: Steps[Any], step: Step) -> Any:
    """What a follower returns when its leader has landed."""
    assert isinstance(step, Join)
    return ended(flow, step.future.result(0))


def _joined(flow: Steps[Any], step: Join) -> Step:
    try:
        result = step.future.result(2.0)
    except TimeoutError:
        return flow.throw(DeadlineExceededError.of(Fault()))
    except Exception as error:
        return flow.throw(error)
    return flow.send(result)


def _send(request: httpx2.Request) -> Steps[Answer]:
    return (yield Send(request=request, timeout=1.0))


def _build(method: str, url: str, **how: Any) -> httpx2.Request:
    return httpx2.Request(method, urljoin(BASE, url), **how)


def answer(
    status: int, value: Any = None, *, headers: Mapping[str, str] | None = None, at: float = 0.0
) -> Answer:
    """An answer with a JSON body, or with the bytes as they are."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    fields = {"Content-Type": "application/json", **(headers or {})}
    return Answer(status=status, headers=tuple(fields.items()), body=body, received=at)


def token_answer(number: int = 1, **members: Any) -> Answer:
    """A token endpoint's success."""
    return answer(200, {"access_token": f"access-{number}", "token_type": "Bearer", **members})


def refusal(code: str, status: int = 400, **members: Any) -> Answer:
    """A token endpoint's refusal (RFC 6749, 5.2)."""
    return answer(status, {"error": code, **members})


def form(request: httpx2.Request) -> dict[str, str]:
    """The form a request carries."""
    return dict(parse_qsl(request.content.decode(), keep_blank_values=True))


def authorization(grant: Grant) -> str:
    """The field that lets in."""
    return grant.headers["Authorization"]
