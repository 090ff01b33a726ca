"""N31 to N35: a server that is down or asks for peace is left alone, by all calls together."""

import itertools
import threading
import time

import pytest

from failwell import (
    CircuitOpenError,
    FaultError,
    NotFoundError,
    PoolTimeoutError,
    RateLimitError,
    UnavailableError,
)
from failwell.resilience.breaker import CircuitPolicy
from failwell.resilience.policy import RetryBudget, RetryPolicy
from tests.client.byte_server import HANG, LOST, ByteServer, serve
from tests.client.calls import OK, failed
from tests.client.driving import QUICK, outcome

ONCE = RetryPolicy(attempts=1)


def storm(drive, client, calls=240, at_once=24):
    return drive.together([lambda: client.get("/")] * calls, at_once=at_once)


def test_client_n31_a_server_that_is_down_is_not_stormed(drive):
    """240 calls from 24 threads cost at most 1.25 requests each, and every first one is sent."""
    with serve(failed()) as server:
        client = drive.client(server.url, retry=QUICK)
        errors = storm(drive, client)

        assert 240 <= server.count <= 300
    assert all(isinstance(error, UnavailableError) for error in errors)
    suppressed = [error.retry_suppressed for error in errors]
    assert suppressed.count("budget") >= 200
    assert set(suppressed) <= {"budget", "attempts"}


def test_client_n31_retries_come_back_after_recovery(drive):
    """Once calls succeed again, a failure is retried again within seconds."""
    down = threading.Event()
    down.set()
    hiccups = itertools.count()

    def script(seen):
        return failed() if down.is_set() or next(hiccups) == 20 else OK

    with ByteServer(script) as server:
        client = drive.client(server.url, retry=QUICK)
        errors = storm(drive, client, calls=60)
        assert errors[-1].retry_suppressed == "budget"
        down.clear()

        answers = [client.get("/").status_code for _ in range(40)]

        assert answers == [200] * 40
        assert next(hiccups) == 41


def test_client_n31_tokens_come_back_with_time(drive):
    """A caller with little traffic gets retries back without any success."""
    with serve(failed()) as server:
        time_of_test = drive.fake_time()
        client = drive.client(
            server.url,
            clock=time_of_test,
            sleep=time_of_test.sleep,
            retry=RetryPolicy(budget=RetryBudget(tokens=2.0, refill=0.25)),
        )
        for _ in range(3):
            outcome(lambda: client.get("/"))
        spent = server.count
        time_of_test.slept.append(8.0)
        outcome(lambda: client.get("/"))

        assert spent == 5
        assert server.count == spent + 3


def test_client_n31_without_a_budget_every_call_has_its_attempts(drive):
    """The budget can be switched off."""
    with serve(failed()) as server:
        client = drive.client(server.url, retry=RetryPolicy(base=0.001, cap=0.001, budget=None))
        storm(drive, client, calls=30)

        assert server.count == 90


def test_client_n32_every_origin_has_its_own_budget(drive):
    """A server that is down costs another one nothing."""
    with serve(failed()) as down, serve(failed(), OK) as up:
        client = drive.client(retry=QUICK)
        drive.together([lambda: client.get(f"{down.url}/")] * 40, at_once=8)

        assert client.get(f"{up.url}/").status_code == 200
        assert up.count == 2


def test_client_n32_only_what_would_be_retried_costs(drive):
    """Errors that stay ones take no tokens, however many come."""
    with ByteServer(lambda seen: failed(404) if seen.target == "/404" else failed()) as server:
        client = drive.client(server.url, retry=QUICK)
        for _ in range(60):
            assert isinstance(outcome(lambda: client.get("/404")), NotFoundError)
        error = outcome(lambda: client.get("/"))

    assert error.retry_suppressed == "attempts"
    assert len(error.attempts) == 3


def breaking(drive, server, **policy):
    """A client with a circuit breaker over faked time, that repeats nothing."""
    faked = drive.fake_time()
    settings = {"minimum_calls": 10, "open_for": 5.0, "trials": 2, **policy}
    client = drive.client(
        server.url,
        clock=faked,
        sleep=faked.sleep,
        retry=None,
        circuit=CircuitPolicy(**settings),
    )
    return client, faked


