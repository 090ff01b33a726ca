"""Through a proxy: what it refuses was never sent to the server behind it."""

import pytest

from failwell.core.exceptions import ConnectError, ProxyError
from failwell.resilience.policy import RetryPolicy
from tests.client.byte_server import HANG, closed_port, json_reply, raw_reply, serve
from tests.client.driving import outcome

QUICK = RetryPolicy(base=0.02, cap=0.05)
OK = json_reply(200, {"ok": True})


def client_behind(drive, proxy, url, **options):
    return drive.client(url, transport=drive.transport(proxy=proxy), retry=QUICK, **options)


def test_client_n19_a_plain_request_goes_through_a_proxy(drive):
    """The proxy gets the whole address."""
    with serve(OK) as proxy:
        client = client_behind(drive, proxy.url, "http://api.test")

        assert client.get("/x").json() == {"ok": True}
        assert proxy.requests[0].target == "http://api.test/x"


@pytest.mark.parametrize("status", [403, 407, 502])
def test_client_n19_a_tunnel_that_is_refused_has_sent_nothing(drive, status):
    """Even a POST is repeated, and the error says whose fault it was."""
    refusal = raw_reply(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
    with serve(refusal) as proxy:
        client = client_behind(drive, proxy.url, "https://api.test")
        error = outcome(lambda: client.post("/x", json={"pay": 1}))

        assert {seen.method for seen in proxy.requests} == {"CONNECT"}
    assert isinstance(error, ProxyError)
    assert (error.outcome, len(error.attempts)) == ("not_sent", 3)


def test_client_n19_a_tunnel_without_an_answer_has_sent_nothing(drive):
    """A proxy that says nothing to CONNECT has seen no byte of the request."""
    with serve(HANG) as proxy:
        client = client_behind(drive, proxy.url, "https://api.test", timeout=0.2)
        error = outcome(lambda: client.post("/x", json={"pay": 1}))

    assert (error.outcome, len(error.attempts)) == ("not_sent", 3)


def test_client_n19_a_proxy_that_is_not_there_has_sent_nothing(drive):
    """A connection to the proxy that cannot be made is one that cannot be made."""
    client = client_behind(drive, f"http://127.0.0.1:{closed_port()}", "http://api.test")
    error = outcome(lambda: client.post("/x"))

    assert isinstance(error, ConnectError)
    assert (error.outcome, len(error.attempts)) == ("not_sent", 3)


def test_client_n58_the_password_of_a_proxy_is_in_no_error(drive):
    """Neither in the text nor in what lies behind it."""
    address = f"http://user:hush@127.0.0.1:{closed_port()}"
    error = outcome(lambda: client_behind(drive, address, "http://api.test").get("/x"))

    assert "hush" not in f"{error} {error!r} {error.__cause__!r} {error.support_text()}"
