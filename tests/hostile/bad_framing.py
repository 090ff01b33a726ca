"""Hostile heads and framing: header fields, lengths, chunks."""

from failwell.core.situation import Situation
from tests.hostile.hostile_request import (
    CANARY,
    HEADERS_TOO_LARGE,
    NO_ROUTE,
    NOT_UNDERSTOOD,
    OK,
    READ,
    Expected,
    HostileRequest,
    get,
    head,
    invalid,
    json_refused,
    post,
    row,
)

__all__ = ["CHUNKS", "FIELDS", "LENGTHS"]

_LINE = b"POST {create} HTTP/1.1"
_READ_LINE = b"GET {read} HTTP/1.1"
_JSON = b"Content-Type: application/json"
_CHUNKED = b"Transfer-Encoding: chunked"
_SMUGGLED = get(READ)
_LAST = Expected((Situation.NO_ROUTE,), closes=True)
_REQUIRED = invalid(("name", "required"))


def _sized(*fields: bytes) -> bytes:
    return head(_LINE, _JSON, *fields) + b'{"a":"' + CANARY + b'"}'


def _chunked(chunks: bytes, *fields: bytes) -> bytes:
    return head(_LINE, _JSON, _CHUNKED, *fields) + chunks


LENGTHS: tuple[HostileRequest, ...] = (
    row("length a word", _sized(b"Content-Length: zorp"), NOT_UNDERSTOOD),
    row("length empty", _sized(b"Content-Length:"), NOT_UNDERSTOOD),
    row("length negative", _sized(b"Content-Length: -5"), NOT_UNDERSTOOD),
    row("length with a sign", _sized(b"Content-Length: +5"), NOT_UNDERSTOOD),
    row("length in hexadecimal", _sized(b"Content-Length: 0x5"), NOT_UNDERSTOOD),
    row("length a fraction", _sized(b"Content-Length: 5.0"), NOT_UNDERSTOOD),
    row("length of 40 digits", _sized(b"Content-Length: " + b"9" * 40), NOT_UNDERSTOOD),
    row("length of other digits", _sized("Content-Length: ٥".encode()), NOT_UNDERSTOOD),
    row("lengths equal", _sized(b"Content-Length: 5", b"Content-Length: 5"), NOT_UNDERSTOOD),
    row("lengths different", _sized(b"Content-Length: 5", b"Content-Length: 6"), NOT_UNDERSTOOD),
    row("lengths in a list", _sized(b"Content-Length: 5, 5"), NOT_UNDERSTOOD),
    row("coding unknown", _sized(b"Transfer-Encoding: zorp"), NOT_UNDERSTOOD),
    row("coding identity", _sized(b"Transfer-Encoding: identity"), NOT_UNDERSTOOD),
    row("coding gzip", _sized(b"Transfer-Encoding: gzip, chunked"), NOT_UNDERSTOOD),
    row("coding not last", _sized(b"Transfer-Encoding: chunked, gzip"), NOT_UNDERSTOOD),
    row("coding nearly", _sized(b"Transfer-Encoding: xchunked"), NOT_UNDERSTOOD),
    row("coding with a tab", _sized(b"Transfer-Encoding:\x0bchunked"), NOT_UNDERSTOOD),
    row("codings two", _sized(_CHUNKED, _CHUNKED), NOT_UNDERSTOOD),
    row("codings, one unknown", _sized(_CHUNKED, b"Transfer-Encoding: zorp"), NOT_UNDERSTOOD),
    row(
        "length and coding, a request behind",
        _chunked(b"0\r\n\r\n", b"Content-Length: 5") + _SMUGGLED,
        NOT_UNDERSTOOD,
    ),
    row(
        "coding and length, a request behind",
        head(_LINE, b"Content-Length: 5", _CHUNKED) + b"0\r\n\r\n" + _SMUGGLED,
        NOT_UNDERSTOOD,
    ),
    row(
        "coding in HTTP/1.0",
        head(b"POST {create} HTTP/1.0", _JSON, _CHUNKED) + b"0\r\n\r\n",
        NOT_UNDERSTOOD,
    ),
)
"""Lengths that say nothing, or two things."""

