"""Framing: what the head of an HTTP/1 request must look like before anything is done with it.

Pure checks on bytes, after RFC 9112. Whatever is wrong comes out as a fault, so that
even a request without a valid first line gets an answer of the contract.
"""

import re
from typing import NoReturn

from failwell.core.exceptions import FaultError
from failwell.core.fault import Fault
from failwell.core.situation import Situation

__all__ = [
    "BAD_REQUEST",
    "KNOWN_METHODS",
    "MAX_FIELDS",
    "MAX_HEAD",
    "MAX_TARGET",
    "METHODS",
    "check_beginning",
    "check_host",
    "check_request_line",
    "check_section",
    "origin_form",
    "without_upgrade",
]

MAX_TARGET = 8_192
"""Most bytes of a request target."""

MAX_HEAD = 16_384
"""Most bytes of a header section."""

MAX_FIELDS = 100
"""Most fields of a header section."""

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""Methods an application can be expected to know."""

KNOWN_METHODS = frozenset(method.encode() for method in METHODS)
"""The same, as they stand in a request line."""

BAD_REQUEST = Fault(situation=Situation.BAD_REQUEST)
"""What the caller of a request without sense is told."""

_VERSIONS = frozenset({b"HTTP/1.1", b"HTTP/1.0"})
_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}"
_METHOD = re.compile(_TOKEN)
_BEGINNING = re.compile(_TOKEN + rb"(?: (?:[/*A-Za-z][^\r\n]*)?)?\r?")
_HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~%!$&'()*+,;=]*)(?::\d*)?")
_ABSOLUTE = re.compile(rb"https?://[^/?#]+(.*)", re.IGNORECASE)
_UPGRADE = re.compile(rb"\r\nupgrade:[^\r\n]*", re.IGNORECASE)
_AROUND_TARGET = 64


def check_request_line(line: bytes) -> bytes:
    """Check a request line and return its method, which may be one nobody knows.

    Args:
        line: The first line, without its end.

    Raises:
        FaultError: It is no request line of HTTP/1, or its target is too long.
    """
    words = line.split(b" ")
    if len(words) != 3:
        _refuse(BAD_REQUEST)
    method, target, version = words
    if version not in _VERSIONS:
        _refuse(BAD_REQUEST)
    if len(target) > MAX_TARGET:
        _refuse(_too_long(Situation.URI_TOO_LONG, MAX_TARGET))
    if method not in KNOWN_METHODS and not _METHOD.fullmatch(method):
        _refuse(BAD_REQUEST)
    if method == b"CONNECT":
        params = {"method": "CONNECT", "allowed": list(METHODS)}
        _refuse(Fault(situation=Situation.WRONG_METHOD, params=params))
    return method


def check_section(head: bytes, line_end: int) -> None:
    """Check the size of a header section, complete or not.

    Args:
        head: Everything from the request line on.
        line_end: Where the request line ends in it.

    Raises:
        FaultError: There are too many bytes or too many fields.
    """
    if len(head) - line_end > MAX_HEAD or head.count(b"\r\n") > MAX_FIELDS + 2:
        _refuse(_too_long(Situation.HEADERS_TOO_LARGE, MAX_HEAD))


def check_beginning(data: bytes) -> None:
    """Check the beginning of a head whose end has not come yet.

    What cannot become a request (TLS, garbage) is refused now, not after a timeout.

    Args:
        data: Everything received of it.

    Raises:
        FaultError: No continuation could make it a good request.
    """
    if data.count(b"\n") != data.count(b"\r\n"):
        # A bare line feed ends no line (RFC 9112, 2.2, lets us be strict).
        _refuse(BAD_REQUEST)
    line_end = data.find(b"\r\n")
    if line_end >= 0:
        check_request_line(data[:line_end])
        check_section(data, line_end)
    elif not _BEGINNING.fullmatch(data):
        _refuse(BAD_REQUEST)
    elif len(data) > MAX_TARGET + _AROUND_TARGET:
        _refuse(_too_long(Situation.URI_TOO_LONG, MAX_TARGET))


def check_host(hosts: list[bytes], version: str) -> None:
    """Check that a request names one valid host (RFC 9112, 3.2).

    Args:
        hosts: Values of all ``Host`` fields.
        version: Version of the request; only HTTP/1.0 may leave the host out.

    Raises:
        FaultError: The host is missing, given twice, or no host.
    """
    if len(hosts) != 1:
        if not hosts and version == "1.0":
            return
        _refuse(BAD_REQUEST)
    if not _HOST.fullmatch(hosts[0]):
        _refuse(BAD_REQUEST)


def origin_form(target: bytes, method: str) -> bytes:
    """Turn a request target into path and query (RFC 9112, 3.2).

    Args:
        target: A target that does not begin with a slash.
        method: Only ``OPTIONS`` may ask for ``*``.

    Raises:
        FaultError: It is neither the address of a page nor ``*``.
    """
    if target == b"*" and method == "OPTIONS":
        return target
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None:
        _refuse(BAD_REQUEST)
    rest: bytes = absolute[1]
    return rest if rest.startswith(b"/") else b"/" + rest


def without_upgrade(head: bytes) -> bytes:
    """Drop the wish for another protocol, which a server may ignore (RFC 9110, 7.8).

    The parser would stop at it, and take the body for the other protocol.

    Args:
        head: A complete head.
    """
    return _UPGRADE.sub(b"", head)


def _too_long(situation: Situation, limit: int) -> Fault:
    return Fault(situation=situation, params={"limit": limit})


def _refuse(fault: Fault) -> NoReturn:
    raise FaultError.of(fault)
