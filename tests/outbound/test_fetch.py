"""Guarded HTTP: what is refused, what is bounded, and how failures are told."""

import asyncio
import gzip
import socket
import zlib

import pytest

from failwell.core.exceptions import UpstreamError
from failwell.core.situation import Situation
from failwell.outbound import connector
from failwell.outbound.fetch import Outbound, OutboundRefusedError, OutboundTooLongError


class Host:
    """A small HTTP server on loopback that answers as it is told and keeps what it was sent."""

    def __init__(self):
        self.requests = []
        self.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        self.by_path = {}
        self.port = 0

    async def __call__(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = 0
                for line in head.lower().split(b"\r\n"):
                    if line.startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                self.requests.append(head + await reader.readexactly(length))
                answer = self.by_path.get(head.split()[1].decode(), self.answer)
                if answer is None:
                    await asyncio.Event().wait()
                writer.write(answer)
                await writer.drain()
                if b"connection: close" in answer.lower() or not answer.startswith(b"HTTP"):
                    break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"


@pytest.fixture
async def host():
    """The server, listening."""
    host = Host()
    server = await asyncio.start_server(host, "127.0.0.1", 0)
    host.port = server.sockets[0].getsockname()[1]
    yield host
    server.close()


@pytest.fixture
async def outbound(host):
    """A client that may call this one server and nothing else on the machine."""
    outbound = Outbound(allow=[f"127.0.0.1:{host.port}"], deadline=5, max_size=10_000)
    yield outbound
    await outbound.close()


async def refusal(outbound, url, **given):
    with pytest.raises(OutboundRefusedError) as refused:
        await outbound.fetch(url, **given)
    return refused.value


def answer(body, *fields, status="200 OK"):
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields])
    return head.encode() + b"\r\n\r\n" + body


async def test_answer_comes_back_whole(outbound, host):
    """Status, header fields and body are there, whatever the status."""
    host.answer = answer(b'{"a": 1}', "Content-Type: application/json", status="503 Busy")

    response = await outbound.fetch(
        host.url + "x?y=z", method="POST", headers={"X-Own": "1"}, body=b"hello", upstream="model"
    )

    assert (response.status, response.json(), response.upstream) == (503, {"a": 1}, "model")
    assert response.headers["content-type"] == "application/json"
    (sent,) = host.requests
    assert sent.startswith(b"POST /x?y=z HTTP/1.1\r\n")
    assert b"X-Own: 1\r\n" in sent
    assert sent.endswith(b"\r\n\r\nhello")


@pytest.mark.parametrize(
    "target",
    [
        "127.0.0.1",
        "[::1]",
        "[::]",
        "0.0.0.0",
        "0",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "localhost",
        "LOCALHOST",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "10.0.0.1",
        "192.168.0.1",
        "\uff11\uff12\uff17.0.0.1",
        "127\u30020\u30020\u30021",
    ],
)
async def test_private_targets_are_refused(host, target):
    """No spelling of a private address reaches it, not even where something listens."""
    outbound = Outbound(deadline=5)

    refused = await refusal(outbound, f"http://{target}:{host.port}/latest", upstream="webhook")
    await outbound.close()

    assert refused.reason == "address"
    assert (refused.situation, refused.params) == (Situation.BAD_GATEWAY, {"upstream": "webhook"})
    assert host.requests == []


async def test_name_with_a_private_address_is_refused(host, monkeypatch):
    """A public name that leads inside is refused by where it leads."""
    leads_inside(monkeypatch, "rebind.example", ["127.0.0.1"])
    outbound = Outbound(deadline=5)

    refused = await refusal(outbound, f"http://rebind.example:{host.port}/")
    await outbound.close()

    assert (refused.reason, host.requests) == ("address", [])


async def test_socket_has_the_last_word(host, monkeypatch):
    """An address that slips past the look at the name is stopped where it would connect."""
    leads_inside(monkeypatch, "rebind.example", ["127.0.0.1"])
    monkeypatch.setattr(
        connector._GuardedResolver,
        "resolve",
        lambda self, host, port=0, family=0: connector.look_up(host, port, family=family),
    )
    outbound = Outbound(deadline=5)

    refused = await refusal(outbound, f"http://rebind.example:{host.port}/")
    await outbound.close()

    assert (refused.reason, host.requests) == ("address", [])


async def test_name_with_several_addresses_reaches_an_allowed_one(outbound, host, monkeypatch):
    """Addresses that may not be called are left out of the choice."""
    leads_inside(monkeypatch, "both.example", ["127.0.0.2", "127.0.0.1"])

    response = await outbound.fetch(f"http://both.example:{host.port}/")

    assert response.body == b"ok"


