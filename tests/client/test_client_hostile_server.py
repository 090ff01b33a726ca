"""Whatever a server sends: the right answer or a typed error, in time, and no harm afterwards."""

import pickle
import threading
import time
import tracemalloc

import pytest

from failwell import FaultError
from failwell.resilience.policy import RetryPolicy
from tests.client.byte_server import LOST, RESET, ByteServer, json_reply, raw_reply, reply, serve
from tests.client.calls import OK, failed
from tests.client.driving import driving, outcome
from tests.client.hostile_answers import HOSTILE_ANSWERS
from tests.client.hostile_bodies import HOSTILE_BODIES

HOSTILE = HOSTILE_ANSWERS + HOSTILE_BODIES
DEADLINE = 0.8
LATE = 0.4
"""Seconds a busy machine may add; the deadline itself is tested in `test_client_deadline`."""


@pytest.fixture(scope="module")
def one_world():
    """Asyncio alone, for what differs in the answers and not in the worlds."""
    with driving("asyncio") as asyncio:
        yield asyncio


def client_of(drive, server, **options):
    policy = RetryPolicy(base=0.02, cap=0.05, budget=None)
    settings = {"retry": policy, "deadline": DEADLINE, "timeout": 0.3, **options}
    return drive.client(server.url, **settings)


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_any_answer_is_read_or_becomes_a_typed_error(drive, hostile):
    """In time, with the status where there was one, and the next call is as good as ever."""
    with ByteServer(lambda seen: OK if seen.target == "/well" else hostile.answer) as server:
        client = client_of(drive, server)
        started = time.monotonic()
        ended = outcome(lambda: client.get("/"))
        seconds = time.monotonic() - started
        well = client.get("/well", deadline=5.0)

    assert seconds < DEADLINE + LATE
    assert well.json() == {"ok": True}
    assert_promise(hostile, ended)


def assert_promise(hostile, ended):
    if hostile.promise != "error" and not isinstance(ended, BaseException):
        assert ended.status_code < 300
        return
    assert hostile.promise != "answer", repr(ended)
    assert isinstance(ended, FaultError), repr(ended)
    # A call that ran out of time has the last real error as its cause.
    assert hostile.status in (None, ended.status, getattr(ended.__cause__, "status", None))
    assert_presentable(ended)


def assert_presentable(error):
    text = str(error)
    assert text
    assert text.isprintable()
    assert len(text.encode()) <= 1024
    assert str(pickle.loads(pickle.dumps(error))) == text
    assert error.attempts
    assert error.user_message("en")
    assert error.support_text()


@pytest.mark.parametrize("method", ["HEAD", "POST", "DELETE"])
@pytest.mark.parametrize(
    "hostile", [each for each in HOSTILE if each.promise != "answer"], ids=lambda each: each.name
)
def test_other_methods_end_in_time_as_well(one_world, hostile, method):
    """What breaks a GET breaks nothing more of another method."""
    with ByteServer(lambda seen: OK if seen.target == "/well" else hostile.answer) as server:
        client = client_of(one_world, server, retry=RetryPolicy(attempts=1))
        started = time.monotonic()
        ended = outcome(lambda: client.request(method, "/"))

        assert time.monotonic() - started < DEADLINE + LATE
        assert isinstance(ended, FaultError) or ended.status_code < 300
        # A body after HEAD that comes late cannot be told from the beginning of the next answer.
        if method != "HEAD" or not hostile.answer.pause:
            well = client.get("/well", deadline=5.0, retry=RetryPolicy(base=0.02))
            assert well.status_code == 200


def test_an_answer_that_came_before_the_request_is_not_taken_for_it(drive):
    """A server that speaks before it is asked leads to its answer or an error, never to a hang."""
    early = raw_reply(b"HTTP/1.1 408 Slow\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")

    with ByteServer(
        lambda seen: OK, greeting=lambda number: early if number < 3 else None
    ) as server:
        client = client_of(drive, server)
        assert client.get("/", deadline=3.0).status_code == 200


