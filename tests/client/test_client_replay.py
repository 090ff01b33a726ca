"""N20, N21, N23: what a repetition carries: the same key, the same body, or nothing at all."""

import io
import uuid

import pytest

from failwell import ConflictError, UnavailableError
from failwell.resilience.policy import RetryPolicy
from tests.client.byte_server import (
    LOST,
    RESET,
    ByteServer,
    closed_port,
    json_reply,
    reply,
    serve,
)
from tests.client.calls import OK, call, failed
from tests.client.driving import QUICK, outcome
from tests.client.shop import SHOP, shop_reply

KEY = "idempotency-key"
BODY = b'{"pay": 1, "note": "caf\xc3\xa9"}'


def keys(called):
    return [seen.headers.get(KEY) for seen in called.requests]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("answer", [failed(), failed(500), LOST, RESET], ids=str)
def test_client_n20_with_a_key_a_write_is_repeated(drive, answer, method):
    """Every repetition carries the identical key and the identical body."""
    called = call(
        drive,
        answer,
        answer,
        OK,
        method=method,
        per_call={"content": BODY, "idempotency_key": True},
    )

    assert called.status == 200
    assert called.count == 3
    assert len(set(keys(called))) == 1
    assert [seen.body for seen in called.requests] == [BODY] * 3


def test_client_n20_every_call_gets_a_key_of_its_own(drive):
    """Two calls are two intentions, even with the same body."""
    with serve(failed(), OK, failed(), OK) as server:
        client = drive.client(server.url, retry=QUICK)
        for _ in range(2):
            client.post("/", content=BODY, idempotency_key=True)
        first, again, second, _ = [seen.headers[KEY] for seen in server.requests]

    assert first == again
    assert first != second
    assert all(len(key.strip('"')) >= 20 for key in (first, second))


def test_client_n20_the_key_of_the_caller_wins(drive):
    """A key that was given is sent as it is, every time."""
    mine = str(uuid.uuid4())

    called = call(
        drive,
        failed(),
        OK,
        method="POST",
        per_call={"content": BODY, "idempotency_key": mine},
    )

    assert called.status == 200
    assert [key.strip('"') for key in keys(called)] == [mine, mine]


