"""The APIs that `failwell serve` runs, and what the commands know of them before they load one."""

import importlib
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    # Imported when a server starts: `failwell --help` should not wait for it.
    from failwell.server.hosted import HostedApi
    from failwell.webhooks.payload import Payload

__all__ = ["APIS", "KINDS", "ApiModule", "load_api", "payload_of", "port_of"]

APIS = ("connix", "connxt", "agenthuman", "apinizer", "ixon")
"""Their names, in the order of their ports; the first one comes after that of the status page."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "connix": ("api-key", "access-token"),
    "connxt": ("secret-token",),
    "agenthuman": ("api-key",),
    "apinizer": ("token",),
    "ixon": ("access-token",),
}
"""Kinds of credentials of each; the first is the usual one."""


class ApiModule(Protocol):
    """What the package of an API gives to the command line."""

    MIGRATIONS: str
    """Where the scripts of its database are."""

    PREFIX: str
    """In front of its paths."""

    KINDS: tuple[str, ...]
    """Kinds of credentials; the first is the usual one."""

    Api: Callable[..., "HostedApi"]
    """Puts the API together."""

    Settings: type[Any]
    """What an operator can choose."""

    demo: Callable[..., Awaitable[dict[str, Any]]]
    """Makes the demo accounts."""

    curl: Callable[[Mapping[str, Any]], str]
    """Writes a command that works with the demo accounts."""

    issue: Callable[..., Awaitable[Any]]
    """Issues a credential."""


def load_api(name: str) -> ApiModule:
    """Import the package of an API."""
    return cast(ApiModule, importlib.import_module(f"failwell.apis.{name}"))


def payload_of(module: ApiModule) -> "Payload | None":
    """Tell how an API writes its webhooks; ``None`` for one that offers none.

    An API whose package has a ``PAYLOAD`` has webhooks of its own: it is given
    ``webhooks=WebhookParts`` when it is put together.
    """
    return getattr(module, "PAYLOAD", None)


def port_of(name: str, first: int) -> int:
    """Tell the port of an API.

    Args:
        name: The API.
        first: The port of the status page.
    """
    return first + 1 + APIS.index(name)
