"""Hostile credentials: everything that is nearly a key or a token."""

import base64
import json

from tests.hostile.hostile_request import (
    BAD_CREDENTIALS,
    CANARY,
    FIELD,
    HEADERS_TOO_LARGE,
    NO_ROUTE,
    NOT_UNDERSTOOD,
    READ,
    SECRET,
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
    return row(f"key {name}", get(READ, key=FIELD + key), BAD_CREDENTIALS)


def _bearing(name: str, authorization: bytes) -> HostileRequest:
    field = b"Authorization: " + authorization
    return row(f"token {name}", get(READ, field, key=b""), BAD_CREDENTIALS)


KEYS: tuple[HostileRequest, ...] = (
    _keyed("empty", b""),
    _keyed("of spaces", b"   "),
    _keyed("prefix only", b"{shape}"),
    _keyed("unknown", b"{unknown}"),
    _keyed("one short", b"{short}"),
    _keyed("one long", SECRET + b"0"),
    _keyed("in upper case", b"{upper}"),
    _keyed("with a bad letter", b"{short}!"),
    _keyed("with spaces inside", b"{shape} {short}"),
    _keyed("quoted", b'"' + SECRET + b'"'),
    _keyed("with a scheme", b"Bearer " + SECRET),
    _keyed("a canary", CANARY),
    _keyed("of SQL", b"{shape}' OR '1'='1"),
    _keyed("not ASCII", "{shape}äöü".encode()),
    _keyed("no UTF-8", b"{shape}\xff\xfe"),
    _keyed("of other digits", b"{shape}" + "٠".encode() * 32),
    _keyed("of 8 kB", b"{shape}" + b"0" * 8_192),
    row("key of 64 kB", get(READ, key=FIELD + b"0" * 65_536), HEADERS_TOO_LARGE),
    row("key with a NUL", get(READ, key=FIELD + b"{shape}\x00"), NOT_UNDERSTOOD),
    row("key with an escape", get(READ, key=FIELD + b"{shape}\x1b[0m"), NOT_UNDERSTOOD),
    row("key with a bell", get(READ, key=FIELD + SECRET + b"\x07"), NOT_UNDERSTOOD),
    row("key sent twice", get(READ, FIELD + SECRET), BAD_CREDENTIALS),
    row("keys different", get(READ, FIELD + CANARY), BAD_CREDENTIALS),
    row(
        "key in the query",
        get(READ + b"?api_key=" + SECRET + b"&x=" + CANARY, key=b""),
        BAD_CREDENTIALS,
    ),
    row("key in a cookie", get(READ, b"Cookie: X-API-Key=" + SECRET, key=b""), BAD_CREDENTIALS),
    row("key under another name", get(READ, b"Api-Key: " + SECRET, key=b""), BAD_CREDENTIALS),
    row("key with an underscore", get(READ, b"X_API_Key: " + SECRET, key=b""), BAD_CREDENTIALS),
)
"""Keys that are none."""

TOKENS: tuple[HostileRequest, ...] = (
    _bearing("empty", b""),
    _bearing("scheme only", b"Bearer"),
    _bearing("scheme and a space", b"Bearer "),
    _bearing("without a space", b"Bearer" + CANARY),
    _bearing("a canary", b"Bearer " + CANARY),
    _bearing("a key", b"Bearer {shape}" + CANARY),
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
        get(READ, b"Authorization: Bearer a", b"Authorization: Bearer b", key=b""),
        BAD_CREDENTIALS,
    ),
    row(
        "token of 64 kB",
        get(READ, b"Authorization: Bearer " + b"a" * 65_536, key=b""),
        HEADERS_TOO_LARGE,
    ),
)
"""Tokens that are none."""

CREDENTIALS: tuple[HostileRequest, ...] = (
    *KEYS,
    *TOKENS,
    row("no credentials", get(READ, key=b""), BAD_CREDENTIALS),
    row("no credentials, bad body", post(b"{", key=b""), BAD_CREDENTIALS),
    row("no credentials, no route", get(b"/nowhere", key=b""), NO_ROUTE),
    row(
        "no credentials, wrong method",
        head(b"DELETE {read} HTTP/1.1", key=b""),
        WRONG_METHOD,
    ),
)
"""Credentials in the wrong place, of the wrong kind, or none."""
