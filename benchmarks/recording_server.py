"""A server for comparisons: the same Connix twice, and only one of them records its errors.

Both have one process, one loop, one database and one log. Run as a process by `recording`;
it prints what `hello_server` prints, and leaves the demo accounts in its directory.
"""

import asyncio
import logging
import os
import sys
from pathlib import Path

import msgspec
import uvloop
from uvicorn import Config, Server

from benchmarks.hello_server import watch
from failwell.apis.connix import MIGRATIONS as CONNIX_MIGRATIONS
from failwell.apis.connix import ConnixApi, ConnixSettings, demo
from failwell.server.fault_recorder import FaultRecorder
from failwell.server.logs import open_log
from failwell.server.protocol import protocol_for
from failwell.server.record import LogRecorder
from failwell.server.spool import Spool
from failwell.stores.accounts import AccountStore
from failwell.stores.api_stores import ApiStores
from failwell.stores.credentials_sql import SqlCredentialStore
from failwell.stores.database import Database
from failwell.stores.faults_sql import SqlFaultStore
from failwell.stores.tables import MIGRATIONS

__all__ = ["KINDS", "main"]

KINDS = ("plain", "recorded")
"""What is served, from the first port on."""

_ROOMY = ConnixSettings(per_minute=10**9, per_hour=10**9)


async def _serve(first: int, directory: Path) -> None:
    shared = _opened(directory / "failwell.db", MIGRATIONS)
    stores = ApiStores(
        database=_opened(directory / "connix.db", CONNIX_MIGRATIONS),
        accounts=AccountStore(shared),
        credentials=SqlCredentialStore(shared),
    )
    recorder = _recorder()
    faults = FaultRecorder(SqlFaultStore(shared), spool=Spool(directory / "spool.jsonl"))
    await faults.start()
    servers = {}
    for port, kind in enumerate(KINDS, start=first):
        listener = faults if kind == "recorded" else None
        api = ConnixApi(stores, settings=_ROOMY, recorder=recorder, faults=listener)
        servers[kind] = _server(api, port)
    known = await demo(api, origin=f"http://127.0.0.1:{first}")
    (directory / "connix.json").write_bytes(msgspec.json.encode(known))
    asyncio.get_running_loop().create_task(watch(servers))
    await asyncio.gather(*(server.serve() for server in servers.values()))


def _recorder() -> LogRecorder:
    # Log lines go where they are as cheap as can be: what is left is the cost of making them.
    nowhere = open(os.devnull, "w")  # noqa: SIM115  it stays open as long as the process
    return LogRecorder(open_log("json", nowhere))


def _opened(path: Path, migrations: str) -> Database:
    database = Database(path, migrations=migrations)
    database.migrate()
    return database


def _server(api: ConnixApi, port: int) -> Server:
    config = Config(
        api.app,
        port=port,
        http=protocol_for(contract=api.contract),
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    return Server(config)


def main() -> None:
    """Serve until a signal ends the process."""
    logging.basicConfig(filename=os.devnull)
    uvloop.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))


if __name__ == "__main__":
    main()
