"""Good answers, and what becomes of them when bytes are lost, changed, doubled or put in."""

import gzip
import json
import random
from collections.abc import Iterator

from tests.client.byte_server import Reply, json_reply, raw_reply, reply

__all__ = ["GOOD_ANSWERS", "mutants"]

_PROBLEM = {"type": "about:blank", "title": "Busy", "status": 503, "detail": "Come back later"}
_ERROR = {"error": {"code": "busy", "message": "The shop is busy", "retry_in": "2s"}}
_CHUNKED = {"transfer-encoding": "chunked", "content-type": "application/json"}

GOOD_ANSWERS: tuple[bytes, ...] = tuple(
    answer.data
    for answer in (
        json_reply(200, {"ok": True}),
        json_reply(503, _ERROR, {"Retry-After": "0", "X-Request-ID": "req_1"}),
        json_reply(429, _ERROR, {"RateLimit": '"p";r=0;t=0', "X-RateLimit-Reset": "1"}),
        json_reply(422, {"errors": [{"field": "a.b[0]", "code": "required", "message": "Needed"}]}),
        reply(503, json.dumps(_PROBLEM).encode(), {"content-type": "application/problem+json"}),
        reply(500, gzip.compress(b'{"error": "sorry"}', mtime=0), {"content-encoding": "gzip"}),
        reply(200, b"5\r\n[1,2,\r\n2\r\n3]\r\n0\r\nx-sum: 1\r\n\r\n", _CHUNKED, length=""),
        reply(500, b'e\r\n{"error":"sor"\r\n1\r\n}\r\n0\r\n\r\n', _CHUNKED, length=""),
        reply(302, b"", {"Location": "/elsewhere?a=b"}),
        reply(401, b"", {"WWW-Authenticate": 'Bearer error="invalid_token", realm="x"'}),
        reply(502, b"<html><title>502 Bad Gateway</title></html>", {"Server": "nginx"}),
        reply(404, b"<Error><Code>NoSuchKey</Code><Message>x</Message></Error>"),
    )
)
"""What servers say on a good day."""

_ODD = (
    b"\r\n",
    b"\n",
    b"\x00",
    b"\xff\xfe",
    b":",
    b" ",
    b"0",
    b"-1",
    b"{",
    b'"',
    b"HTTP/1.1 200 OK\r\n\r\n",
    b"content-length: 3\r\n",
    b"transfer-encoding: chunked\r\n",
    b"9" * 30,
    "\u202e\u2028".encode(),
)


def mutants(seed: int, count: int) -> Iterator[Reply]:
    """Answers, each changed at up to four places; the same ones for the same seed."""
    dice = random.Random(seed)
    for _ in range(count):
        data = bytearray(dice.choice(GOOD_ANSWERS))
        for _ in range(dice.randint(1, 4)):
            _change(data, dice)
        yield raw_reply(bytes(data), end=dice.choice(("close", "close", "close", "reset")))


def _change(data: bytearray, dice: random.Random) -> None:
    start = dice.randint(0, len(data))
    end = min(len(data), start + dice.choice((1, 1, 2, 8, 40)))
    match dice.randint(0, 4):
        case 0:
            del data[start:end]
        case 1:
            data[start:start] = dice.choice(_ODD)
        case 2:
            data[start:end] = dice.randbytes(end - start)
        case 3:
            data[start:start] = data[start:end] * dice.choice((1, 3, 50))
        case _:
            del data[start:]
