"""Connections of webhooks: used again while that is safe, and raced where a name has several."""

import asyncio
import socket

import pytest

from failwell.outbound.address import AddressGuard
from failwell.outbound.attempt import AttemptSender
from failwell.outbound.target import TargetRules
from tests.webhooks.endpoint_host import OK, EndpointHost, http, listening


@pytest.fixture
async def host():
    """A receiver, listening."""
    async with listening(EndpointHost()) as host:
        yield host


@pytest.fixture
async def sender():
    """A sender that may call loopback."""
    rules = TargetRules(guard=AddressGuard(["127.0.0.0/8", "::1/128"], strict=True))
    sender = AttemptSender(rules)
    yield sender
    await sender.close()


async def post(sender, url, **given):
    return await sender.post(url, headers=(), body=b"{}", **given)


async def test_a_connection_is_used_again(sender, host):
    """One after the other, deliveries to a host share a connection."""
    for path in ("a", "b", "c"):
        assert (await post(sender, f"http://127.0.0.1:{host.port}/{path}")).error is None

    assert [each.line.split()[1] for each in host.received] == ["/a", "/b", "/c"]
    assert host.connections == 1


async def test_many_at_once_have_a_connection_each(sender, host):
    """Nobody waits for a connection that somebody else uses."""
    done = await asyncio.gather(*(post(sender, host.url) for _ in range(20)))

    assert {each.error for each in done} == {None}
    assert host.connections == 20


@pytest.mark.parametrize(
    "answer",
    [
        http("200 OK", b"", "Connection: close"),
        http("200 OK", b"x" * 200_000),
        http("200 OK", b"") + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged",
    ],
)
async def test_a_connection_in_doubt_is_not_used_again(sender, host, answer):
    """After an answer that was left, or followed by another, the next one gets a new connection."""
    host.answer = answer

    first, second = [await post(sender, host.url) for _ in range(2)]

    assert (first.error, second.error) == (None, None)
    assert b"forged" not in second.body
    assert host.connections == 2


async def test_an_answer_nobody_asked_for_is_not_taken_for_the_next(sender, host):
    """What a host sends while a connection is idle ends it."""

    async def say_more(reader, writer):
        writer.write(OK)
        await writer.drain()
        if host.connections == 1:
            writer.write(http("200 OK", b"forged"))
        await reader.read()

    host.answer = say_more
    first = await post(sender, host.url)
    # The end of a second connection comes after what the first one still had to say.
    async with listening(EndpointHost()) as other:
        await post(sender, other.url)
    second = await post(sender, host.url, total=5)

    assert (first.body, second.body) == (b"ok", b"ok")
    assert host.connections == 2


async def test_a_connection_the_host_has_closed_is_not_used(sender, host):
    """A host that closes an idle connection costs no attempt."""

    async def close_after(_reader, writer):
        writer.write(OK)

    host.answer = close_after
    await post(sender, host.url)
    (kept,) = sender._connections._all()
    end = asyncio.get_running_loop().time() + 5
    while not kept.lost:
        assert asyncio.get_running_loop().time() < end, "its end was never noticed"
        await asyncio.sleep(0.005)

    assert (await post(sender, host.url)).error is None
    assert host.connections == 2


async def test_a_connection_that_was_idle_for_long_is_not_used(sender, host):
    """Most hosts close what was idle for five seconds: ours are not used for that long."""
    await post(sender, host.url)
    (kept,) = sender._connections._all()
    kept.idle_since -= 4.5

    assert (await post(sender, host.url)).error is None
    assert host.connections == 2


async def test_a_timeout_leaves_no_connection_behind(sender, host):
    """The answer to an attempt that was given up is not taken for that of the next one."""
    late = asyncio.Event()

    async def answer_late(_reader, writer):
        await late.wait()
        writer.write(http("200 OK", b"late"))

    host.answer = answer_late
    first = await post(sender, host.url, total=0.1)
    late.set()
    host.answer = OK
    second = await post(sender, host.url)

    assert (first.error, second.error, second.body) == ("timeout", None, b"ok")


async def test_the_next_address_is_tried_when_one_does_not_answer(sender, host, monkeypatch):
    """A name with several addresses is reached by the one that works, and soon."""
    both = [("127.0.0.2", host.port), ("127.0.0.1", host.port)]
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *_args, **_given: [(socket.AF_INET, 1, 6, "", place) for place in both],
    )

    attempted = await post(sender, f"http://both.example:{host.port}/")

    assert attempted.error is None
    assert host.received[0].headers["host"] == f"both.example:{host.port}"


async def test_a_name_server_that_hangs_holds_nobody_else_up(sender, host, monkeypatch):
    """Names that are never answered take a thread each, however many attempts wait for them."""
    ends, asked = socket.socketpair(), []
    real = socket.getaddrinfo

    def look_up(name, *args, **given):
        asked.append(name)
        if name == "slow.example":
            ends[0].recv(1)
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return real("127.0.0.1", *args, **given)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    slow = [post(sender, f"http://slow.example:{host.port}/", connect=0.2) for _ in range(100)]
    waiting = asyncio.gather(*slow)
    await asyncio.sleep(0)

    fine = await post(sender, f"http://fine.example:{host.port}/")
    given_up = await waiting
    for end in ends:
        end.close()

    assert fine.error is None
    assert {each.error for each in given_up} == {"timeout"}
    assert asked.count("slow.example") == 1


async def test_a_header_field_cannot_hold_a_line(sender, host):
    """What would become a field of its own is refused as the mistake it is."""
    for name, value in (("x", "a\r\nforged: 1"), ("x", "a\nb"), ("x\r\ny", "z"), ("x", "\u00fc")):
        with pytest.raises(ValueError, match="header field"):
            await sender.post(host.url, headers=[(name, value)], body=b"{}")

    assert host.received == []


async def test_an_ipv6_address_is_called_like_any_other(sender):
    """Brackets stay in Host, and the socket goes to the address, if the machine has such."""
    host = EndpointHost()
    try:
        server = await asyncio.start_server(host, "::1", 0)
    except OSError:
        assert (await post(sender, "http://[::1]:9000/in")).error == "connect"
        return
    port = server.sockets[0].getsockname()[1]

    attempted = await post(sender, f"http://[::1]:{port}/in")
    server.close()

    assert attempted.error is None
    assert host.received[0].headers["host"] == f"[::1]:{port}"


async def test_idle_connections_are_closed_after_a_while(host, monkeypatch):
    """Nothing is kept open for hosts that hear nothing more."""
    monkeypatch.setattr("failwell.outbound.connections._IDLE_SECONDS", 0.05)
    ended = asyncio.Event()

    async def watch(reader, writer):
        writer.write(OK)
        await writer.drain()
        await reader.read()
        ended.set()

    host.answer = watch
    rules = TargetRules(guard=AddressGuard(["127.0.0.1"], strict=True))
    sender = AttemptSender(rules)
    await post(sender, host.url)

    async with asyncio.timeout(5):
        await ended.wait()
    await sender.close()
