"""What a call tells while it runs, how retries are turned off, and time that tests hold."""

import logging
import pickle

import httpx2
import pytest

from failwell.client import (
    AttemptEnded,
    CallFailed,
    RetryPlanned,
    UndeclaredAnswer,
    set_retries,
    without_retries,
    yielding_to,
)
from failwell.core.exceptions import (
    FailwellError,
    FaultError,
    NotFoundError,
    ReadError,
    UnavailableError,
)
from failwell.resilience.policy import RetryPolicy
from tests.client.byte_server import HANG, json_reply, serve
from tests.client.driving import Cancelled, outcome

QUICK = RetryPolicy(base=0.02, throttle_base=0.02, cap=0.05)
OK = json_reply(200, {"ok": True})
BUSY = json_reply(503, {"error": "busy"}, {"X-Request-ID": "req_1"})


def records(caplog):
    return [each for each in caplog.records if each.name == "failwell.client"]


def test_client_n63_each_retry_is_one_record(drive, caplog):
    """The log says which attempt failed, why, how long the wait is and who wanted it."""
    with serve(json_reply(503, {}, {"Retry-After": "1"}), BUSY, OK) as server:
        time = drive.fake_time()
        client = drive.client(server.url, clock=time, sleep=time.sleep, retry=QUICK)
        with caplog.at_level(logging.DEBUG, logger="failwell.client"):
            client.get("/v1/projects/4711?token=hush")

    first, second = records(caplog)
    assert first.levelno == logging.WARNING
    assert "attempt 1 failed (503" in first.getMessage()
    assert "(Retry-After (seconds))" in first.getMessage()
    assert first.failwell_wait == pytest.approx(1.0, abs=0.6)
    assert second.failwell_source == "backoff"
    assert second.failwell_request_id == "req_1"
    for record in (first, second):
        assert "hush" not in record.getMessage()
        assert "4711" not in record.getMessage()


def test_client_n63_a_success_is_not_logged(drive, caplog):
    """A call that needs no retry leaves no record."""
    with serve(OK) as server, caplog.at_level(logging.DEBUG, logger="failwell.client"):
        drive.client(server.url).get("/")

    assert records(caplog) == []


def test_client_n63_a_listener_hears_everything_in_order(drive):
    """Attempts, retries and the end arrive as values."""
    heard = []
    with serve(BUSY) as server:
        client = drive.client(server.url, retry=QUICK, listener=heard.append)
        error = outcome(lambda: client.get("/v1/projects/4711"))

    assert isinstance(error, UnavailableError)
    assert [type(each) for each in heard] == [
        AttemptEnded,
        RetryPlanned,
        AttemptEnded,
        RetryPlanned,
        AttemptEnded,
        CallFailed,
    ]
    assert [each.number for each in heard[:-1]] == [1, 1, 2, 2, 3]
    assert all(each.url.endswith("/v1/projects/{id}") for each in heard[:-1])
    assert heard[-1].history == error.history
    assert heard[-1].suppressed == "attempts"


def test_client_n63_a_listener_hears_of_what_no_contract_declares(drive):
    """An unknown code of a known API is told, so that a contract can follow its API."""
    heard = []
    answer = json_reply(418, {"error": {"code": "teapot", "message": "short and stout"}})
    with serve(answer) as server:
        client = drive.client(server.url, contract="connix", retry=None, listener=heard.append)
        outcome(lambda: client.get("/"))

    told = [each for each in heard if isinstance(each, UndeclaredAnswer)]
    assert [(each.contract, each.status) for each in told] == [("connix", 418)]


def test_client_n63_a_listener_that_fails_harms_no_call(drive, caplog):
    """What a listener raises is logged and goes no further."""

    def broken(event):
        raise RuntimeError(f"cannot hear {event}")

    with serve(BUSY, OK) as server:
        client = drive.client(server.url, retry=QUICK, listener=broken)
        with caplog.at_level(logging.ERROR, logger="failwell.client"):
            assert client.get("/").status_code == 200
    assert "a listener failed" in caplog.text


def test_client_n63_each_attempt_is_a_span(drive, spans):
    """OpenTelemetry gets a span for each attempt, numbered, with the code of the error."""
    with serve(BUSY, OK) as server:
        drive.client(server.url, retry=QUICK).get("/v1/projects/4711?token=hush")
        seen = [request.headers["traceparent"] for request in server.requests]

    first, second = spans()
    assert first.attributes["error.type"] == "busy"
    assert first.attributes["http.response.status_code"] == 503
    assert "http.request.resend_count" not in first.attributes
    assert second.attributes["http.request.resend_count"] == 1
    assert "hush" not in str(first.attributes) + str(second.attributes)
    assert [each.split("-")[2] for each in seen] == [
        f"{span.context.span_id:016x}" for span in (first, second)
    ]


def test_client_n63_a_trace_context_of_the_caller_is_kept(drive, spans):
    """Who names the trace himself finds his own name on every attempt."""
    mine = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with serve(BUSY, OK) as server:
        drive.client(server.url, retry=QUICK).get("/", headers={"traceparent": mine})

        assert {request.headers["traceparent"] for request in server.requests} == {mine}


@pytest.fixture
def spans(monkeypatch):
    """What was traced, by an SDK of this test alone."""
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    return exporter.get_finished_spans


