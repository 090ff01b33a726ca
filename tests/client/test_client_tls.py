"""Over TLS all is as it is without: deadlines, broken lines, kept connections, huge errors."""

import time

import pytest

from failwell import DeadlineExceededError, FaultError, NetworkError
from failwell.resilience.policy import RetryPolicy
from tests.client.byte_server import (
    HANG,
    LOST,
    RESET,
    ByteServer,
    huge_reply,
    json_reply,
    raw_reply,
    reply,
    serve,
)
from tests.client.calls import OK, failed
from tests.client.certificates import server_context, trusting
from tests.client.driving import QUICK, outcome


def secure_client(drive, server, **options):
    settings = {"retry": QUICK, **options}
    return drive.client(server.url, transport=drive.transport(verify=trusting()), **settings)


@pytest.mark.parametrize("answer", [LOST, RESET, failed()], ids=["closed", "reset", "503"])
def test_client_n18_a_read_is_repeated_over_tls(drive, answer):
    """A line that broke inside TLS is a line that broke."""
    with serve(answer, OK, tls=server_context()) as server:
        assert secure_client(drive, server).get("/").status_code == 200
        assert server.count == 2


@pytest.mark.parametrize("answer", [LOST, RESET], ids=["closed", "reset"])
def test_client_n18_a_write_is_not_repeated_over_tls(drive, answer):
    """The request was sent, so nobody knows."""
    with serve(answer, tls=server_context()) as server:
        error = outcome(lambda: secure_client(drive, server).post("/"))

        assert server.count == 1
    assert isinstance(error, NetworkError)
    assert error.outcome == "unknown"


@pytest.mark.parametrize("gone", [LOST, RESET], ids=["closed", "reset"])
def test_client_n25_a_kept_connection_that_had_died_over_tls(drive, gone):
    """One free repetition on a new connection, as without TLS."""

    def script(seen):
        return gone if (seen.connection, seen.turn) == (1, 2) else OK

    with ByteServer(script, tls=server_context()) as server:
        client = secure_client(drive, server, retry=RetryPolicy(attempts=1))
        assert [client.get("/").status_code for _ in range(2)] == [200, 200]
        assert [(seen.connection, seen.turn) for seen in server.requests] == [
            (1, 1),
            (1, 2),
            (2, 1),
        ]


@pytest.mark.parametrize(
    "answer",
    [HANG, json_reply(200, {"ok": "x" * 500}).slow(piece=1, pause=0.02)],
    ids=["hang", "drip"],
)
def test_client_n29_the_deadline_holds_over_tls(drive, answer):
    """The call ends at its deadline."""
    with serve(answer, tls=server_context()) as server:
        client = secure_client(drive, server)
        started = time.monotonic()
        error = outcome(lambda: client.get("/", deadline=0.5))
        seconds = time.monotonic() - started

    assert isinstance(error, DeadlineExceededError)
    assert 0.4 <= seconds <= 0.9


def test_a_huge_error_is_cut_over_tls(drive):
    """At most 8 MiB leave the server."""
    with serve(huge_reply(500), tls=server_context()) as server:
        client = secure_client(drive, server, retry=RetryPolicy(attempts=1))
        error = outcome(lambda: client.get("/"))
        server.until(lambda: bool(server.hung_up))

        assert server.sent < 8 * 1024 * 1024
    assert error.status == 500
    assert error.history.truncated


@pytest.mark.parametrize(
    "greeting", [b"", b"\x15\x03\x03\x00\x02\x02\x28", b"\x16\x03\x03\xff\xff"]
)
def test_a_handshake_that_breaks_is_typed_and_nothing_was_sent(drive, greeting):
    """Closed, an alert, or half a record instead of a handshake."""
    with ByteServer(lambda seen: OK, greeting=lambda number: raw_reply(greeting)) as server:
        url = server.url.replace("http", "https")
        client = drive.client(url, retry=QUICK, timeout=1.0, deadline=3.0)
        error = outcome(lambda: client.post("/", json={"pay": 1}))

        assert server.count == 0
    assert isinstance(error, FaultError)
    assert (error.phase, error.outcome) == ("tls", "not_sent")


def test_a_body_cut_without_a_goodbye_is_not_taken_for_whole(drive):
    """A close without TLS's own goodbye may be an attack: a body of no length is not complete."""
    whole = reply(200, b"0123456789").cut(last=4)

    with serve(whole, tls=server_context()) as server:
        error = outcome(lambda: secure_client(drive, server).post("/"))

    assert isinstance(error, FaultError)
    assert error.outcome == "processed"
