"""A server that is down is not made worse: 240 calls cost at most a quarter more requests."""

import time
from collections.abc import Callable
from functools import partial

import pytest

from failwell.core.exceptions import FaultError
from tests.client.byte_server import ByteServer, Reply, Seen, closed_port, json_reply
from tests.client.driving import Drive, FakeTime

_CALLS = 240
_AT_MOST = _CALLS * 1.25


class _Service:
    """Down until it is up again; ``/flaky`` fails once for each of its callers."""

    def __init__(self) -> None:
        self.up = False
        self._failed: set[str] = set()

    def __call__(self, seen: Seen) -> Reply:
        if not self.up:
            return json_reply(503, {"message": "down"})
        if seen.target.startswith("/flaky") and seen.target not in self._failed:
            self._failed.add(seen.target)
            return json_reply(503, {"message": "not yet"})
        return json_reply(200, {"ok": True})


def _storm(drive: Drive, call: Callable[[], object]) -> list[FaultError]:
    """240 calls, from 24 threads or as 240 tasks."""
    outcomes = drive.together([call] * _CALLS, at_once=24 if drive.name == "sync" else _CALLS)
    assert all(isinstance(each, FaultError) for each in outcomes), outcomes
    return outcomes


def test_client_n31_a_storm_against_503_costs_a_quarter_more(drive):
    """240 calls against a permanent 503 are at most 300 requests, and the errors say why."""
    with ByteServer(_Service()) as server:
        api = drive.client(server.url)
        errors = _storm(drive, partial(api.get, "/things"))

        assert _CALLS <= server.count <= _AT_MOST
    assert {error.status for error in errors} == {503}
    suppressed = [error for error in errors if error.retry_suppressed == "budget"]
    assert len(suppressed) >= _CALLS / 2


def test_client_n31_a_storm_against_refused_connections_costs_a_quarter_more(drive):
    """Connections that are refused are tried again just as rarely."""
    api = drive.client(f"http://127.0.0.1:{closed_port()}")

    errors = _storm(drive, partial(api.get, "/things"))

    assert sum(len(error.attempts) for error in errors) <= _AT_MOST
    assert {error.outcome for error in errors} == {"not_sent"}


def test_client_n31_a_storm_that_lasts_a_minute_costs_a_quarter_more(drive):
    """What time gives back to the budget does not lift a long storm over its limit."""
    clock = drive.fake_time()
    with ByteServer(_Service()) as server:
        api = drive.client(server.url, clock=clock, sleep=clock.sleep, deadline=1000.0)
        for _ in range(_CALLS):
            with pytest.raises(FaultError):
                api.get("/things")
            clock.slept.append(0.25)

        assert _CALLS <= server.count <= _AT_MOST


def test_client_n31_a_server_that_returns_is_served_at_once(drive):
    """After a storm first attempts succeed, and retries come back within seconds."""
    service = _Service()
    with ByteServer(service) as server:
        api = drive.client(server.url)
        _storm(drive, partial(api.get, "/things"))
        service.up = True
        returned = time.monotonic()

        assert api.get("/things").status_code == 200
        assert time.monotonic() - returned < 0.5
        assert _retries_are_back(api, returned + 5.0)


def test_client_n32_first_attempts_are_never_held_back(drive):
    """Every one of 240 calls reaches the server, however empty the budget is."""
    with ByteServer(_Service()) as server:
        api = drive.client(server.url)
        _storm(drive, partial(api.get, "/things"))
        before = server.count
        started = time.monotonic()
        for _ in range(20):
            with pytest.raises(FaultError):
                api.get("/things")

        assert server.count >= before + 20
        assert time.monotonic() - started < 5.0


def _retries_are_back(api: object, end: float) -> bool:
    """Whether a call that fails once succeeds in the end; each asks for a path of its own."""
    number = 0
    while time.monotonic() < end:
        number += 1
        try:
            api.get(f"/flaky/{number}")
        except FaultError:
            time.sleep(0.1)
        else:
            return True
    return False


def test_a_faked_clock_lets_a_storm_last_a_minute():
    """The minute of the storm above really passes."""
    clock = FakeTime("sync")
    before = clock.monotonic()

    clock.slept += [0.25] * _CALLS

    assert clock.monotonic() - before == 60.0
