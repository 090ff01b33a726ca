"""Broken heads, broken framing, silence: what a hostile server does with HTTP."""

from dataclasses import replace

from tests.client.byte_server import HANG, RESET, Reply, huge_reply, json_reply, raw_reply, reply
from tests.client.hostile import ERROR, GOOD, JSON, LENGTH, Hostile, raw

__all__ = ["HOSTILE_ANSWERS"]

CHUNKED = b"transfer-encoding: chunked\r\n\r\n"
CHUNKS = b"c\r\n" + JSON + b"\r\n"
MANY = 10**6


def endless(name: str, begin: bytes, again: bytes, status: int | None = None) -> Hostile:
    """Bytes again and again, until nobody takes them any more."""
    piece = again * 200
    answer = Reply(data=begin, more=lambda: (piece for _ in range(MANY)))
    return Hostile(name, answer, "error", status)


HOSTILE_ANSWERS: tuple[Hostile, ...] = (
    # Informational answers.
    raw(
        "early hints first",
        b"HTTP/1.1 103 Early\r\nlink: </x>\r\n\r\n" + GOOD + LENGTH + JSON,
        "answer",
    ),
    raw("a few 1xx first", b"HTTP/1.1 100 Go\r\n\r\n" * 5 + GOOD + LENGTH + JSON, "answer"),
    endless("1xx without end", b"", b"HTTP/1.1 102 Wait\r\n\r\n"),
    raw("only a 1xx", b"HTTP/1.1 102 Wait\r\n\r\n"),
    raw(
        "switching protocols unasked",
        b"HTTP/1.1 101 Go\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    ),
    # Status lines.
    raw("nothing at all", b""),
    raw("one byte", b"H"),
    raw("binary", bytes(range(256)) * 4),
    raw("another protocol", b"SSH-2.0-OpenSSH_9.6\r\n"),
    raw("TLS where none was asked", b"\x15\x03\x01\x00\x02\x02\x28"),
    raw("HTTP/0.9", b"<html>hello</html>"),
    raw("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    raw("version 9.9", b"HTTP/9.9 200 OK\r\n" + LENGTH + JSON, "either"),
    raw("status 0", b"HTTP/1.1 0 Zero\r\n" + LENGTH + JSON),
    raw("status 999", b"HTTP/1.1 999 Beyond\r\n" + LENGTH + JSON, status=999),
    raw("status 600", b"HTTP/1.1 600 Beyond\r\n" + LENGTH + JSON, status=600),
    raw("a status of letters", b"HTTP/1.1 two hundred\r\n" + LENGTH + JSON),
    raw("a negative status", b"HTTP/1.1 -200 OK\r\n" + LENGTH + JSON),
    raw("no reason", b"HTTP/1.1 200\r\n" + LENGTH + JSON, "answer"),
    raw("a reason of other letters", b"HTTP/1.1 200 \xc3\xa9\xff\r\n" + LENGTH + JSON, "either"),
    raw("an endless line", b"HTTP/1.1 200 " + b"x" * 2_000_000),
    # Header fields.
    raw("a field without a colon", GOOD + b"nonsense\r\n" + LENGTH + JSON),
    raw("a field without a name", GOOD + b": x\r\n" + LENGTH + JSON),
    raw("a folded field", GOOD + b"x: a\r\n b\r\n" + LENGTH + JSON, "either"),
    raw("a null in a field", GOOD + b"x: a\x00b\r\n" + LENGTH + JSON),
    raw("bare line ends", b"HTTP/1.1 200 OK\ncontent-length: 12\n\n" + JSON, "either"),
    raw("ten thousand fields", ERROR + b"x: y\r\n" * 10_000 + LENGTH + JSON, "error"),
    raw("a field of a megabyte", ERROR + b"x: " + b"y" * 1_000_000 + b"\r\n" + LENGTH + JSON),
    endless("fields without end", GOOD, b"x: y\r\n"),
    raw("a bidi override", ERROR + "x-request-id: \u202e\r\n".encode() + LENGTH + JSON, status=500),
    raw("a line end in a request id", ERROR + b"x-request-id: a\rb\r\n" + LENGTH + JSON),
    # Framing.
    raw("a length that is too long", GOOD + b"content-length: 99\r\n\r\n" + JSON),
    raw(
        "an error with a length that is too long",
        ERROR + b"content-length: 99\r\n\r\n" + JSON,
        status=500,
    ),
    raw("a length that is too short", GOOD + b"content-length: 4\r\n\r\n" + JSON, "either"),
    raw(
        "an error with a length that is too short",
        ERROR + b"content-length: 4\r\n\r\n" + JSON,
        status=500,
    ),
    raw("two lengths", GOOD + b"content-length: 12\r\ncontent-length: 13\r\n\r\n" + JSON),
    raw("a negative length", GOOD + b"content-length: -1\r\n\r\n" + JSON),
    raw("a length of letters", GOOD + b"content-length: many\r\n\r\n" + JSON),
    raw("a length beyond all", GOOD + b"content-length: " + b"9" * 40 + b"\r\n\r\n" + JSON),
    raw(
        "length and chunks",
        GOOD + b"content-length: 3\r\n" + CHUNKED + CHUNKS + b"0\r\n\r\n",
        "either",
    ),
    raw("no length", GOOD + b"\r\n" + JSON, "answer"),
    raw("a chunk that is cut", GOOD + CHUNKED + b"ff\r\n" + JSON),
    raw("no last chunk", GOOD + CHUNKED + CHUNKS),
    raw("an error without last chunk", ERROR + CHUNKED + CHUNKS, status=500),
    raw("a chunk size of letters", GOOD + CHUNKED + b"zz\r\n" + JSON + b"\r\n0\r\n\r\n"),
    raw("an error with a chunk size of letters", ERROR + CHUNKED + b"zz\r\n", status=500),
    raw("a chunk size beyond all", GOOD + CHUNKED + b"f" * 64 + b"\r\n" + JSON),
    raw("a negative chunk size", GOOD + CHUNKED + b"-c\r\n" + JSON),
    raw("chunk extensions", GOOD + CHUNKED + b"c;a=b\r\n" + JSON + b"\r\n0\r\n\r\n", "answer"),
    raw("trailers", GOOD + CHUNKED + CHUNKS + b"0\r\nx-sum: 1\r\n\r\n", "answer"),
    raw("broken trailers", ERROR + CHUNKED + CHUNKS + b"0\r\nnonsense\r\n\r\n", status=500),
    endless("trailers without end", ERROR + CHUNKED + b"0\r\n", b"x: y\r\n", 500),
    endless("chunks without end", ERROR + CHUNKED, b"1000\r\n" + b"x" * 4096 + b"\r\n", 500),
    endless("chunks of one byte without end", ERROR + CHUNKED, b"1\r\nx\r\n", 500),
    raw("an unknown coding", GOOD + b"transfer-encoding: magic\r\n\r\n" + JSON, "either"),
    # Bodies where none belongs, and none where one belongs.
    raw("204 with a body", b"HTTP/1.1 204 No\r\n" + LENGTH + JSON, "answer"),
    raw("204 with chunks", b"HTTP/1.1 204 No\r\n" + CHUNKED + CHUNKS + b"0\r\n\r\n", "answer"),
    raw("304 with a body", b"HTTP/1.1 304 Same\r\n" + LENGTH + JSON, status=304),
    raw("205 with a body", b"HTTP/1.1 205 Reset\r\n" + LENGTH + JSON, "answer"),
    # Time and size.
    Hostile("silence", HANG),
    Hostile("reset at once", RESET),
    Hostile(
        "reset in the body",
        json_reply(500, {"error": "x" * 1000}).cut(last=500, end="reset"),
        status=500,
    ),
    Hostile("silence in the head", raw_reply(GOOD + b"x: y\r\n", end="hold")),
    Hostile(
        "silence in the body", raw_reply(GOOD + b"content-length: 99\r\n\r\n" + JSON, end="hold")
    ),
    Hostile(
        "silence in the body of an error",
        raw_reply(ERROR + b"content-length: 99\r\n\r\n" + JSON, end="hold"),
        status=500,
    ),
    Hostile(
        "an error byte by byte",
        replace(reply(500, b"", length=500), more=lambda: [b"x"] * 500, pause=0.02),
        status=500,
    ),
    Hostile("a head byte by byte", json_reply(200, {"ok": "x" * 500}).slow(piece=1, pause=0.02)),
    Hostile("an error of 64 MiB", huge_reply(500), status=500),
    Hostile("half closed", json_reply(200, {"ok": True}).then("half"), "answer"),
    Hostile("half closed without a word", Reply(end="half")),
)
"""Broken heads, broken framing, silence."""
