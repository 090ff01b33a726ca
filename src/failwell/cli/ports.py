"""The ports of a server: all of them are taken before anything else happens."""

import errno
import socket
from contextlib import ExitStack

from failwell.cli.terminal import CommandError, UsageError

__all__ = ["bind_ports", "origin"]

_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  where an answer to "anywhere" is found


def bind_ports(host: str, first: int, count: int) -> list[socket.socket]:
    """Bind consecutive ports; nothing listens yet, so callers are still turned away.

    Raises:
        UsageError: The host is no address of this machine.
        CommandError: One of the ports cannot be had; the text says which, and what to do.
    """
    family, address = _address(host)
    with ExitStack() as stack:
        sockets = [
            stack.enter_context(_bind(family, address, port, needed=(first, first + count - 1)))
            for port in range(first, first + count)
        ]
        stack.pop_all()
    return sockets


def origin(host: str, port: int) -> str:
    """The URL under which a port is reached from this machine."""
    reached = _ANY.get(host, host)
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def _address(host: str) -> tuple[socket.AddressFamily, str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        raise UsageError(f"--host {host}: no such address or name") from None
    # IPv4 first: `localhost` should be what most clients try.
    family, _, _, _, address = min(found, key=lambda each: each[0] is not socket.AF_INET)
    return family, str(address[0])


def _bind(
    family: socket.AddressFamily, host: str, port: int, *, needed: tuple[int, int]
) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise _refusal(error, host, port, needed) from error
    return bound


def _refusal(error: OSError, host: str, port: int, needed: tuple[int, int]) -> CommandError:
    if error.errno == errno.EADDRINUSE:
        return CommandError(
            f"port {port} of {host} is taken; stop what uses it or choose another block with"
            f" --port ({needed[0]} to {needed[1]} are needed)"
        )
    if error.errno == errno.EACCES:
        return CommandError(f"port {port} of {host} needs more rights; choose one above 1023")
    if error.errno == errno.EADDRNOTAVAIL:
        return UsageError(f"--host {host}: not an address of this machine")
    return CommandError(f"port {port} of {host} cannot be used: {error.strerror}")
