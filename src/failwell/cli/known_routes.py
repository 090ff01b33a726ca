"""The routes of an API, asked of the server that runs on a data directory.

A mistyped route would make a maintenance window that closes nothing. Where no server runs there
is nobody to ask, and the route is taken as it is.
"""

import http.client
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from failwell.cli.apis import port_of
from failwell.cli.terminal import UsageError
from failwell.core.nearest import nearest
from failwell.stores.maintenance_window import fits

__all__ = ["check_routes"]

_PATIENCE = 1.0
_LARGEST = 4 * 1024 * 1024

# A proxy of the environment knows nothing of a server on this machine.
_OPEN = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


def check_routes(routes: Sequence[str], *, api: str, data: Path) -> None:
    """Refuse a route that a running server does not have.

    Args:
        routes: Route templates, as somebody typed them.
        api: The API.
        data: The data directory.

    Raises:
        UsageError: The server has no such route; the text has the nearest one.
    """
    known = tuple(_paths(data, api)) if routes else ()
    for route in routes:
        if known and not any(fits(route, each) for each in known):
            raise UsageError(
                f"--route: {api} has no route {route!r}{nearest(route, known)}"
                " (its /openapi.json lists them)"
            )


def _paths(data: Path, api: str) -> Mapping[str, Any]:
    try:
        credentials = msgspec.json.decode((data / "credentials.json").read_bytes())
        console = urlsplit(credentials["console"]["url"])
        port = port_of(api, console.port or 0)
        host = f"[{console.hostname}]" if ":" in (console.hostname or "") else console.hostname
        with _OPEN(f"http://{host}:{port}/openapi.json", timeout=_PATIENCE) as answer:
            document = msgspec.json.decode(answer.read(_LARGEST))
        return dict(document["paths"])
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        return {}
