"""Hostile credentials: everything that is nearly a key or a token."""

import base64
import json

from tests.hostile.hostile_request import (
    BAD_CREDENTIALS,
    CANARY,
    HEADERS_TOO_LARGE,
    HELLO,
    KEY,
    NO_ROUTE,
    NOT_UNDERSTOOD,
    OK,
    PROJECTS,
    WRONG_METHOD,
    HostileRequest,
    get,
    head,
    post,
    row,
)

__all__ = ["CREDENTIALS", "KEYS", "TOKENS"]

_SIGNATURE = base64.urlsafe_b64encode(bytes(32)).rstrip(b"=")


def _part(value: object) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(value).encode("ascii")).rstrip(b"=")


def _jwt(header: object, *, signature: bytes = _SIGNATURE) -> bytes:
    claims = {"sub": "user_0000000000000000", "exp": 4_102_444_800, "jti": "x"}
    return b".".join((_part(header), _part(claims), signature))


def _keyed(name: str, key: bytes) -> HostileRequest:
    return row(f"key {name}", get(HELLO, b"X-API-Key: " + key, key=b""), BAD_CREDENTIALS)


def _bearing(name: str, authorization: bytes) -> HostileRequest:
    field = b"Authorization: " + authorization
    return row(f"token {name}", get(PROJECTS, field, key=b""), BAD_CREDENTIALS)


KEYS: tuple[HostileRequest, ...] = (
    _keyed("empty", b""),
    _keyed("of spaces", b"   "),
    _keyed("prefix only", b"cx_"),
    _keyed("unknown", b"cx_" + b"0" * 32),
    _keyed("one short", KEY[:-1]),
    _keyed("one long", KEY + b"0"),
    _keyed("in upper case", b"CX_" + b"A" * 32),
    _keyed("with a bad letter", b"cx_" + b"g" * 32),
    _keyed("with spaces inside", b"cx_ " + b"0" * 31),
    _keyed("quoted", b'"' + KEY + b'"'),
    _keyed("with a scheme", b"Bearer " + KEY),
    _keyed("a canary", CANARY),
    _keyed("of SQL", b"cx_' OR '1'='1"),
    _keyed("not ASCII", "cx_äöü".encode()),
    _keyed("no UTF-8", b"cx_\xff\xfe"),
    _keyed("of other digits", b"cx_" + "٠".encode() * 32),
    _keyed("of 8 kB", b"cx_" + b"0" * 8_192),
    row("key of 64 kB", get(HELLO, b"X-API-Key: cx_" + b"0" * 65_536, key=b""), HEADERS_TOO_LARGE),
    row("key with a NUL", get(HELLO, b"X-API-Key: cx_\x00", key=b""), NOT_UNDERSTOOD),
    row("key with an escape", get(HELLO, b"X-API-Key: cx_\x1b[0m", key=b""), NOT_UNDERSTOOD),
    row("key with a bell", get(HELLO, b"X-API-Key: " + KEY + b"\x07", key=b""), NOT_UNDERSTOOD),
    row("key sent twice", get(HELLO, b"X-API-Key: " + KEY), BAD_CREDENTIALS),
    row("keys different", get(HELLO, b"X-API-Key: " + CANARY), BAD_CREDENTIALS),
    row(
        "key in the query",
        get(HELLO + b"?api_key=" + KEY + b"&x=" + CANARY, key=b""),
        BAD_CREDENTIALS,
    ),
    row("key in a cookie", get(HELLO, b"Cookie: X-API-Key=" + KEY, key=b""), BAD_CREDENTIALS),
    row("key under another name", get(HELLO, b"Api-Key: " + KEY, key=b""), BAD_CREDENTIALS),
    row("key with an underscore", get(HELLO, b"X_API_Key: " + KEY, key=b""), BAD_CREDENTIALS),
)
"""Keys that are none."""

TOKENS: tuple[HostileRequest, ...] = (
    _bearing("empty", b""),
    _bearing("scheme only", b"Bearer"),
    _bearing("scheme and a space", b"Bearer "),
    _bearing("without a space", b"Bearer" + CANARY),
    _bearing("a canary", b"Bearer " + CANARY),
    _bearing("a key", b"Bearer " + KEY),
    _bearing("basic", b"Basic " + base64.b64encode(b"demo:" + CANARY)),
    _bearing("digest", b'Digest username="x", response="' + CANARY + b'"'),
    _bearing("of an unknown scheme", b"Zorp " + CANARY),
    _bearing("two in one", b"Bearer a.b.c, Bearer d.e.f"),
    _bearing("not base64", b"Bearer a!b.c?d.e"),
    _bearing("of dots", b"Bearer ..."),
    _bearing("not JSON", b"Bearer YQ.YQ.YQ"),
    _bearing("not ASCII", "Bearer ä.ö.ü".encode()),
    _bearing("alg none", b"Bearer " + _jwt({"alg": "none", "typ": "JWT"}, signature=b"")),
    _bearing("alg None", b"Bearer " + _jwt({"alg": "None"}, signature=b"")),
    _bearing("alg a list", b"Bearer " + _jwt({"alg": ["HS256"]})),
    _bearing("alg RS256", b"Bearer " + _jwt({"alg": "RS256"})),
    _bearing("forged", b"Bearer " + _jwt({"alg": "HS256", "typ": "JWT"})),
    _bearing("with a key id of a file", b"Bearer " + _jwt({"alg": "HS256", "kid": "../../x"})),
    _bearing("with critical words", b"Bearer " + _jwt({"alg": "HS256", "crit": ["zorp"]})),
    _bearing("a list for a header", b"Bearer " + _jwt([1, 2])),
    _bearing(
        "of deep JSON",
        b"Bearer " + _part([]) + b"." + base64.urlsafe_b64encode(b"[" * 4_000) + b".x",
    ),
    _bearing("of 8 kB", b"Bearer " + b"a" * 8_192),
    row(
        "tokens two",
        get(HELLO, b"Authorization: Bearer a", b"Authorization: Bearer b", key=b""),
        BAD_CREDENTIALS,
    ),
    row(
        "token of 64 kB",
        get(HELLO, b"Authorization: Bearer " + b"a" * 65_536, key=b""),
        HEADERS_TOO_LARGE,
    ),
    row("token beside a key", get(HELLO, b"Authorization: Bearer " + CANARY), OK),
)
"""Tokens that are none."""

CREDENTIALS: tuple[HostileRequest, ...] = (
    *KEYS,
    *TOKENS,
    row("no credentials", get(HELLO, key=b""), BAD_CREDENTIALS),
    row("no credentials, bad body", post(b"{", key=b""), BAD_CREDENTIALS),
    row("no credentials, no route", get(b"/nowhere", key=b""), NO_ROUTE),
    row(
        "no credentials, wrong method",
        head(b"DELETE /api/v1/hello HTTP/1.1", key=b""),
        WRONG_METHOD,
    ),
)
"""Credentials in the wrong place, of the wrong kind, or none."""