def fail_times(client, count):
    return [outcome(lambda: client.get("/")) for _ in range(count)]


@pytest.mark.parametrize("answer", [failed(500), failed(503), LOST], ids=["500", "503", "closed"])
def test_client_n33_the_circuit_opens_on_failures(drive, answer):
    """After enough calls failed, the next is refused without being sent, and says until when."""
    with serve(answer) as server:
        client, _ = breaking(drive, server)
        fail_times(client, 10)
        sent = server.count
        error = outcome(lambda: client.post("/"))

        assert sent == server.count == 10
    assert isinstance(error, CircuitOpenError)
    assert error.outcome == "not_sent"
    assert error.retry_after == pytest.approx(5.0, abs=0.5)


def test_client_n33_too_few_calls_open_nothing(drive):
    """Nine failures of nine are too little to judge by."""
    with serve(*[failed()] * 9, OK) as server:
        client, _ = breaking(drive, server)
        fail_times(client, 9)

        assert client.get("/").status_code == 200


def test_client_n33_the_rate_counts_not_the_number(drive):
    """Forty failures among a hundred calls leave the circuit closed."""
    with ByteServer(lambda seen: failed() if seen.turn % 5 in (0, 3) else OK) as server:
        client, _ = breaking(drive, server)
        ended = fail_times(client, 100)

        assert server.count == 100
    assert not any(isinstance(each, CircuitOpenError) for each in ended)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429])
def test_client_n33_mistakes_of_the_caller_are_no_outage(drive, status):
    """A server that refuses a request is well."""
    with serve(failed(status)) as server:
        client, _ = breaking(drive, server, minimum_calls=3)
        ended = fail_times(client, 30)

        assert server.count == 30
    assert {each.status for each in ended} == {status}


def test_client_n33_a_full_pool_is_no_outage(drive):
    """Calls that found no connection of ours free say nothing about the server."""
    with ByteServer(lambda seen: OK.after(0.5) if seen.target == "/slow" else OK) as server:
        client = drive.client(
            server.url,
            retry=None,
            transport=drive.transport(most=1),
            circuit=CircuitPolicy(minimum_calls=3),
        )
        ended = drive.together(
            [lambda: client.get("/slow")]
            + [lambda: server.wait_for(1) or client.get("/", timeout=0.05)] * 5
        )

        assert [type(each) for each in ended[1:]] == [PoolTimeoutError] * 5
        assert client.get("/").status_code == 200


def test_client_n33_cancelled_calls_are_no_outage(drive):
    """Whoever loses patience says nothing about the server."""
    with ByteServer(lambda seen: HANG if seen.target == "/slow" else OK) as server:
        client = drive.client(server.url, retry=None, circuit=CircuitPolicy(minimum_calls=3))
        for _ in range(4):
            drive.cancel_after(0.05, lambda: client.get("/slow"))

        assert client.get("/").status_code == 200


def test_client_n33_half_open_lets_through_exactly_its_trials(drive):
    """Of ten calls after the pause, two are sent and eight are refused."""
    with ByteServer(lambda seen: failed() if server.count <= 10 else OK.after(0.3)) as server:
        client, faked = breaking(drive, server)
        fail_times(client, 10)
        faked.slept.append(5.1)
        ended = drive.together([lambda: client.get("/")] * 10)

        assert server.count == 12
        refused = [each for each in ended if isinstance(each, CircuitOpenError)]
        assert len(refused) == 8
        assert all(each.retry_after is not None for each in refused)
        assert client.get("/").status_code == 200


def test_client_n33_a_failed_trial_opens_it_again(drive):
    """A server that is still down is left alone for longer."""
    with serve(failed()) as server:
        client, faked = breaking(drive, server, trials=1)
        fail_times(client, 10)
        faked.slept.append(5.1)
        fail_times(client, 1)
        error = outcome(lambda: client.get("/"))

        assert server.count == 11
    assert isinstance(error, CircuitOpenError)
    assert error.retry_after > 5


