"""Hostile bodies: JSON of every broken kind, values of the wrong kind, far too many of them."""

import json
import sys
from collections.abc import Iterator

from tests.hostile.hostile_request import (
    CANARY,
    PROJECT,
    HostileRequest,
    invalid,
    json_refused,
    post,
    row,
)

__all__ = ["BROKEN_JSON", "ENCODINGS", "TRUNCATED", "WRONG_VALUES"]

_AGENTS = b"/api/v1/projects/" + PROJECT + b"/agents"
_SECRET = b'"' + CANARY + b'"'
_NESTED = b'{"a":[{"b":' + _SECRET + b'},[1,-2.5e3],true,null],"c":{"d":""}}'
_REQUIRED = invalid(("name", "required"))
_END = "Unexpected end of input at position"


def _body(name: str, body: bytes, says: str) -> HostileRequest:
    return row(name, post(body), json_refused(says))


def _member(name: str, value: bytes, says: str) -> HostileRequest:
    return _body(name, b'{"secret":%b,"name":%b}' % (_SECRET, value), says)


BROKEN_JSON: tuple[HostileRequest, ...] = (
    _body("body empty", b"", f"{_END} 0"),
    _body("body of spaces", b" \t\r\n ", f"{_END} 5"),
    _body("a word", CANARY, "Unexpected token 'c' at position 0"),
    _body("a comma too many", b'{"name":%b,}' % _SECRET, "Unexpected token '}' at position 34"),
    _body("a comma too many in a list", b"[1,]", "Unexpected token ']' at position 3"),
    _body("a comma missing", b'{"a":1 "b":2}', "position 7"),
    _body("a colon missing", b'{"a" 1}', "Unexpected token '1' at position 5"),
    _body("a comma first", b'{,"a":1}', "Unexpected token ',' at position 1"),
    _body("a key without quotes", b"{name:1}", "Unexpected token 'n' at position 1"),
    _body("a key that is a number", b"{1:1}", "Unexpected token '1' at position 1"),
    _body("single quotes", b"{'name':'x'}", "position 1"),
    _body("comment of two slashes", b"{} // " + CANARY, "Unexpected token '/' at position 3"),
    _body("comment of a hash", b"# " + CANARY + b"\n{}", "Unexpected token '#' at position 0"),
    _body("comment inside", b"{/* x */}", "Unexpected token '/' at position 1"),
    _body("brackets that do not fit", b'{"a":[1}', "Unexpected token '}' at position 7"),
    _body("a bracket too many", b"{}}", "Unexpected token '}' at position 2"),
    _body("trailing data", b"{}" + _SECRET, "position 2"),
    _body("two documents", b"{}\n{}", "Unexpected token '{' at position 3"),
    _body("key twice", b'{"name":"ab","name":%b}' % _SECRET, "Duplicate key at position 13"),
    _body("key twice by escapes", b'{"a":1,"\\u0061":2}', "Duplicate key at position 7"),
    _body("key twice inside", b'{"x":[{"a":1,"a":2}]}', "Duplicate key at position 13"),
    _member("NaN", b"NaN", "Unexpected token 'N'"),
    _member("Infinity", b"Infinity", "Unexpected token 'I'"),
    _member("minus Infinity", b"-Infinity", "Unexpected token 'I'"),
    _member("1e400", b"1e400", "Number out of range"),
    _member("minus 1e400", b"-1e400", "Number out of range"),
    _member("5,000 digits", b"9" * 5_000, "Number out of range"),
    _member("0x1", b"0x1", "Unexpected token 'x'"),
    _member("01", b"01", "Unexpected token '1'"),
    _member("plus 1", b"+1", "Unexpected token '+'"),
    _member("a dot first", b".5", "Unexpected token '.'"),
    _member("a dot last", b"5.", "Unexpected token '}'"),
    _member("an exponent without digits", b"1e", "Unexpected token '}'"),
    _member("minus alone", b"-", "Unexpected token '}'"),
    _member("True", b"True", "Unexpected token 'T'"),
    _member("undefined", b"undefined", "Unexpected token 'u'"),
    _member("tru", b"tru", "Unexpected token '}'"),
    _member("lone surrogate", rb'"\ud800"', "Unpaired surrogate"),
    _member("lone low surrogate", rb'"\udc00"', "Unpaired surrogate"),
    _member("surrogates in the wrong order", rb'"\udc00\ud800"', "Unpaired surrogate"),
    _member("escape unknown", rb'"\x41"', "Unexpected token 'x'"),
    _member("escape cut short", rb'"\u12"', "position"),
    _member("line end in a text", b'"a\nb"', "Unexpected token"),
    _member("NUL in a text", b'"a\x00b"', "Unexpected token"),
    _member("terminal codes in a text", b'"\x1b[2J"', "Unexpected token"),
    _body("NUL alone", b"\x00", "Unexpected token"),
    _body("NUL after", b"{}\x00", "Unexpected token"),
    _body("key a lone surrogate", rb'{"\ud800":1}', "Unpaired surrogate"),
    _body("depth 101", b"[" * 101 + b"]" * 101, "Nesting too deep at position 100"),
    _body("depth 1,000", b"[" * 1_000 + b"]" * 1_000, "Nesting too deep at position 100"),
    _body("depth 20,000", b"[" * 20_000 + b"]" * 20_000, "Nesting too deep at position 100"),
    _body("depth 20,000 of objects", b'{"a":' * 20_000, "Nesting too deep"),
    _body("depth 1,000,000", b"[" * 1_000_000, "Nesting too deep at position 100"),
)
"""What is no JSON, or no JSON that two programs would read alike."""