@pytest.mark.parametrize("size", [100_000, 5_000_000])
@pytest.mark.parametrize("end", ["close", "half", "hold"])
def test_a_refusal_before_the_body_was_read_is_seen(drive, size, end):
    """413 comes out as 413, though the body could not be sent to its end."""
    refusal = json_reply(413, {"error": "too large"}, {"connection": "close"}).then(end)

    with ByteServer(lambda seen: refusal, reads_body=False) as server:
        client = client_of(drive, server, deadline=2.0, timeout=1.0)
        error = outcome(lambda: client.post("/", content=b"x" * size))

    assert isinstance(error, FaultError)
    if end != "close":
        assert error.status == 413


def test_a_refused_body_is_not_sent_to_its_end(drive):
    """After the refusal nothing more of 200 MB is poured into the line."""
    with ByteServer(
        lambda seen: json_reply(413, {}, {"connection": "close"}).then("half"), reads_body=False
    ) as server:
        client = client_of(drive, server, deadline=3.0, timeout=2.0)
        started = time.monotonic()
        outcome(lambda: client.post("/", content=b"x" * 50_000_000))

        assert time.monotonic() - started < 3.2


def test_a_slow_accept_is_waited_for_within_the_timeout(drive):
    """A server that takes connections late still answers."""
    with serve(OK, accepts=False) as server:
        threading.Timer(0.2, server.accept).start()
        client = client_of(drive, server, timeout=2.0, deadline=3.0)

        assert client.get("/").status_code == 200


@pytest.mark.parametrize("end", [LOST, RESET], ids=["closed", "reset"])
def test_a_connection_that_dies_during_a_wait_harms_nobody(drive, end):
    """Kept connections are closed or reset while the client waits for its next attempt."""
    with ByteServer(
        lambda seen: (
            failed(503, {"retry-after-ms": "150"})
            if seen.turn == 1 and seen.connection == 1
            else OK
        )
    ) as server:
        client = client_of(drive, server, retry=RetryPolicy(), deadline=3.0)

        def drop():
            server.wait_for(1)
            time.sleep(0.05)
            server.drop_connections()

        answer, _ = drive.together([lambda: client.get("/"), drop])
        assert answer.status_code == 200
        assert server.count == 2


def test_what_follows_an_answer_is_never_the_next_answer(drive):
    """Bytes after an answer on a kept connection do not answer another request."""
    stuffed = reply(200, b"first")
    stuffed = raw_reply(stuffed.data + reply(200, b"smuggled").data, end="keep")

    with ByteServer(
        lambda seen: stuffed if seen.target == "/1" else reply(200, b"second")
    ) as server:
        client = client_of(drive, server)
        for _ in range(5):
            assert client.get("/1").content == b"first"
            assert client.get("/2").content == b"second"


def test_many_hostile_answers_leave_the_client_whole(drive):
    """After a hundred broken calls at once every connection is closed and the next calls work."""
    answers = [hostile.answer for hostile in HOSTILE if not hostile.answer.more]

    def script(seen):
        number = int(seen.target[1:])
        return OK if number >= 1000 else answers[number % len(answers)]

    with ByteServer(script) as server:
        client = client_of(drive, server, retry=RetryPolicy(attempts=1), timeout=2.0)
        ended = drive.together([lambda n=n: client.get(f"/{n}") for n in range(100)], at_once=20)
        well = drive.together(
            [lambda n=n: client.get(f"/{n}", deadline=5.0) for n in range(1000, 1020)]
        )

        assert [each.status_code for each in well] == [200] * 20
        client.close()
        server.until(lambda: server.open_connections == 0)
    assert all(isinstance(each, FaultError) or each.status_code < 300 for each in ended)


@pytest.mark.parametrize(
    "name", ["an error of 64 MiB", "chunks without end", "an error that is a bomb"]
)
def test_little_of_a_huge_error_is_taken(drive, name):
    """At most 8 MiB leave the server, and memory grows by less than 32 MB."""
    answer = next(hostile.answer for hostile in HOSTILE if hostile.name == name)
    with serve(answer) as server:
        client = client_of(drive, server, retry=None, deadline=5.0, timeout=5.0)
        tracemalloc.start()
        error = outcome(lambda: client.get("/"))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        if name != "an error that is a bomb":
            server.until(lambda: bool(server.hung_up))

        assert server.sent < 8 * 1024 * 1024
    assert error.status == 500
    assert error.history.truncated
    assert peak < 32 * 1024 * 1024
