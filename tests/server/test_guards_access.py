"""Credentials, permission, maintenance and deadlines each refuse in the contract's words."""

import asyncio

import msgspec
import pytest

from failwell.core.exceptions import UnavailableError, UpstreamError
from failwell.core.situation import Situation
from failwell.server.guards.deadline import Deadline, within
from failwell.server.headers import Headers
from failwell.server.operation import Call, Operation, Reply
from failwell.server.principal import Principal, quota_key
from tests.server.library_api import JSON_TYPE, KEY, WRITER, call, library

NOW = 1_705_330_800.0


class Noon:
    """A clock that stands still."""

    def now(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return NOW


class Announced(msgspec.Struct):
    """An absence."""

    ends_at: float | None
    message: str | None = None


class Calendar:
    """Knows one absence, or none."""

    def __init__(self, window: Announced | None) -> None:
        self.window = window

    async def active(self, api: str, now: float, route: str | None = None) -> Announced | None:
        assert (api, now) == ("connix", NOW)
        return self.window


@pytest.mark.parametrize(
    "headers",
    [[], [(b"x-api-key", b"wrong")], [(b"x-api-key", b"token")], [(b"authorization", b"Bearer x")]],
)
async def test_bad_credentials_get_a_challenge(headers):
    """None, wrong ones, and good ones of a kind not accepted here: all are 401 with a challenge."""
    answer = await call(library(), "GET", "/api/v1/books", *headers)

    assert (answer.status, answer.error["code"]) == (401, "invalid_api_key")
    assert answer.headers["www-authenticate"] == 'ApiKey realm="connix", Bearer realm="connix"'


async def test_missing_scopes_are_listed():
    """What the operation needs and what the credential has are both told."""
    answer = await call(library(), "POST", "/api/v1/books", KEY, JSON_TYPE, body=b'{"name":"A"}')

    assert answer.status == 403
    assert answer.error["details"] == {
        "required_scopes": ["books:write"],
        "provided_scopes": ["books:read"],
    }


def test_a_quota_key_tells_credentials_apart():
    """A partition names the quota; without one the credential itself does."""
    assert quota_key(Principal(id="7", kind="bearer")) == "bearer:7"
    assert quota_key(Principal(id="7", kind="bearer", partition="user:1")) == "user:1"


def test_fields_are_found_whatever_their_case():
    """Names have no case, and several fields of one name read as one."""
    headers = Headers([(b"X-Tag", b"a"), (b"x-tag", b"b")])

    assert headers["X-TAG"] == "a, b"
    assert headers.all("x-tag") == ("a", "b")
    assert "x-tag" in headers
    assert headers.get("other") is None


async def test_maintenance_answers_for_everything_but_the_probes():
    """While a window is open operations and unknown paths are away, the probes are not."""
    app = library(maintenance=Calendar(Announced(NOW + 3600)), clock=Noon())

    for path in ("/api/v1/books", "/nowhere"):
        answer = await call(app, "GET", path)
        assert (answer.status, answer.headers["retry-after"]) == (503, "3600")
        assert answer.error["details"] == (
            "Scheduled maintenance in progress. Service will resume at 16:00 UTC"
        )
    for path in ("/healthz", "/readyz", "/openapi.json"):
        assert (await call(app, "GET", path)).status == 200


async def test_maintenance_without_an_end_promises_none():
    """Where nobody knows the end the text names none, and callers look again in a minute."""
    app = library(maintenance=Calendar(Announced(None, "Moving house")), clock=Noon())

    answer = await call(app, "GET", "/api/v1/books")

    assert answer.error["details"] == "Scheduled maintenance in progress"
    assert answer.headers["retry-after"] == "60"


async def test_no_window_is_no_obstacle():
    """An API that is not away answers."""
    app = library(maintenance=Calendar(None), clock=Noon())

    assert (await call(app, "GET", "/api/v1/books", KEY)).status == 200


async def test_a_late_handler_is_stopped_and_answered_for():
    """A handler past its deadline is cancelled; its caller learns who was waited for."""
    cancelled = asyncio.Event()

    async def wait(_call: Call) -> Reply:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        raise AssertionError

    slow = Operation(
        method="GET",
        path="/slow",
        handler=wait,
        id="slow",
        summary="Wait.",
        deadline=Deadline(seconds=0.01, upstream="model provider"),
    )

    answer = await call(library(slow), "GET", "/api/v1/slow", WRITER)

    assert answer.status == 504
    assert answer.error["details"] == {"upstream": "model provider", "timeout_seconds": 0.01}
    assert cancelled.is_set()


async def test_our_own_deadline_is_ours_to_answer_for():
    """Where no other server is waited for, the API itself is unavailable."""
    deadline = Deadline(seconds=0.01, situation=Situation.UNAVAILABLE)

    with pytest.raises(UnavailableError) as caught:
        await within(deadline, asyncio.Event().wait())

    assert caught.value.retry_after == 1.0


async def test_a_timeout_inside_is_another_matter():
    """A handler's own TimeoutError is not mistaken for the deadline."""

    async def fail() -> None:
        raise TimeoutError("a lock")

    with pytest.raises(TimeoutError, match="a lock"):
        await within(Deadline(seconds=10), fail())


async def test_work_in_time_is_not_touched():
    """What is done before the deadline is returned as it is."""

    async def answer() -> str:
        return "done"

    assert await within(Deadline(seconds=10), answer()) == "done"
    assert issubclass(UpstreamError, Exception)
