"""Hostile request lines: methods, targets and versions."""

from failwell.core.situation import Situation
from tests.hostile.hostile_request import (
    ANYTHING,
    BAD_CREDENTIALS,
    CANARY,
    NO_ROUTE,
    NOT_UNDERSTOOD,
    OK,
    READ,
    URL_TOO_LONG,
    WRONG_METHOD,
    Expected,
    HostileRequest,
    get,
    head,
    row,
)

__all__ = ["METHODS", "REQUEST_LINES", "TARGETS"]

_CONNECT = Expected((Situation.WRONG_METHOD,), ('"method":"CONNECT"',), closes=True)

_TLS = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(64))

REQUEST_LINES: tuple[HostileRequest, ...] = (
    row("garbage word", b"GARBAGE\r\n\r\n", NOT_UNDERSTOOD),
    row("garbage bytes", b"\xff\xfe\x00\x01 " + CANARY + b"\r\n\r\n", NOT_UNDERSTOOD),
    row("TLS hello", _TLS, NOT_UNDERSTOOD),
    row("SSH banner", b"SSH-2.0-OpenSSH_9.9\r\n", NOT_UNDERSTOOD),
    row("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", NOT_UNDERSTOOD),
    row("SIP", head(b"REGISTER sip:x SIP/2.0"), NOT_UNDERSTOOD),
    row("HTTP/0.9", b"GET {read}\r\n", NOT_UNDERSTOOD),
    row("HTTP/9.9", head(b"GET {read} HTTP/9.9"), NOT_UNDERSTOOD),
    row("HTTP/2.0", head(b"GET {read} HTTP/2.0"), NOT_UNDERSTOOD),
    row("version in lower case", head(b"GET {read} http/1.1"), NOT_UNDERSTOOD),
    row("version of many digits", head(b"GET {read} HTTP/1.1111"), NOT_UNDERSTOOD),
    row("method alone", b"GET\r\n\r\n", NOT_UNDERSTOOD),
    row("no method", head(b" {read} HTTP/1.1"), NOT_UNDERSTOOD),
    row("two spaces", head(b"GET  {read} HTTP/1.1"), NOT_UNDERSTOOD),
    row("tabs for spaces", head(b"GET\t{read}\tHTTP/1.1"), NOT_UNDERSTOOD),
    row("space at the end", head(b"GET {read} HTTP/1.1 "), NOT_UNDERSTOOD),
    row("space in the target", head(b"GET {prefix}/hel lo HTTP/1.1"), NOT_UNDERSTOOD),
    row("control in the target", head(b"GET {prefix}/\x01 HTTP/1.1"), NOT_UNDERSTOOD),
    row("NUL in the target", head(b"GET {prefix}/\x00 HTTP/1.1"), NOT_UNDERSTOOD),
    row("raw UTF-8 in the target", head("GET {prefix}/ä HTTP/1.1".encode()), NOT_UNDERSTOOD),
    row("NUL in the method", head(b"GE\x00T {read} HTTP/1.1"), NOT_UNDERSTOOD),
    row("method of 40 letters", head(b"A" * 40 + b" {read} HTTP/1.1"), NOT_UNDERSTOOD),
    row("method of 40 kB", head(b"A" * 40_000 + b" / HTTP/1.1"), NOT_UNDERSTOOD),
    row("bare line feeds", b"GET {read} HTTP/1.1\nHost: x\n\n", NOT_UNDERSTOOD),
    row("bare carriage returns", b"GET {read} HTTP/1.1\rHost: x\r\r", NOT_UNDERSTOOD),
    row("empty lines first", b"\r\n\r\n\r\n" + get(READ), OK),
)
"""First lines that are no HTTP, or hardly."""

METHODS: tuple[HostileRequest, ...] = (
    row("method get", head(b"get {read} HTTP/1.1"), WRONG_METHOD),
    row("method BREW", head(b"BREW {read} HTTP/1.1"), WRONG_METHOD),
    row("method PROPFIND", head(b"PROPFIND {create} HTTP/1.1"), WRONG_METHOD),
    row("method of every token sign", head(b"!#$%&'*+-.^_`|~ / HTTP/1.1"), NO_ROUTE),
    row("TRACE", head(b"TRACE {read} HTTP/1.1", b"Max-Forwards: 0"), WRONG_METHOD),
    row("TRACE of no route", head(b"TRACE /nowhere HTTP/1.1"), NO_ROUTE),
    row("CONNECT", head(b"CONNECT example.com:443 HTTP/1.1"), _CONNECT),
    row("CONNECT of a path", head(b"CONNECT {read} HTTP/1.1"), _CONNECT),
    row("DELETE of a list", head(b"DELETE {create} HTTP/1.1"), WRONG_METHOD),
    row("OPTIONS", head(b"OPTIONS {read} HTTP/1.1"), WRONG_METHOD),
    row("OPTIONS of everything", head(b"OPTIONS * HTTP/1.1"), NO_ROUTE),
    row("HEAD of no route", head(b"HEAD /nowhere HTTP/1.1"), NO_ROUTE),
    row(
        "HEAD without a key",
        head(b"HEAD {read} HTTP/1.1", key=b""),
        BAD_CREDENTIALS,
    ),
    row(
        "HEAD that is no HTTP",
        b"HEAD / HTTP/9.9\r\n\r\n",
        NOT_UNDERSTOOD,
    ),
    row("method override", get(READ, b"X-HTTP-Method-Override: DELETE"), OK),
)
"""Methods nobody knows, or nobody offers here."""

