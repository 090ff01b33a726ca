"""Hostile bodies: JSON of every broken kind, values of the wrong kind, far too many of them."""

from collections.abc import Iterator

from failwell.core.situation import Situation
from tests.hostile.hostile_request import (
    CANARY,
    HostileRequest,
    json_refused,
    post,
    row,
)

__all__ = ["BROKEN_JSON", "ENCODINGS", "TRUNCATED"]

_SECRET = b'"' + CANARY + b'"'
_NESTED = b'{"a":[{"b":' + _SECRET + b'},[1,-2.5e3],true,null],"c":{"d":""}}'
_END = "Unexpected end of input at position"


def _body(name: str, body: bytes, says: str) -> HostileRequest:
    encoding = "not valid UTF-8" in says
    situation = Situation.BAD_ENCODING if encoding else Situation.BAD_JSON
    return row(name, post(body), json_refused(says, situation))


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