@pytest.mark.parametrize("status", [429, 503])
def test_client_n33_a_wait_keeps_it_open(drive, status):
    """An open circuit lasts at least as long as the server asked to be left alone."""
    with serve(*[failed(500)] * 9, failed(500).after(0.3), failed(status)) as server:
        client, _ = breaking(drive, server)
        replies = [failed(500)] * 9 + [failed(500), failed(status, {"Retry-After": "60"})]
        fail_times(client, 9)
        script = {"/last": replies[9].after(0.1), "/asks": replies[10].after(0.3)}
        server.script = lambda seen: script[seen.target]
        drive.together([lambda: client.get("/last"), lambda: client.get("/asks")])
        error = outcome(lambda: client.get("/", deadline=10.0))

        assert server.count == 11
    assert isinstance(error, CircuitOpenError)
    assert error.retry_after == pytest.approx(60, abs=2)


def test_client_n33_there_is_no_circuit_unasked(drive):
    """Without a policy nothing is ever refused."""
    with serve(failed()) as server:
        client = drive.client(server.url, retry=None)
        fail_times(client, 50)

        assert server.count == 50


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_client_n34_all_calls_wait_when_one_was_told_to(drive, status, method):
    """What one call learned, the others need not discover: they wait with it."""
    with serve(failed(status, {"retry-after-ms": "600"}), OK) as server:
        client = drive.client(server.url, retry=QUICK)
        ended = drive.together(
            [
                lambda: client.get("/"),
                lambda: server.wait_for(1) or time.sleep(0.1) or client.request(method, "/"),
                lambda: server.wait_for(1) or time.sleep(0.2) or client.request(method, "/"),
            ]
        )

        assert [each.status_code for each in ended] == [200] * 3
        first, *others = [seen.at for seen in server.requests]
        assert len(others) == 3
        assert min(others) - first >= 0.6


def test_client_n34_a_call_that_is_not_repeated_teaches_the_others_too(drive):
    """A POST that fails with a wait keeps the next call away as well."""
    with serve(failed(503, {"retry-after-ms": "500"}), OK) as server:
        client = drive.client(server.url, retry=QUICK)
        error = outcome(lambda: client.post("/"))
        assert isinstance(error, UnavailableError)

        assert client.get("/").status_code == 200
        assert server.gaps[0] >= 0.45


def test_client_n34_a_call_without_the_time_fails_at_once(drive):
    """Who cannot wait that long is told so, with the time, and nothing is sent."""
    with serve(failed(429, {"Retry-After": "20"}), OK) as server:
        client = drive.client(server.url, retry=ONCE)
        assert isinstance(outcome(lambda: client.get("/")), RateLimitError)
        started = time.monotonic()
        error = outcome(lambda: client.get("/", deadline=2.0))

        assert time.monotonic() - started < 0.2
        assert server.count == 1
    assert isinstance(error, FaultError)
    assert error.outcome == "not_sent"
    assert error.retry_suppressed == "gate"
    assert error.retry_after == pytest.approx(20, abs=3)


def test_client_n34_other_origins_are_not_concerned(drive):
    """A server that asks for peace speaks for itself."""
    with serve(failed(429, {"Retry-After": "20"})) as busy, serve(OK) as free:
        client = drive.client(retry=ONCE)
        outcome(lambda: client.get(f"{busy.url}/"))
        started = time.monotonic()

        assert client.get(f"{free.url}/").status_code == 200
        assert time.monotonic() - started < 0.5


def test_client_n35_those_who_waited_together_come_back_spread(drive):
    """Of sixteen callers that were told the same time, at most eight come within 50 ms."""
    calls = 16

    def script(seen):
        told = server.count <= calls and seen.turn == 1
        return failed(503, {"retry-after-ms": "400"}).after(0.1) if told else OK

    with ByteServer(script) as server:
        client = drive.client(server.url, retry=QUICK)
        ended = drive.together([lambda: client.get("/")] * calls)

        assert [each.status_code for each in ended] == [200] * calls
        back = sorted(seen.at for seen in server.requests)[calls:]
    assert len(back) == calls
    crowds = [sum(0 <= other - moment < 0.05 for other in back) for moment in back]
    assert max(crowds) <= calls // 2