TARGETS: tuple[HostileRequest, ...] = (
    row("absolute target", head(b"GET http://api.test{read} HTTP/1.1"), OK),
    row("absolute target elsewhere", head(b"GET http://elsewhere.test/nothing HTTP/1.1"), NO_ROUTE),
    row("absolute target of ftp", head(b"GET ftp://api.test/x HTTP/1.1"), NOT_UNDERSTOOD),
    row("absolute target of nobody", head(b"GET http:///x HTTP/1.1"), NOT_UNDERSTOOD),
    row("asterisk", head(b"GET * HTTP/1.1"), NOT_UNDERSTOOD),
    row("authority", head(b"GET api.test:80 HTTP/1.1"), NOT_UNDERSTOOD),
    row("no slash", head(b"GET hello HTTP/1.1"), NOT_UNDERSTOOD),
    row("no route", get(b"/" + b"n" * 40), NO_ROUTE),
    row("no route and a secret in the query", get(b"/nowhere?token=" + CANARY), NO_ROUTE),
    row("percent zz", get(b"{prefix}/%zz"), NO_ROUTE),
    row("percent alone", get(b"{prefix}/%"), NO_ROUTE),
    row("percent ff fe", get(b"{prefix}/%ff%fe"), NO_ROUTE),
    row("percent 00", get(READ + b"%00"), NO_ROUTE),
    row("percent encoded line end", get(READ + b"%0a"), NO_ROUTE),
    row("percent encoded header", get(b"/%0d%0aX-Injected:%20yes%0d%0a%0d%0abody"), NO_ROUTE),
    row("percent encoded terminal codes", get(b"/%1b%5b2J%1b%5d0;x%07"), NO_ROUTE),
    row("percent encoded script", get(b"/%3Cscript%3Ealert(1)%3C/script%3E"), NO_ROUTE),
    row("percent encoded surrogate", get(b"/%ed%a0%80"), NO_ROUTE),
    row("dots", get(b"{prefix}/../../etc/passwd"), NO_ROUTE),
    row("dots encoded", get(b"{prefix}/%2e%2e%2f%2e%2e%2fetc%2fpasswd"), NO_ROUTE),
    row("dots back to a route", get(b"{prefix}/x/..{path}"), NO_ROUTE),
    row("two slashes first", get(b"/" + READ), NO_ROUTE),
    row("two slashes inside", get(b"{prefix}/{path}"), NO_ROUTE),
    row("path parameter", get(READ + b";x=1"), NO_ROUTE),
    row("backslashes", get(b"{prefix}\\hello"), NO_ROUTE),
    row("upper case", get(b"/API/V1/HELLO"), NO_ROUTE),
    row("target of 9 kB", get(b"/" + b"a" * 9_000), URL_TOO_LONG),
    row("target of 70 kB", get(b"/" + b"a" * 70_000), URL_TOO_LONG),
    row("target of 1 MB without an end", b"GET /" + b"a" * 1_000_000, URL_TOO_LONG),
    row("query of 9 kB", get(READ + b"?" + b"a=b&" * 2_250), URL_TOO_LONG),
    row("query percent zz", get(READ + b"?x=%zz"), ANYTHING),
    row("query no UTF-8", get(READ + b"?x=%ff" + CANARY), ANYTHING),
    row("query with a NUL", get(READ + b"?x=%00"), ANYTHING),
    row("query of nothing", get(READ + b"?&&=&=x&?#"), ANYTHING),
    row("query of 1,000 unknown names", get(READ + b"?" + b"a=b&" * 1_000), ANYTHING),
    row("query without a key", get(READ + b"?limit=0", key=b""), BAD_CREDENTIALS),
)
"""Targets that lead nowhere, and queries that say nothing."""