CHUNKS: tuple[HostileRequest, ...] = (
    row("chunk size zz", _chunked(b"zz\r\n{}\r\n0\r\n\r\n"), NOT_UNDERSTOOD),
    row("chunk size negative", _chunked(b"-2\r\n{}\r\n0\r\n\r\n"), NOT_UNDERSTOOD),
    row("chunk size with 0x", _chunked(b"0x2\r\n{}\r\n0\r\n\r\n"), NOT_UNDERSTOOD),
    row("chunk size empty", _chunked(b"\r\n{}\r\n0\r\n\r\n"), NOT_UNDERSTOOD),
    row("chunk size of 20 digits", _chunked(b"F" * 20 + b"\r\n{}\r\n"), NOT_UNDERSTOOD),
    row("chunk longer than said", _chunked(b"2\r\n{}{}\r\n0\r\n\r\n"), NOT_UNDERSTOOD),
    row("chunk without an end", _chunked(b"2\r\n{}0\r\n\r\n"), NOT_UNDERSTOOD),
    row("chunk extension of 300 kB", _chunked(b"2;" + b"a" * 300_000), NOT_UNDERSTOOD),
    row("chunk extensions", _chunked(b"2;a=b;c\r\n{}\r\n0;d\r\n\r\n"), _REQUIRED),
    row(
        "chunks of one byte",
        _chunked(b"1\r\n{\r\n" + b"1\r\n \r\n" * 900 + b"1\r\n}\r\n0\r\n\r\n"),
        _REQUIRED,
    ),
    row(
        "trailer with a length",
        _chunked(b"2\r\n{}\r\n0\r\nContent-Length: 99\r\n\r\n"),
        NOT_UNDERSTOOD,
    ),
    row(
        "trailer with a key",
        _chunked(b"2\r\n{}\r\n0\r\nX-API-Key: " + CANARY + b"\r\n\r\n"),
        _REQUIRED,
    ),
    row(
        "trailers without end", _chunked(b"2\r\n{}\r\n0\r\n" + b"A: b\r\n" * 50_000), NOT_UNDERSTOOD
    ),
    row("no chunks at all", _chunked(b"0\r\n\r\n"), json_refused("end of input")),
)
"""Bodies in pieces that do not fit."""

