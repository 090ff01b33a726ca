"""A Connix in this process, on a real socket, whose database has a largest size."""

import asyncio
import contextlib
import http.client
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec

from failwell.apis import connix
from failwell.apis.connix import ConnixApi
from failwell.server.serve import build_server
from failwell.stores.accounts import AccountStore
from failwell.stores.api_stores import ApiStores
from failwell.stores.credentials_sql import SqlCredentialStore
from failwell.stores.database import Database
from failwell.stores.tables import MIGRATIONS
from tests.connix.connix_client import Answer

__all__ = ["SmallConnix", "small_connix"]


class SmallConnix:
    """Calls a Connix that runs in this process.

    Args:
        port: Its port.
        known: What its demo account knows.
    """

    def __init__(self, port: int, known: dict[str, Any]) -> None:
        self._port = port
        self.known = known

    async def call(self, method: str, path: str, body: Any = None) -> Answer:
        """Send one request with the demo key; the server works meanwhile."""
        return await asyncio.to_thread(self._call, method, path, body)

    def _call(self, method: str, path: str, body: Any) -> Answer:
        content = None if body is None else msgspec.json.encode(body)
        headers = {"X-API-Key": self.known["api_key"]}
        if content is not None:
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        with contextlib.closing(connection):
            connection.request(method, "/api/v1" + path, content, headers)
            return Answer(connection.getresponse())


@contextlib.asynccontextmanager
async def small_connix(folder: Path, *, max_pages: int) -> AsyncIterator[SmallConnix]:
    """Serve a Connix whose ``connix.db`` may have only so many pages of 4 KiB."""
    shared = Database(folder / "failwell.db", migrations=MIGRATIONS)
    own = Database(folder / "connix.db", migrations=connix.MIGRATIONS, max_pages=max_pages)
    with shared, own, socket.create_server(("127.0.0.1", 0)) as bound:
        shared.migrate()
        own.migrate()
        api = ConnixApi(
            ApiStores(
                database=own, credentials=SqlCredentialStore(shared), accounts=AccountStore(shared)
            ),
        )
        port = bound.getsockname()[1]
        await api.start()
        server = build_server(api.app, contract=api.contract)
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        try:
            yield SmallConnix(port, await connix.demo(api, origin=f"http://127.0.0.1:{port}"))
        finally:
            server.should_exit = True
            await serving
            await api.close()
