"""Whether an address that somebody registers may be called: its form, and where it leads.

One parser reads it here and for every attempt, so nothing is checked that is not called. A good
answer holds for a moment only: the socket is checked again each time it is opened.
"""

import asyncio
import ipaddress
import re
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cache

import msgspec
from yarl import URL

from failwell.outbound.address import AddressGuard
from failwell.outbound.connector import look_up

__all__ = [
    "LONGEST_URL",
    "PORTS",
    "InvalidTargetError",
    "TargetRules",
    "check_target",
    "parse_target",
    "resolve_target",
]

LONGEST_URL = 2_000
"""Characters of an address."""

PORTS: tuple[range, ...] = (range(80, 81), range(443, 444), range(1024, 65_536))
"""Ports that may be called: those of the web, and those anybody may open (8443 among them)."""

_AUTHORITY = re.compile(r"(?:\[[0-9a-f:.]+\]|[^\[\]:]*)(?::[0-9]{1,5})?", re.IGNORECASE)
_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9-]{1,63}", re.IGNORECASE
)
# What a resolver takes for a number: the last label decides, as browsers have it.
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.IGNORECASE)
_LOOK_UPS = 8
_LOOPBACK = ("127.0.0.1", "::1")
_NOT_PUBLIC = "leads to an address that is not public; an operator can allow it (outbound.allow)"


class InvalidTargetError(ValueError):
    """An address that is not called for its form; the text says why, without repeating it."""


class TargetRules(msgspec.Struct, frozen=True, kw_only=True):
    """Which addresses may be called."""

    guard: AddressGuard
    """Judges the addresses that names lead to."""

    https_only: bool = False
    """Whether ``http`` is refused."""

    ports: tuple[range, ...] = PORTS
    """Ports that may be called."""


def parse_target(url: str, rules: TargetRules) -> URL:
    """Read an address that is to be called, exactly as it is written.

    Raises:
        InvalidTargetError: Its form is refused: no plain ``http`` or ``https`` address of a
            host, by name or in plain numbers.

    Examples:
        >>> rules = TargetRules(guard=AddressGuard(strict=True), https_only=True)
        >>> parse_target("https://hooks.example.com/in?k=%2F", rules)
        URL('https://hooks.example.com/in?k=%2F')
    """
    _check_characters(url)
    try:
        target = URL(url, encoded=True)
        host, port = target.raw_host, target.port
    except ValueError:
        raise InvalidTargetError("is not an address") from None
    _check_parts(target, https_only=rules.https_only)
    _check_host(host or "")
    if port is None or not any(port in ports for ports in rules.ports):
        raise InvalidTargetError(f"names a port that is not called; expected {_listed(rules)}")
    return target


def check_target(url: str, rules: TargetRules) -> str | None:
    """Say what is wrong with an address, as far as it shows without asking a name server.

    Returns:
        The problem as the end of a sentence (``must use https``), ``None`` if there is none.

    Examples:
        >>> rules = TargetRules(guard=AddressGuard(strict=True))
        >>> check_target("http://127.1/", rules)
        'must name its host by a domain name or by an IP address in its usual form'
        >>> check_target("https://hooks.example.com/in", rules)
    """
    try:
        target = parse_target(url, rules)
    except InvalidTargetError as error:
        return str(error)
    return None if _may_be_open(target, rules.guard) else _NOT_PUBLIC


async def resolve_target(url: str, rules: TargetRules, *, seconds: float = 1.0) -> str | None:
    """Like `check_target`, and look where the name leads.

    A name that nobody knows is no problem: it may be known tomorrow, and each attempt looks
    again. One refused address among several is.

    Args:
        url: The address.
        rules: Which may be called.
        seconds: How long a name server has to answer.
    """
    problem = check_target(url, rules)
    if problem is not None:
        return problem
    target = parse_target(url, rules)
    host, port = str(target.raw_host), int(target.port or 0)
    try:
        async with asyncio.timeout(seconds):
            found = await look_up(host, port, executor=_names())
    except (OSError, UnicodeError):
        return None
    return None if all(rules.guard.allows(entry["host"], port) for entry in found) else _NOT_PUBLIC


@cache
def _names() -> Executor:
    """Threads of their own: a name server that hangs keeps one long after the caller has left."""
    return ThreadPoolExecutor(_LOOK_UPS, thread_name_prefix="target-names")


def _check_characters(url: str) -> None:
    if len(url) > LONGEST_URL:
        raise InvalidTargetError(f"is longer than {LONGEST_URL} characters")
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise InvalidTargetError(
            "must consist of ASCII characters without spaces; write others percent-encoded"
        )
    if "#" in url:
        raise InvalidTargetError("must not have a fragment (#...)")


def _check_parts(target: URL, *, https_only: bool) -> None:
    if target.scheme not in {"http", "https"}:
        raise InvalidTargetError("must begin with " + _schemes(https_only))
    if https_only and target.scheme != "https":
        raise InvalidTargetError("must use https")
    if "@" in target.raw_authority:
        raise InvalidTargetError("must not contain a user name or password")
    if not _AUTHORITY.fullmatch(target.raw_authority):
        raise InvalidTargetError("is not an address")


def _check_host(host: str) -> None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if _NUMBER.fullmatch(host) or not _NAME.fullmatch(host):
            raise InvalidTargetError(
                "must name its host by a domain name or by an IP address in its usual form"
            ) from None


def _may_be_open(target: URL, guard: AddressGuard) -> bool:
    host, port = str(target.raw_host).lower(), int(target.port or 0)
    if host == "localhost" or host.endswith(".localhost"):
        return any(guard.allows(address, port) for address in _LOOPBACK)
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return guard.allows(host, port)


def _schemes(https_only: bool) -> str:
    return "https://" if https_only else "http:// or https://"


def _listed(rules: TargetRules) -> str:
    return ", ".join(_span(ports) for ports in rules.ports)


def _span(ports: range) -> str:
    return str(ports[0]) if len(ports) == 1 else f"{ports[0]} to {ports[-1]}"
