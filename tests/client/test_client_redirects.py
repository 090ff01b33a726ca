"""N27 and N28: streams that have begun are not begun again, and redirects change nothing."""

import pytest

from failwell import NetworkError, UnexpectedRedirectError
from tests.client.byte_server import ByteServer, json_reply, raw_reply, reply, serve
from tests.client.calls import OK, call, failed
from tests.client.certificates import server_context, trusting
from tests.client.driving import QUICK, outcome

EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
EVENT = b"f\r\ndata: first\n\n\r\n\r\n"


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


@pytest.mark.parametrize("end", ["close", "reset"])
def test_client_n27_a_stream_that_broke_is_not_begun_again(drive, end):
    """After the first event the caller hears of the broken line; nothing is sent twice."""
    broken = raw_reply(EVENTS + chunk(b"data: first\n\n")).slow(piece=1000, pause=0).then(end)
    heard = []

    with serve(broken.then(end), OK) as server:
        client = drive.client(server.url, retry=QUICK)

        def listen():
            with client.stream("GET", "/") as answer:
                heard.extend(line for line in answer.iter_lines() if line)

        error = outcome(listen)
        assert server.count == 1
    assert isinstance(error, NetworkError)
    if end == "close":
        assert heard == ["data: first"]


def test_client_n27_a_stream_that_did_not_begin_is_tried_again(drive):
    """Until the status is a good one, a stream is a call as any other."""
    good = raw_reply(EVENTS + chunk(b"data: first\n\n") + b"0\r\n\r\n")

    with serve(failed(), failed(429), good) as server:
        client = drive.client(server.url, retry=QUICK)
        with client.stream("GET", "/") as answer:
            assert [line for line in answer.iter_lines() if line] == ["data: first"]
        assert server.count == 3


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_client_n28_a_redirect_is_not_followed(drive, status, method):
    """By default the caller is told where it points, without the secrets in it."""
    target = "https://user:hush@else.test/books/1?token=hush#part"

    called = call(drive, reply(status, b"", {"Location": target}), method=method)

    assert called.count == 1
    error = called.error
    assert isinstance(error, UnexpectedRedirectError)
    assert error.status == status
    assert error.location.startswith("https://else.test/")
    assert "hush" not in f"{error!r} {error} {error.location} {error.support_text()}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_client_n28_a_get_is_followed_when_asked(drive, status):
    """Within the origin, with everything the first request carried."""
    called = call(drive, reply(status, b"", {"Location": "/moved?x=1"}), OK, redirects=3)

    assert called.status == 200
    assert [(seen.method, seen.target) for seen in called.requests] == [
        ("GET", "/books/1"),
        ("GET", "/moved?x=1"),
    ]


@pytest.mark.parametrize("status", [301, 302])
def test_client_n28_a_post_never_becomes_a_get(drive, status):
    """A redirect that would lose the body is not followed."""
    answer = reply(status, b"", {"Location": "/moved"})

    called = call(drive, answer, OK, method="POST", redirects=3, per_call={"content": b"pay"})

    assert isinstance(called.error, UnexpectedRedirectError)
    assert [seen.method for seen in called.requests] == ["POST"]


def test_client_n28_see_other_is_a_get_by_its_definition(drive):
    """303 names the place of the result (RFC 9110, 15.4.4): fetched, and without the body."""
    answer = reply(303, b"", {"Location": "/result"})

    called = call(drive, answer, OK, method="POST", redirects=3, per_call={"content": b"pay"})

    assert called.status == 200
    assert [(seen.method, seen.body) for seen in called.requests] == [
        ("POST", b"pay"),
        ("GET", b""),
    ]


