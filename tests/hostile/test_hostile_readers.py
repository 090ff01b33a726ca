"""Callers that ask far more than they read: nothing piles up for them."""

import asyncio
import json
import select
import socket
import threading
import time
from contextlib import ExitStack

import pytest

from failwell.core.contract import Contract
from failwell.server.exchange import Receive, Scope, Send
from tests.hostile.hostile_caller import HostileCaller
from tests.hostile.hostile_request import CANARY, READ, get, head, post
from tests.hostile.raw_connection import RawConnection
from tests.server.wire import running

_MEGABYTE = 1_048_576

_GREEDY = (
    b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n",
    get(b"/nowhere/" + b"n" * 200),
    post(b'{"name":"' + CANARY + b'"}'),
    post(b"x" * 60_000),
    head(b"HEAD {read} HTTP/1.1"),
)


def test_thousands_of_requests_at_once_are_answered_in_order(caller: HostileCaller) -> None:
    """Requests sent without waiting are answered one after the other, refused ones too."""
    data = b"".join(
        get(b"/nowhere/%d" % number) + post(b"[%d}" % number) for number in range(2_000)
    )
    with caller.connect(patience=60.0) as connection:
        sending = threading.Thread(target=connection.send, args=(caller.secrets().fill(data),))
        sending.start()
        for number in range(2_000):
            error = json.loads(connection.answer().body)["error"]
            assert error["details"]["resource_id"] == f"/nowhere/{number}"
            assert connection.answer().status == 400
        sending.join()
        caller.check_alive(connection, caller.secrets())


@pytest.mark.parametrize("last", [b"GARBAGE\r\n\r\n", get(READ)[:-2], post(b"{}")[:-1]])
def test_what_comes_before_the_end_is_answered(caller: HostileCaller, last: bytes) -> None:
    """A caller that sends everything, then closes its side, gets the answers to what was whole."""
    filling = caller.secrets()
    with caller.connect() as connection:
        connection.send(filling.fill(get(READ) * 50 + last))
        connection.end()
        answers = [connection.answer().status for _ in range(50)]
        connection.rest()

    assert answers == [200] * 50


def test_who_never_reads_costs_little(private_caller: HostileCaller) -> None:
    """Ten callers of each kind ask as fast as they can and read nothing: memory stays flat."""
    caller = private_caller
    requests = [caller.secrets().fill(data) for data in _GREEDY] * 10
    for data in _GREEDY:
        with caller.connect() as connection:
            connection.send(caller.secrets().fill(data))
            connection.answer(head_only=data.startswith(b"HEAD"))
    before = caller.server.memory

    with ExitStack() as stack:
        _stuff(caller.port, requests, stack)
        begun = time.monotonic()
        with caller.connect() as connection:
            caller.check_alive(connection, caller.secrets())
        assert time.monotonic() - begun < 2
        grown = (caller.server.memory - before) / _MEGABYTE

    print(f"memory: {before / _MEGABYTE:.1f} MiB, and {grown:.1f} MiB more at the end")
    assert grown < 32


def _stuff(port: int, requests: list[bytes], stack: ExitStack) -> None:
    """Send each request on a connection of its own, again and again, until nothing is taken."""
    sockets = {}
    for data in requests:
        connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), 10))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setblocking(False)
        sockets[connection] = data * (65_536 // len(data) + 1)
    end = time.monotonic() + 10
    while time.monotonic() < end:
        writable = select.select([], list(sockets), [], 0.5)[1]
        if not writable:
            return
        for connection in writable:
            sent = connection.send(sockets[connection])
            # The rest of a request that was cut comes first the next time.
            sockets[connection] = sockets[connection][sent:] + sockets[connection][:sent]


def test_who_takes_nothing_for_too_long_is_left() -> None:
    """A response that nobody takes is cut off; one that is taken slowly comes to its end."""
    with (
        running(_long, Contract.bundled("connix"), write_timeout=0.5) as server,
        RawConnection(server.port) as silent,
        RawConnection(server.port) as slow,
    ):
        begun = time.monotonic()
        for connection in (silent, slow):
            connection.send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert _take(slow, pause=0.02) > _LONG
        assert time.monotonic() - begun > 1
        assert _take(silent, pause=0.0) < _LONG


def _take(connection: RawConnection, *, pause: float) -> int:
    taken = 0
    while piece := connection.take(500_000):
        taken += piece
        time.sleep(pause)
    return taken


_LONG = 40_000_000


async def _long(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(400):
        await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
        await asyncio.sleep(0)
    await send({"type": "http.response.body"})
