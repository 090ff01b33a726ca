"""Hostile words about content: types, codings, languages, what the caller accepts."""

import gzip

from failwell.core.situation import Situation
from tests.hostile.hostile_request import (
    CANARY,
    NO_ROUTE,
    NOT_JSON,
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

__all__ = ["ACCEPT", "CODINGS", "TYPES"]

_BODY = b'{"name":"' + CANARY + b'"}'
_BOMB = gzip.compress(b"[" + b" " * 1_000_000 + b"]")
_MULTIPART = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n' + CANARY + b"\r\n--x--"
_REQUIRED = invalid(("name", "required"))


def _typed(
    name: str, media: bytes, body: bytes = _BODY, expected: Expected = NOT_JSON
) -> HostileRequest:
    return row(name, post(body, media=media and b"Content-Type: " + media), expected)


TYPES: tuple[HostileRequest, ...] = (
    _typed("no type", b""),
    _typed("type text", b"text/plain"),
    _typed(
        "type XML", b"application/xml", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>"
    ),
    _typed("type a form", b"application/x-www-form-urlencoded", b"name=" + CANARY),
    _typed("type multipart", b"multipart/form-data; boundary=x", _MULTIPART),
    _typed("type multipart without a boundary", b"multipart/form-data", _MULTIPART),
    _typed("type YAML", b"application/yaml", b"name: " + CANARY),
    _typed("type bytes", b"application/octet-stream"),
    _typed("type any", b"*/*"),
    _typed("type problem", b"application/problem+json"),
    _typed("type merge patch", b"application/merge-patch+json"),
    _typed("type lines", b"application/x-ndjson"),
    _typed("type garbage", b"not a type " + CANARY),
    _typed("type of signs", b";;;=,"),
    _typed("type of 8 kB", b"application/" + b"a" * 8_000),
    _typed("type not ASCII", b"application/json\xff"),
    _typed("types in a list", b"application/json, text/plain"),
    _typed("charset Latin-1", b"application/json; charset=latin1"),
    _typed("charset UTF-16", b"application/json; charset=utf-16", _BODY.decode().encode("utf-16")),
    _typed("charset unknown", b"application/json; charset=" + CANARY),
    _typed("charsets two", b"application/json; charset=utf-8; charset=utf-7"),
    _typed("charset UTF-8", b"Application/JSON ; Charset=UTF-8", b"{}", _REQUIRED),
    _typed("parameters garbage", b"application/json;;=;x", b"{}", _REQUIRED),
    row(
        "types two",
        post(_BODY, b"Content-Type: text/plain"),
        NOT_JSON,
    ),
    row("no route and no type", post(_BODY, path=b"/nowhere", media=b""), NO_ROUTE),
)
"""Bodies that are said to be something else, or nothing."""


def _coded(name: str, coding: bytes, body: bytes, says: str) -> HostileRequest:
    refused = json_refused(says, Situation.BAD_ENCODING)
    return row(name, post(body, b"Content-Encoding: " + coding), refused)


CODINGS: tuple[HostileRequest, ...] = (
    _coded("gzip on plain bytes", b"gzip", _BODY, "Content encoding gzip is not supported"),
    _coded("gzip", b"gzip", gzip.compress(_BODY), "Content encoding gzip is not supported"),
    _coded("gzip bomb", b"gzip", _BOMB, "Content encoding gzip is not supported"),
    _coded("brotli", b"br", _BODY, "Content encoding br is not supported"),
    _coded("coding zorp", b"zorp", _BODY, "Body could not be decoded"),
    _coded("coding a canary", CANARY, _BODY, "Body could not be decoded"),
    _coded("codings in a list", b"gzip, gzip, gzip", _BODY, "Body could not be decoded"),
    row("coding identity of content", post(b"{}", b"Content-Encoding: identity"), _REQUIRED),
)
"""Bodies that are said to be compressed."""


def _accepting(name: str, field: bytes) -> tuple[HostileRequest, HostileRequest]:
    return (
        row(name, get(READ, field), OK),
        row(f"{name}, no route", get(b"/nowhere", field), NO_ROUTE),
    )


ACCEPT: tuple[HostileRequest, ...] = (
    *_accepting("accepts XML", b"Accept: application/xml"),
    *_accepting("accepts HTML", b"Accept: text/html,application/xhtml+xml;q=0.9"),
    *_accepting("accepts nothing", b"Accept: */*;q=0"),
    *_accepting("accepts garbage", b"Accept: ;;q=x,," + CANARY),
    *_accepting("accepts 8 kB", b"Accept: " + b"a/b;q=0.1," * 800),
    *_accepting("accepts another version", b"Accept: application/json; version=99"),
    *_accepting("accepts no coding", b"Accept-Encoding: identity;q=0, *;q=0"),
    *_accepting("accepts Klingon", b"Accept-Language: xx, tlh;q=0.5, " + CANARY),
    *_accepting("accepts UTF-16", b"Accept-Charset: utf-16"),
    row(
        "accepts XML, bad line", head(b"GET / HTTP/9.9", b"Accept: application/xml"), NOT_UNDERSTOOD
    ),
)
"""Callers that want anything but JSON: they get JSON."""
