"""Which network addresses a server may call on somebody's behalf.

Everything that is not the public internet is refused: the machine itself, its network,
the metadata services of clouds. Operators allow what they need, by network and port.
"""

import ipaddress
import socket
from collections.abc import Iterable

import msgspec

from failwell.core.exceptions import FailwellError

__all__ = ["AddressGuard"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

# Special by IANA's registries, and public by the tables of some Python versions.
_SPECIAL: tuple[Network, ...] = tuple(
    map(
        ipaddress.ip_network,
        ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "3fff::/20", "5f00::/16"),
    )
)

# What no tenant's address leads to, those included that stand for a public one: each way of
# writing an address is one more way to be wrong about it.
_NEVER: tuple[Network, ...] = tuple(
    map(
        ipaddress.ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24"),
            *("192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            *("224.0.0.0/4", "240.0.0.0/4"),
            *("::/8", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23"),
            *("2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7"),
            *("fe80::/10", "fec0::/10", "ff00::/8"),
        ),
    )
)


class _Allowed(msgspec.Struct, frozen=True):
    network: Network
    port: int | None

    def covers(self, address: Address, port: int) -> bool:
        return address in self.network and self.port in (None, port)


class AddressGuard:
    """Tells addresses that may be called from those that may not.

    Args:
        allow: Networks that are allowed though they are not public: ``10.0.0.0/8``,
            ``127.0.0.1/32:8801``, ``[::1]:8801``, ``fd00::/8``.
        strict: Whether addresses that stand for another one (mapped, translated, tunnelled)
            are refused too, whatever they stand for; `allow` then means addresses as written.
        own: Host and port of what this process listens on: never called, allowed or not. An
            unspecified host (``0.0.0.0``, ``::``) is every address of the machine.

    Raises:
        FailwellError: One of them cannot be understood.

    Examples:
        >>> guard = AddressGuard(["127.0.0.1:8801"])
        >>> guard.allows("127.0.0.1", 8801), guard.allows("127.0.0.1", 22)
        (True, False)
        >>> guard.allows("::ffff:169.254.169.254", 80), guard.allows("93.184.215.14", 443)
        (False, True)
        >>> AddressGuard(strict=True).allows("::ffff:93.184.215.14", 443)
        False
    """

    def __init__(
        self,
        allow: Iterable[str] = (),
        *,
        strict: bool = False,
        own: Iterable[tuple[str, int]] = (),
    ) -> None:
        self._allowed = tuple(map(_parse, allow))
        self._strict = strict
        self._own = tuple((ipaddress.ip_address(host), port) for host, port in own)

    def allows(self, host: str, port: int) -> bool:
        """Whether a connection to an address may be made.

        Args:
            host: An address in numbers, as a resolver gives it.
            port: The port.
        """
        try:
            written = ipaddress.ip_address(host)
        except ValueError:
            return False
        address = _unwrapped(written)
        if any(port == used and _same(address, own) for own, used in self._own):
            return False
        if self._strict:
            address = written
        return self._open(address) or any(rule.covers(address, port) for rule in self._allowed)

    def _open(self, address: Address) -> bool:
        if self._strict and any(address in network for network in _NEVER):
            return False
        return _public(address)


def _parse(text: str) -> _Allowed:
    try:
        network, port = _split(text.strip())
        if port and not 0 < int(port) < 65_536:
            raise ValueError("ports are 1 to 65535")
        return _Allowed(ipaddress.ip_network(network), int(port) if port else None)
    except ValueError as error:
        raise FailwellError(
            f"cannot allow {text!r}: expected a network such as 10.0.0.0/8 or "
            f"[fd00::/8], with an optional :port ({error})"
        ) from error


def _split(text: str) -> tuple[str, str]:
    """Split off the port; only brackets tell it from the end of an IPv6 address."""
    if text.startswith("["):
        network, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError("a bracket is not closed")
        return network, rest[1:]
    if text.count(":") == 1:
        network, _, port = text.partition(":")
        return network, port
    return text, ""


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _same(address: Address, own: Address) -> bool:
    return address == own or (own.is_unspecified and _of_this_machine(address))


def _of_this_machine(address: Address) -> bool:
    """Only its own addresses can be bound."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as attempt:
            attempt.bind((str(address), 0))
    except OSError:
        return False
    return True


def _public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and (
        address.is_site_local or address.teredo is not None
    ):
        return False
    if any(address in network for network in _SPECIAL):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)