ENCODINGS: tuple[HostileRequest, ...] = (
    _member("UTF-8 overlong", b'"\xc0\xaf"', "Body is not valid UTF-8 at position"),
    _member("UTF-8 overlong NUL", b'"\xc0\x80"', "Body is not valid UTF-8 at position"),
    _member("UTF-8 cut short", b'"\xe2\x82"', "Body is not valid UTF-8 at position"),
    _member("UTF-8 of a surrogate", b'"\xed\xa0\x80"', "Body is not valid UTF-8 at position"),
    _member("UTF-8 beyond Unicode", b'"\xf4\x90\x80\x80"', "Body is not valid UTF-8 at position"),
    _member("Latin-1", b'"\xe4"', "Body is not valid UTF-8 at position"),
    _body("bytes ff fe", b"\xff\xfe{}", "Body is not valid UTF-8 at position 0"),
    _body("byte order mark", b"\xef\xbb\xbf{}", "position 0"),
    _body("UTF-16", '{"name":"x"}'.encode("utf-16"), "Body is not valid UTF-8 at position 0"),
    _body("UTF-16, big end first", '{"name":"x"}'.encode("utf-16-be"), "Unexpected token"),
    _body("UTF-32", "{}".encode("utf-32-le"), "Unexpected token"),
    _body("msgpack", b"\x81\xa4name\xa4test", "Body is not valid UTF-8 at position 0"),
    _body("compressed", b"\x1f\x8b\x08\x00" + bytes(20), "Body is not valid UTF-8"),
)
"""Texts in other encodings than UTF-8, or in none."""


def _cuts() -> Iterator[HostileRequest]:
    for position, byte in enumerate(_NESTED):
        if byte in b'{}[]:,"' and position:
            yield _body(f"cut at {position}", _NESTED[:position], _END)


TRUNCATED: tuple[HostileRequest, ...] = tuple(_cuts())
"""One body cut off before each of its structural bytes."""


def _value(name: str, value: object, *wrong: tuple[str, str]) -> HostileRequest:
    body = json.dumps(value).encode("ascii")
    return row(name, post(body, path=_AGENTS), invalid(*wrong))


_LARGEST = sys.float_info.max
_TEXT = CANARY.decode("ascii")
_WEBHOOK = {"url": _TEXT, "events": [_TEXT] * 1_000, "filters": {"severity": [_TEXT] * 1_000}}

WRONG_VALUES: tuple[HostileRequest, ...] = (
    _value("null for an object", None, ("body", "required")),
    _value("5 for an object", 5, ("body", "invalid_format")),
    _value("a text for an object", _TEXT, ("body", "invalid_format")),
    _value("a list for an object", [{}], ("body", "invalid_format")),
    _value("true for an object", True, ("body", "invalid_format")),
    _value("nothing in it", {}, ("name", "required")),
    _value("name null", {"name": None}, ("name", "required")),
    _value("name empty", {"name": ""}, ("name", "required")),
    _value("name a number", {"name": 5}, ("name", "invalid_format")),
    _value("name a list", {"name": [_TEXT]}, ("name", "invalid_format")),
    _value("name an object", {"name": {"secret": _TEXT}}, ("name", "invalid_format")),
    _value("name of 100 kB", {"name": _TEXT * 5_000}, ("name", "too_long")),
    _value("config a text", {"name": "x", "config": _TEXT}, ("config", "invalid_format")),
    _value("config null", {"name": "x", "config": None}, ("config", "required")),
    _value(
        "name and config wrong",
        {"config": {"temperature": -3.5, "max_tokens": 0}, "name": ""},
        ("config.temperature", "out_of_range"),
        ("config.max_tokens", "out_of_range"),
        ("name", "required"),
    ),
    _value(
        "numbers just sayable",
        {"name": "x", "config": {"temperature": _LARGEST, "max_tokens": -int(_LARGEST)}},
        ("config.temperature", "out_of_range"),
        ("config.max_tokens", "out_of_range"),
    ),
    _value(
        "numbers as texts",
        {"name": "x", "config": {"temperature": _TEXT, "max_tokens": _TEXT}},
        ("config.temperature", "invalid_format"),
        ("config.max_tokens", "invalid_format"),
    ),
    _value(
        "model unknown",
        {"name": "x", "config": {"model": _TEXT}},
        ("config.model", "invalid_choice"),
    ),
    _value(
        "tools unknown",
        {"name": "x", "config": {"tools": [_TEXT]}},
        ("config.tools.0", "invalid_choice"),
    ),
    _value(
        "tools not of one kind",
        {"name": "x", "config": {"tools": [[], {}, None]}},
        ("config.tools.0", "invalid_format"),
        ("config.tools.1", "invalid_format"),
        ("config.tools.2", "required"),
    ),
    _value(
        "1,000 wrong metadata",
        {"name": "x", "metadata": {f"m{n}": [_TEXT] for n in range(1_000)}},
        ("metadata", "too_long"),
        ("metadata.m0", "invalid_format"),
    ),
    _value(
        "1,000 wrong tools",
        {"name": "x", "config": {"tools": [_TEXT] * 1_000}},
        ("config.tools", "too_long"),
        ("config.tools.0", "invalid_choice"),
    ),
    _value(
        "60,000 wrong tools",
        {"name": "x", "config": {"tools": list(range(60_000))}},
        ("config.tools", "too_long"),
        ("config.tools.0", "invalid_format"),
    ),
    row(
        "1,000 wrong events",
        post(json.dumps(_WEBHOOK).encode("ascii"), path=b"/api/v1/webhooks"),
        invalid(("url", "invalid_format"), ("events", "too_long"), ("events.0", "invalid_choice")),
    ),
    row(
        "100,000 unknown members",
        post(b"{" + b",".join(b'"%d":0' % n for n in range(100_000)) + b"}"),
        _REQUIRED,
    ),
)
"""JSON that is no agent, no webhook, no project."""
