"""What a hostile server puts into and behind bodies: other answers, bombs, depth, wrong kinds."""

import gzip
import zlib

from tests.client.byte_server import bomb_reply, json_reply, raw_reply, reply
from tests.client.hostile import ERROR, GOOD, JSON, LENGTH, Hostile, raw

__all__ = ["HOSTILE_BODIES"]

MIB = 1024 * 1024


def body(name: str, content: bytes, fields: dict[str, str] | None = None) -> Hostile:
    """An error with this body; its status must survive."""
    told = {"content-type": "application/json"} if fields is None else fields
    return Hostile(name, reply(500, content, told), "error", 500)


def deep(depth: int) -> bytes:
    """Lists in lists."""
    return b"[" * depth + b"]" * depth


HOSTILE_BODIES: tuple[Hostile, ...] = (
    # Garbage after the answer: it must never be taken for the answer to the next request.
    raw("a second answer unasked", (GOOD + LENGTH + JSON) * 2, "answer"),
    Hostile(
        "a second answer on a kept connection",
        raw_reply((GOOD + LENGTH + JSON) + ERROR + LENGTH + JSON, end="hold"),
        "answer",
    ),
    Hostile(
        "garbage on a kept connection",
        raw_reply(GOOD + LENGTH + JSON + b"\x00garbage", end="hold"),
        "answer",
    ),
    Hostile(
        "an error and garbage",
        raw_reply(ERROR + LENGTH + JSON + b"\x00garbage", end="hold"),
        status=500,
    ),
    # Encodings.
    Hostile("an error that is a bomb", bomb_reply(500, unpacked=64 * 1024 * 1024), status=500),
    body(
        "an error of many members of gzip",
        gzip.compress(b"x" * 1000) * 5000,
        {"content-encoding": "gzip"},
    ),
    body("an error in twenty coats of gzip", b"x", {"content-encoding": ", ".join(["gzip"] * 20)}),
    body("an error in an unknown coding", b"x", {"content-encoding": "magic"}),
    body("an error that is no gzip", b"not gzip", {"content-encoding": "gzip"}),
    Hostile("a success that is no gzip", reply(200, b"not gzip", {"content-encoding": "gzip"})),
    Hostile(
        "a success in cut gzip",
        reply(200, gzip.compress(b"x" * 9999)[:-9], {"content-encoding": "gzip"}),
        "either",
    ),
    body("an error in raw deflate", zlib.compress(JSON)[2:-4], {"content-encoding": "deflate"}),
    body("a charset that is none", JSON, {"content-type": "application/json; charset=\u202e"}),
    body("a charset that is a codec", JSON, {"content-type": "text/plain; charset=zlib_codec"}),
    # JSON.
    body("JSON of a great depth", deep(30_000)),
    body("JSON objects of a great depth", b'{"error":' * 7000),
    body("JSON with a great number", b'{"code": 1' + b"0" * 5000 + b"}"),
    body("JSON with NaN", b'{"code": NaN, "retry_after": Infinity}'),
    body("JSON with lone surrogates", b'{"code": "\\ud800", "message": "\\udfff"}'),
    Hostile(
        "JSON with many names",
        reply(500, b'{"error": {' + b",".join(b'"%d": 1' % each for each in range(5000)) + b"}}"),
        status=500,
    ),
    Hostile(
        "JSON of wrong kinds",
        json_reply(
            500,
            {"error": [[{}]], "code": {}, "message": 7, "retry_after": "-inf", "request_id": []},
        ),
        status=500,
    ),
    Hostile(
        "a message with control characters",
        json_reply(500, {"message": "a\x1b[2J\r\n\u202eb\x00", "code": "x\ny"}),
        status=500,
    ),
    body(
        "XML with entities",
        b'<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;">]><Error><Code>&c;</Code></Error>',
        {"content-type": "application/xml"},
    ),
    body("XML of a great depth", b"<a>" * 20_000, {"content-type": "application/xml"}),
)
"""After the head all is well, until the body."""
