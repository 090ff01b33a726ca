"""Error bodies without end: what is read of them, and what it costs.

Memory is measured in a process of its own, as the growth of its peak during one call.
"""

import functools
import itertools
import sys
import zlib
from collections.abc import Callable, Iterator

import pytest
from benchmarks.peers.__main__ import OURS
from benchmarks.peers.ask import Ask
from benchmarks.peers.peer import Peer
from benchmarks.peers.scenario import Told

from tests.client.byte_server import ByteServer, Reply, huge_reply, reply

_MIB = 1024 * 1024
_MOST_SENT = 8 * _MIB
_MOST_MEMORY = 32e6
_UNPACKED = 256 * _MIB
_WBITS = {"gzip": 31, "deflate": 15, "raw deflate": -15}


@pytest.fixture(scope="module", params=OURS)
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    """Our client in a process of its own, in threads and on asyncio."""
    with Peer(request.param, sys.executable) as one:
        # What is imported late should not count.
        with ByteServer(lambda _seen: reply(500, b"{}")) as server:
            one.call(Ask("GET", server.url), limit=10.0)
        yield one


def _packed(wbits: int, parts: Iterator[bytes]) -> bytes:
    packer = zlib.compressobj(9, wbits=wbits)
    return b"".join(packer.compress(part) for part in parts) + packer.flush()


@functools.cache
def _bomb(kind: str) -> bytes:
    """About 260 kB that unpack to 256 MiB."""
    return _packed(_WBITS[kind], itertools.repeat(bytes(_MIB), _UNPACKED // _MIB))


def _encoded(encoding: str, body: bytes) -> Reply:
    return reply(500, body, {"content-type": "application/json", "content-encoding": encoding})


def _nested() -> Reply:
    return _encoded("gzip, gzip", _packed(31, iter([_bomb("gzip")])))


def _endless() -> Reply:
    """Chunks for ever, or for a GiB."""
    head = reply(500, b"", {"transfer-encoding": "chunked"}, length="")
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    return Reply(data=head.data, more=lambda: itertools.repeat(chunk, 16_384))


BODIES: dict[str, Callable[[], Reply]] = {
    "64 MiB": lambda: huge_reply(500),
    "64 MiB of chunks without an end": _endless,
    "gzip bomb": lambda: _encoded("gzip", _bomb("gzip")),
    "deflate bomb": lambda: _encoded("deflate", _bomb("deflate")),
    "raw deflate bomb": lambda: _encoded("deflate", _bomb("raw deflate")),
    "bomb in a bomb": _nested,
    "bomb that says it is plain": lambda: reply(500, _bomb("gzip")),
}


@pytest.mark.parametrize("body", BODIES)
def test_client_n38_an_error_body_without_end_is_cut_off(peer, body):
    """Status kept, at most 8 MiB sent by the server, and less than 32 MB more memory."""
    answer = BODIES[body]()
    with ByteServer(lambda _seen: answer) as server:
        told = peer.call(Ask("GET", server.url), limit=20.0)
        sent = [seen.sent for seen in server.requests]

    assert isinstance(told, Told), "the call did not end"
    assert told.status == 500
    assert told.text <= 1024
    assert max(sent) < _MOST_SENT
    assert told.memory < _MOST_MEMORY