FIELDS: tuple[HostileRequest, ...] = (
    row("value folded", get(READ, b"A: b", b" " + CANARY), NOT_UNDERSTOOD),
    row("first field folded", head(_READ_LINE, host=b" Host: x"), NOT_UNDERSTOOD),
    row("space before the colon", get(READ, b"A : b"), NOT_UNDERSTOOD),
    row("no colon", get(READ, CANARY), NOT_UNDERSTOOD),
    row("no name", get(READ, b": " + CANARY), NOT_UNDERSTOOD),
    row("name with a space", get(READ, b"A B: c"), NOT_UNDERSTOOD),
    row("name not ASCII", get(READ, "Schlüssel: x".encode()), NOT_UNDERSTOOD),
    row("name with brackets", get(READ, b"A(b): c"), NOT_UNDERSTOOD),
    row("NUL in a value", get(READ, b"A: b\x00" + CANARY), NOT_UNDERSTOOD),
    row("carriage return in a value", get(READ, b"A: b\r" + CANARY), NOT_UNDERSTOOD),
    row("line feed in a value", get(READ, b"A: b\n" + CANARY), NOT_UNDERSTOOD),
    row("escape in a value", get(READ, b"A: \x1b[31m"), NOT_UNDERSTOOD),
    row("value no UTF-8", get(READ, b"A: \xff\xfe"), OK),
    row("value empty", get(READ, b"A:"), OK),
    row("no host", head(_READ_LINE, host=b""), NOT_UNDERSTOOD),
    row("two hosts", get(READ, b"Host: y"), NOT_UNDERSTOOD),
    row("two equal hosts", get(READ, b"Host: api.test"), NOT_UNDERSTOOD),
    row("two hosts in one", head(_READ_LINE, host=b"Host: a, b"), NOT_UNDERSTOOD),
    row("host a path", head(_READ_LINE, host=b"Host: a/b"), NOT_UNDERSTOOD),
    row("host with a password", head(_READ_LINE, host=b"Host: a:b@c"), NOT_UNDERSTOOD),
    row("host with a bad port", head(_READ_LINE, host=b"Host: a:80a"), NOT_UNDERSTOOD),
    row("host not ASCII", head(_READ_LINE, host=b"Host: \xc3\xa4"), NOT_UNDERSTOOD),
    row("host empty", head(_READ_LINE, host=b"Host:"), OK),
    row("host foreign", head(_READ_LINE, host=b"Host: evil.test"), OK),
    row("HTTP/1.0 without a host", head(b"GET /nowhere HTTP/1.0", host=b""), _LAST),
    row("300 fields", get(READ, *[b"A: b"] * 300), HEADERS_TOO_LARGE),
    row("100 cookies in fields", get(READ, *[b"Cookie: a=" + CANARY] * 100), HEADERS_TOO_LARGE),
    row("100 cookies in one field", get(READ, b"Cookie: " + b"a=b; " * 100), OK),
    row("field of 16 kB", get(READ, b"A: " + b"a" * 16_384), HEADERS_TOO_LARGE),
    row("field of 70 kB", get(READ, b"A: " + b"a" * 70_000), HEADERS_TOO_LARGE),
    row("name of 70 kB", get(READ, b"A" * 70_000 + b": a"), HEADERS_TOO_LARGE),
    row("fields without end", get(READ)[:-2] + b"A: b\r\n" * 50_000, HEADERS_TOO_LARGE),
    row("field without end", get(READ)[:-2] + b"A: " + b"a" * 900_000, HEADERS_TOO_LARGE),
    row("upgrade to a web socket", get(READ, b"Connection: Upgrade", b"Upgrade: websocket"), OK),
    row("upgrade to HTTP/2", get(READ, b"Connection: Upgrade", b"Upgrade: h2c"), OK),
    row("upgrade of nothing", get(b"/nowhere", b"Connection: Upgrade", b"Upgrade: x"), NO_ROUTE),
    row("GET with a body", get(READ, b"Content-Length: 9") + b"123456789", OK),
    row("expectation unknown", post(b"{}", b"Expect: zorp"), _REQUIRED),
    row("expectations two", post(b"{}", b"Expect: 100-continue", b"Expect: zorp"), _REQUIRED),
    row("range backwards", get(READ, b"Range: bytes=9-1"), OK),
    row("ranges many", get(READ, b"Range: bytes=" + b"0-," * 1_000), OK),
    row("precondition", get(READ, b'If-Match: "nope"', b'If-None-Match: "x"'), OK),
    row("date garbage", get(READ, b"If-Modified-Since: " + CANARY), OK),
    row("origin foreign", get(b"/nowhere", b"Origin: https://" + CANARY + b".test"), NO_ROUTE),
    row("forwarded by nobody", get(READ, b"X-Forwarded-For: " + CANARY, b"Forwarded: for=x"), OK),
    row("request id of 8 kB", get(b"/nowhere", b"X-Request-ID: " + b"a" * 8_000), NO_ROUTE),
    row("request id a canary", get(b"/nowhere", b"X-Request-ID: <" + CANARY + b">"), NO_ROUTE),
    row("request id twice", get(b"/nowhere", *[b"X-Request-ID: a-caller-1"] * 2), NO_ROUTE),
    row("trace garbage", get(READ, b"Traceparent: 00-zz-" + CANARY, b"Tracestate: ,,,="), OK),
)
"""Header fields that are none, too many, or mean something elsewhere."""
