"""Every API obeys a window of one of its routes, in its own words."""

import asyncio
import time

import httpx
import pytest

from failwell.cli.apis import APIS, port_of
from failwell.stores.database import Database
from failwell.stores.maintenance import MaintenanceStore


@pytest.fixture
def closed(server, eventually):
    """Close the first listed route of each API on the shared server: API -> its paths."""
    paths = {name: _paths(server, name) for name in APIS}
    with Database(server.data / "failwell.db") as database:
        store = MaintenanceStore(database)
        ends_at = time.time() + 600
        windows = [
            asyncio.run(store.start(name, routes=found[:1], ends_at=ends_at))
            for name, found in paths.items()
        ]
        # A window that began last is seen last.
        eventually(lambda: _get(server, APIS[-1], paths[APIS[-1]][0]).status_code == 503)
        yield paths
        for window in windows:
            asyncio.run(store.close(window.id))
        eventually(lambda: _get(server, APIS[-1], paths[APIS[-1]][0]).status_code != 503)


def _paths(server, name):
    document = httpx.get(f"{_origin(server, name)}/openapi.json").json()
    probes = {"/openapi.json", "/healthz", "/readyz"}
    return [path for path, methods in document["paths"].items() if path not in probes and methods]


def _get(server, name, path):
    return httpx.get(_origin(server, name) + path.replace("{", "").replace("}", ""))


def _origin(server, name):
    return f"http://127.0.0.1:{port_of(name, server.port)}"


def test_status_s1_every_api_closes_one_route_and_no_other(server, closed):
    """The named route is away with the seconds until its end; the next one answers as ever."""
    for name, (away, other, *_) in closed.items():
        answer = _get(server, name, away)
        assert answer.status_code >= 500, name
        assert 590 <= int(answer.headers["retry-after"]) <= 600, name
        assert answer.headers["cache-control"] == "no-store"
        assert _get(server, name, other).status_code < 500, name
        assert httpx.get(f"{_origin(server, name)}/healthz").status_code == 200