@pytest.mark.parametrize("answer", [HANG, BUSY], ids=["in an answer", "in a wait"])
def test_client_n65_a_cancellation_is_never_swallowed(drive, answer):
    """Ctrl-C and a cancelled task come out as they are, at once, and nothing follows."""
    policy = RetryPolicy(base=5.0, throttle_base=5.0)
    with serve(answer) as server:
        client = drive.client(server.url, retry=policy, random=lambda: 1.0)
        ended = drive.cancel_after(0.3, lambda: client.get("/"))

        assert isinstance(ended, Cancelled)
        assert not isinstance(ended.outcome, Exception)
        assert isinstance(ended.outcome, BaseException)
        assert ended.seconds < 0.3
        assert server.count == 1


def test_client_n65_an_error_of_the_body_of_the_caller_is_his(drive):
    """What a body raises while it is read comes out as it is, and is not repeated."""

    def broken():
        yield b"one"
        raise LookupError("mine")

    with serve(OK) as server:
        client = drive.client(server.url, retry=QUICK)
        error = outcome(lambda: client.put("/", content=broken()))

    assert isinstance(error, LookupError)


def test_client_n70_retries_are_off_for_one_call(drive):
    """``retry=None`` sends once, and the error says that retries were off."""
    with serve(BUSY) as server:
        client = drive.client(server.url, retry=QUICK)
        error = outcome(lambda: client.get("/", retry=None))

        assert server.count == 1
    assert isinstance(error, UnavailableError)
    assert error.retry_suppressed == "policy"


def test_client_n70_retries_are_off_for_a_client(drive):
    """A client made with ``retry=None`` never repeats, and a call may still ask for it."""
    with serve(BUSY, BUSY, OK) as server:
        client = drive.client(server.url, retry=None)
        outcome(lambda: client.get("/"))

        assert server.count == 1
        assert client.get("/", retry=QUICK).status_code == 200


def test_client_n70_retries_are_off_for_a_process(drive):
    """Tests switch them off for every client there is."""
    with serve(BUSY) as server:
        client = drive.client(server.url, retry=QUICK)
        set_retries(False)
        try:
            error = outcome(lambda: client.get("/"))
        finally:
            set_retries(True)

        assert server.count == 1
    assert isinstance(error, FaultError)
    assert error.retry_suppressed == "policy"


def test_client_n70_retries_are_off_for_a_block():
    """A block of code makes every call once, whatever its client was told."""
    from tests.client.driving import driving

    with driving("sync") as drive, serve(BUSY) as server:
        client = drive.client(server.url, retry=QUICK)
        with without_retries():
            outcome(lambda: client.get("/"))
        assert server.count == 1
        outcome(lambda: client.get("/"))
        assert server.count == 4


@pytest.mark.parametrize(("said", "count"), [("1", 1), ("2", 1), ("0", 3), ("x", 3), (None, 3)])
def test_client_n70_who_is_repeated_does_not_repeat(said, count):
    """While we serve a request that its caller repeats, retries are left to him."""
    from tests.client.driving import driving

    inbound = {} if said is None else {"x-retry-count": said}
    with driving("sync") as drive, serve(BUSY) as server:
        client = drive.client(server.url, retry=QUICK)
        with yielding_to(inbound):
            outcome(lambda: client.get("/"))
        assert server.count == count


def test_client_n73_a_fake_clock_makes_a_schedule_without_waiting(drive):
    """With clock, sleep and random injected, an hour passes at once and always the same."""
    slept = []
    for _ in range(2):
        with serve(json_reply(503, {}, {"Retry-After": "30"}), BUSY, BUSY, OK) as server:
            time = drive.fake_time()
            client = drive.client(
                server.url,
                clock=time,
                sleep=time.sleep,
                random=lambda: 0.5,
                retry=RetryPolicy(attempts=4),
            )
            assert client.get("/").status_code == 200
            slept.append(time.slept)

    assert slept[0] == pytest.approx(slept[1])
    assert len(slept[0]) == 3
    assert 30 <= slept[0][0] <= 33


def test_client_n73_an_address_that_is_none_is_a_mistake_of_the_caller(drive):
    """It says what to do, and is no failure of a network."""
    client = drive.client()

    for address in ("/v1/projects", "ftp://x/y", "http://[::1"):
        error = outcome(lambda address=address: client.get(address))
        assert isinstance(error, FailwellError), address


def test_client_n73_a_scripted_transport_needs_no_socket(drive):
    """Any httpx2 transport serves, those of tests included."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(404, json={"error": {"code": "gone_fishing"}})

    client = drive.client("http://api.test", transport=httpx2.MockTransport(answer))
    error = outcome(lambda: client.get("/x"))

    assert isinstance(error, NotFoundError)
    assert error.code == "gone_fishing"


def test_client_n73_a_scripted_failure_is_one_of_ours(drive):
    """What a foreign transport raises is understood by its class alone."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadError("gone")

    client = drive.client("http://api.test", transport=httpx2.MockTransport(answer), retry=None)
    error = outcome(lambda: client.post("/x"))

    assert isinstance(error, ReadError)
    assert (error.phase, error.outcome) == ("read_headers", "unknown")


def test_client_n60_the_language_of_a_client_is_that_of_its_texts(drive):
    """Told once, it is the default of every text for people, also in another process."""
    with serve(json_reply(404, {})) as server:
        client = drive.client(server.url, language="de")
        error = outcome(lambda: client.get("/"))

    assert error.user_message() == error.user_message("de")
    assert error.user_message() != error.user_message("en")
    assert pickle.loads(pickle.dumps(error)).user_message() == error.user_message("de")