def test_client_n20_a_key_among_the_headers_is_a_key(drive):
    """Whoever sets the field by hand has named the call as well."""
    called = call(
        drive,
        failed(),
        OK,
        method="POST",
        per_call={"content": BODY, "headers": {"Idempotency-Key": "mine"}},
    )

    assert called.status == 200
    assert keys(called) == ["mine", "mine"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_client_n20_no_key_is_sent_unasked(drive, method):
    """An API that does not know keys is sent none."""
    called = call(drive, method=method, per_call={"content": BODY} if method != "GET" else None)

    assert called.status == 200
    assert keys(called) == [None]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_client_n20_what_may_be_repeated_anyway_gets_no_made_up_key(drive, method):
    """Keys are for methods that are not idempotent by themselves."""
    called = call(drive, reply(200), method=method, per_call={"idempotency_key": True})

    assert called.status == 200
    assert keys(called) == [None]


def test_client_n21_a_call_still_in_progress_is_awaited(drive):
    """The first sending still runs: the repetition waits until its result is there."""
    called = call(
        drive,
        shop_reply("in_progress"),
        shop_reply("in_progress", {"Retry-After": "2"}),
        OK,
        method="POST",
        contract=SHOP,
        per_call={"content": BODY, "idempotency_key": True},
    )

    assert called.status == 200
    assert len(set(keys(called))) == 1
    assert called.slept[0] > 0
    assert 2 <= called.slept[1] <= 3


def test_client_n21_a_key_used_for_something_else_is_permanent(drive):
    """A 422 that says so is raised at once, as the conflict it is."""
    called = call(
        drive,
        shop_reply("key_reused"),
        method="POST",
        contract=SHOP,
        per_call={"content": BODY, "idempotency_key": "mine"},
    )

    assert called.count == 1
    assert isinstance(called.error, ConflictError)
    assert (called.error.code, called.error.retryable) == ("key_reused", False)


@pytest.mark.parametrize("answer", [failed(), failed(429), failed(500)], ids=["503", "429", "500"])
def test_client_n23_a_body_that_was_read_is_not_sent_again_empty(drive, answer):
    """One request, whole; then the error of the server with a word on why it was not repeated."""
    called = call(
        drive, answer, OK, method="PUT", per_call={"content": drive.one_shot(b"pay", b"ment")}
    )

    assert [seen.body for seen in called.requests] == [b"payment"]
    assert called.error.status == int(answer.data[9:12])
    assert called.error.retry_suppressed == "body"
    assert "body not replayable" in called.error.attempts[-1].because


@pytest.mark.parametrize("answer", [LOST, RESET], ids=["closed", "reset"])
def test_client_n23_a_lost_reply_does_not_send_it_again_either(drive, answer):
    """An answer that never came is no reason to send half a body."""
    called = call(drive, answer, OK, method="PUT", per_call={"content": drive.one_shot(b"payment")})

    assert [seen.body for seen in called.requests] == [b"payment"]
    assert called.error.outcome == "unknown"
    assert called.error.retry_suppressed == "body"


def test_client_n23_a_body_nobody_read_yet_may_be_sent_again(drive):
    """The connection was refused, so that the body is still whole."""
    port = closed_port()
    late = ByteServer(lambda seen: OK, port=port)

    try:
        called = call(
            drive,
            method="PUT",
            base_url=f"http://127.0.0.1:{port}",
            while_asleep=lambda time: late.__enter__(),
            per_call={"content": drive.one_shot(b"pay", b"ment")},
        )
    finally:
        late.__exit__(None, None, None)

    assert called.status == 200
    assert [seen.body for seen in late.requests] == [b"payment"]


def test_client_n23_a_server_that_hangs_up_in_the_middle_gets_no_second_half(drive):
    """Read in part is read: what comes out is the error of the broken line."""

    def pieces():
        yield from (b"x" * 65536 for _ in range(64))

    with ByteServer(lambda seen: RESET, reads_body=False) as server:
        client = drive.client(server.url, retry=QUICK)
        error = outcome(lambda: client.put("/", content=drive.one_shot(*pieces())))

        assert server.count == 1
    assert error.retry_suppressed == "body"
    assert error.outcome == "unknown"


@pytest.mark.parametrize("start", [0, 3])
def test_client_n23_a_file_is_rewound_to_where_it_began(drive, start, tmp_path):
    """Each repetition begins at the position at which the caller had left the file."""
    (tmp_path / "book.txt").write_bytes(b"0123456789")

    with (tmp_path / "book.txt").open("rb") as book:
        book.seek(start)
        called = call(drive, failed(), failed(), OK, method="PUT", per_call={"content": book})

    assert called.status == 200
    assert [seen.body for seen in called.requests] == [b"0123456789"[start:]] * 3


def test_client_n23_a_form_with_a_file_is_sent_again_whole(drive):
    """Parts of a form come again as they were, boundary and all."""
    upload = io.BytesIO(b"0123456789")

    called = call(
        drive,
        failed(),
        OK,
        method="PUT",
        per_call={"data": {"title": "x"}, "files": {"book": ("book.txt", upload)}},
    )

    assert called.status == 200
    first, second = called.requests
    assert b"0123456789" in first.body
    assert first.body == second.body


@pytest.mark.parametrize("kind", ["json", "data", "content"])
def test_client_n23_bodies_in_memory_are_sent_again_whole(drive, kind):
    """JSON, forms and bytes are the same each time."""
    body = {"json": {"a": 1}, "data": {"a": "1"}, "content": b"a=1"}[kind]

    called = call(drive, failed(), failed(), OK, method="PUT", per_call={kind: body})

    assert called.status == 200
    bodies = [seen.body for seen in called.requests]
    assert bodies[0]
    assert len(set(bodies)) == 1


def test_client_n23_an_error_that_came_before_the_body_was_read_is_kept(drive):
    """A server may refuse early, without reading: its status comes out, not a broken pipe."""
    refusal = json_reply(503, {"error": "busy"}, {"Connection": "close"}).then("half")

    with ByteServer(lambda seen: refusal, reads_body=False) as server:
        client = drive.client(server.url, retry=RetryPolicy(attempts=1), timeout=2)
        error = outcome(lambda: client.put("/", content=b"x" * 8_000_000))

        assert server.count == 1
    assert isinstance(error, UnavailableError)
    assert error.status == 503