def leads_inside(monkeypatch, name, addresses):
    """Answer for one name in place of the name server."""
    real = socket.getaddrinfo

    def look_up(host, port, *args, **kwargs):
        if host != name:
            return real(host, port, *args, **kwargs)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


async def test_only_the_allowed_port_is_open(outbound, host):
    """Allowing the bundled host opens nothing else on its machine."""
    other = await asyncio.start_server(host, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]

    refused = await refusal(outbound, f"http://127.0.0.1:{port}/")
    other.close()

    assert (refused.reason, host.requests) == ("address", [])


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.com/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://127.0.0.1/", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("//example.com/", "scheme"),
        ("example.com", "scheme"),
        ("", "scheme"),
        ("http:///x", "url"),
        ("http://", "url"),
        ("http://[::1/", "url"),
        ("http://example.com:99999/", "url"),
        ("http://user:secret@example.com/", "credentials"),
        ("http://user@example.com/", "credentials"),
    ],
)
async def test_what_is_no_plain_http_address_is_refused(outbound, url, reason):
    """Only http and https, to a host, without a password in it."""
    refused = await refusal(outbound, url, upstream="image")

    assert (refused.reason, refused.params) == (reason, {"upstream": "image"})
    assert "secret" not in str(refused)


@pytest.mark.parametrize("url", ["http://a..b/", "http://" + "a" * 300 + "/", "http://x.invalid/"])
async def test_name_that_leads_nowhere_is_a_bad_gateway(outbound, url):
    """A name nobody knows is the fault of the target."""
    with pytest.raises(UpstreamError) as failed:
        await outbound.fetch(url)

    assert failed.value.situation is Situation.BAD_GATEWAY


async def test_closed_port_is_a_bad_gateway(host):
    """Nobody listens: the other side is broken, and nothing else is told."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    outbound = Outbound(allow=["127.0.0.1"])

    with pytest.raises(UpstreamError) as failed:
        await outbound.fetch(f"http://127.0.0.1:{port}/secret", upstream="model")
    await outbound.close()

    assert failed.value.situation is Situation.BAD_GATEWAY
    assert failed.value.params == {"upstream": "model"}
    assert not isinstance(failed.value, OutboundRefusedError)
    assert str(port) not in str(failed.value)


@pytest.mark.parametrize(
    "broken",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\nConnection: close\r\n\r\n",
    ],
)
async def test_answer_that_is_no_http_is_a_bad_gateway(outbound, host, broken):
    """Whatever else talks on that port, the caller gets the same clear fault."""
    host.answer = broken

    with pytest.raises(UpstreamError) as failed:
        await outbound.fetch(host.url)

    assert failed.value.situation is Situation.BAD_GATEWAY


async def test_silence_is_a_gateway_timeout(outbound, host):
    """A server that never answers costs the deadline and no more."""
    host.answer = None
    loop = asyncio.get_running_loop()
    begun = loop.time()

    with pytest.raises(UpstreamError) as late:
        await outbound.fetch(host.url, upstream="model", deadline=0.1)

    assert loop.time() - begun < 2
    assert late.value.situation is Situation.GATEWAY_TIMEOUT
    assert late.value.params == {"upstream": "model", "timeout_seconds": 0.1}


async def test_deadline_covers_the_body(outbound, host):
    """A body that drips is not waited for beyond the deadline."""
    host.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhal"

    with pytest.raises(UpstreamError) as late:
        await outbound.fetch(host.url, deadline=0.1)

    assert late.value.situation is Situation.GATEWAY_TIMEOUT


async def test_deadline_of_the_caller_is_not_ours(outbound, host):
    """When the caller's own time is up, that is what it is told."""
    host.answer = None

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await outbound.fetch(host.url)


@pytest.mark.parametrize("length", [10_000, 10_001])
async def test_body_has_a_largest_size(outbound, host, length):
    """One byte more than allowed is refused, however it is announced."""
    host.answer = answer(b"x" * length)

    if length == 10_000:
        assert len((await outbound.fetch(host.url)).body) == length
        return
    with pytest.raises(OutboundTooLongError) as failed:
        await outbound.fetch(host.url)
    assert failed.value.situation is Situation.BAD_GATEWAY


@pytest.mark.parametrize("coding", ["gzip", "deflate", "x-gzip", "GZIP"])
async def test_compressed_body_is_unpacked(outbound, host, coding):
    """Content codings we ask for are undone."""
    pack = zlib.compress if coding == "deflate" else gzip.compress
    host.answer = answer(pack(b"hello" * 100), f"Content-Encoding: {coding}")

    assert (await outbound.fetch(host.url)).body == b"hello" * 100