@pytest.mark.parametrize("status", [307, 308])
def test_client_n28_a_post_keeps_its_body_within_the_origin(drive, status):
    """307 and 308 mean the same request elsewhere."""
    answer = reply(status, b"", {"Location": "/moved"})

    called = call(drive, answer, OK, method="POST", redirects=3, per_call={"content": b"pay"})

    assert called.status == 200
    assert [(seen.method, seen.body) for seen in called.requests] == [("POST", b"pay")] * 2


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_client_n28_no_body_goes_to_another_origin(drive, status, method):
    """Whatever the status, another server never sees the body."""
    with serve(OK) as other:
        answer = reply(status, b"", {"Location": f"{other.url}/steal"})
        called = call(drive, answer, method=method, redirects=3, per_call={"content": b"pay"})

        assert other.count == 0
    assert isinstance(called.error, UnexpectedRedirectError)


def test_client_n28_see_other_sends_a_stranger_nothing(drive):
    """Another origin gets a bare GET: neither body nor credentials nor the key of the call."""
    with serve(OK) as other:
        answer = reply(303, b"", {"Location": f"{other.url}/result"})
        call(
            drive,
            answer,
            method="POST",
            redirects=3,
            headers={"Authorization": "Bearer hush"},
            per_call={"content": b"hush", "idempotency_key": "hush"},
        )

        assert [(seen.method, seen.body) for seen in other.requests] == [("GET", b"")]
        assert not any("hush" in value for seen in other.requests for _, value in seen.fields)


def test_client_n28_no_credentials_go_to_another_origin(drive):
    """A GET that is followed there is a stranger: no key, no cookie, no secret of the headers."""
    secrets = {
        "Authorization": "Bearer hush",
        "X-API-Key": "hush",
        "Cookie": "session=hush",
        "X-Whatever": "hush",
    }
    with serve(OK) as other:
        answer = reply(302, b"", {"Location": f"{other.url}/page"})
        call(drive, answer, redirects=3, headers=secrets, per_call={"headers": {"X-Mine": "hush"}})

        assert not any("hush" in value for seen in other.requests for _, value in seen.fields)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_client_n28_nothing_leaves_the_encrypted_line(drive, status):
    """From https to http nothing is followed, not even on the same host."""
    with (
        serve(OK) as plain,
        serve(reply(status, b"", {"Location": plain.url}), tls=server_context()) as server,
    ):
        transport = drive.transport(verify=trusting())
        called = call(drive, base_url=server.url, redirects=3, transport=transport)

        assert (server.count, plain.count) == (1, 0)
    assert isinstance(called.error, UnexpectedRedirectError)


def test_client_n28_five_hops_at_most(drive):
    """A circle of redirects ends after five, however many were allowed."""
    called = call(drive, reply(302, b"", {"Location": "/again"}), redirects=100)

    assert isinstance(called.error, UnexpectedRedirectError)
    assert called.count == 6


def test_client_n28_the_hops_are_counted(drive):
    """Two are allowed, the third is not."""
    called = call(drive, reply(302, b"", {"Location": "/again"}), redirects=2)

    assert isinstance(called.error, UnexpectedRedirectError)
    assert called.count == 3


@pytest.mark.parametrize(
    "target",
    [
        "http://",
        "//",
        "http:///x",
        "http://[::1",
        "http://x:99999/",
        "ftp://x/y",
        "javascript:alert(1)",
    ],
)
def test_client_n28_a_target_that_is_none_is_not_followed(drive, target):
    """A redirect to nowhere is a typed error as well."""
    called = call(drive, reply(302, b"", {"Location": target}), redirects=3)

    assert isinstance(called.error, UnexpectedRedirectError)
    assert called.count == 1


def test_client_n28_a_redirect_without_a_target_is_typed(drive):
    """No ``Location`` at all."""
    called = call(drive, reply(302), redirects=3)

    assert isinstance(called.error, UnexpectedRedirectError)
    assert called.error.location is None


def test_client_n28_retries_and_hops_are_different_things(drive):
    """A failure behind a redirect is repeated where it happened."""

    def script(seen):
        if seen.target == "/books/1":
            return reply(302, b"", {"Location": "/moved"})
        return OK if seen.turn > 3 else json_reply(503, {"error": "busy"})

    with ByteServer(script) as server:
        client = drive.client(server.url, retry=QUICK, redirects=1)

        assert client.get("/books/1").status_code == 200
        assert server.requests[-1].target == "/moved"