async def test_small_answer_cannot_become_a_large_body(outbound, host):
    """A few kilobytes that unpack to 50 MB are stopped at the limit."""
    host.answer = answer(gzip.compress(bytes(50_000_000)), "Content-Encoding: gzip")

    with pytest.raises(UpstreamError) as failed:
        await outbound.fetch(host.url)

    assert failed.value.situation is Situation.BAD_GATEWAY


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (b"not gzip", "gzip"),
        (gzip.compress(b"x" * 99, mtime=0)[:-9], "gzip"),
        (b"x", "br"),
        (b"x", "gzip, gzip"),
    ],
)
async def test_broken_or_unknown_coding_is_a_bad_gateway(outbound, host, body, coding):
    """A body that cannot be unpacked is not handed on as it is."""
    host.answer = answer(body, f"Content-Encoding: {coding}")

    with pytest.raises(UpstreamError):
        await outbound.fetch(host.url)


@pytest.mark.parametrize("body", [b"no JSON", b'{"a":"\xff"}'])
async def test_body_that_is_no_json_is_a_bad_gateway(outbound, host, body):
    """Asking for JSON and getting something else is the other side's fault, under its name."""
    host.answer = answer(body)
    response = await outbound.fetch(host.url, upstream="model")

    with pytest.raises(UpstreamError) as failed:
        response.json()

    assert failed.value.params == {"upstream": "model"}


async def test_redirect_is_an_answer(outbound, host):
    """Redirects are not followed unless asked for."""
    host.answer = answer(b"", "Location: http://169.254.169.254/", status="302 Found")

    response = await outbound.fetch(host.url)

    assert (response.status, len(host.requests)) == (302, 1)


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://169.254.169.254/latest/meta-data/", "address"),
        ("http://localhost:1/", "address"),
        ("//127.0.0.2/", "address"),
        ("file:///etc/passwd", "scheme"),
        ("http://u:p@example.com/", "credentials"),
        ("http://[", "url"),
    ],
)
async def test_every_redirect_is_checked(outbound, host, location, reason):
    """A good address cannot send us to a bad one."""
    host.answer = answer(b"", f"Location: {location}", status="302 Found")

    refused = await refusal(outbound, host.url, redirects=3, upstream="image")

    assert (refused.reason, refused.params) == (reason, {"upstream": "image"})
    assert len(host.requests) == 1


async def test_redirects_are_followed_so_many_times(outbound, host):
    """Round in circles ends at the number allowed, with the last redirect as the answer."""
    host.answer = answer(b"", "Location: /again", status="307 Temporary Redirect")

    response = await outbound.fetch(host.url, redirects=3)

    assert (response.status, len(host.requests)) == (307, 4)


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [("303 See Other", "PUT", "GET"), ("302 Found", "POST", "GET"), ("307 T", "POST", "POST")],
)
async def test_redirected_request_keeps_what_it_may(outbound, host, status, method, then):
    """Method and body follow the rules of HTTP; secrets stay with the first server."""
    other = await asyncio.start_server(host, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    host.by_path["/"] = answer(b"", f"Location: http://127.0.0.1:{port}/next", status=status)
    both = Outbound(allow=["127.0.0.1"])

    await both.fetch(
        host.url,
        method=method,
        body=b"body",
        headers={"Authorization": "Bearer canary", "X-Own": "1"},
        redirects=1,
    )
    await both.close()
    other.close()

    first, second = host.requests
    assert b"canary" in first
    assert b"canary" not in second
    assert second.startswith(f"{then} /next ".encode())
    assert second.endswith(b"body") == (then == "POST")
    assert b"X-Own: 1" in second


async def test_nothing_is_carried_from_one_call_to_another(outbound, host):
    """Cookies of one answer are not sent with the next request."""
    host.answer = answer(b"ok", "Set-Cookie: canary=1; Path=/")

    await outbound.fetch(host.url)
    await outbound.fetch(host.url)

    assert not any(b"canary" in request for request in host.requests)


async def test_proxies_of_the_environment_are_ignored(outbound, host, monkeypatch):
    """A proxy would resolve the name itself, out of the guard's sight."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")

    assert (await outbound.fetch(host.url)).status == 200


async def test_header_fields_cannot_smuggle_a_request(outbound, host):
    """A line break in a field is a mistake of the program and sends nothing."""
    with pytest.raises(ValueError, match="header"):
        await outbound.fetch(host.url, headers={"X": "a\r\nEvil: 1"})

    assert host.requests == []
