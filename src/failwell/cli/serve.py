"""The composition root: opens the stores, makes the demo accounts, serves every port.

Nothing listens before everything a caller needs is there: the databases are migrated,
``credentials.json`` is complete, the APIs' workers run.
"""

import asyncio
import contextlib
import functools
import logging
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from sqlalchemy.exc import SQLAlchemyError

import failwell
from failwell.cli.apis import APIS, ApiModule, load_api, payload_of, port_of
from failwell.cli.data_directory import DataDirectory
from failwell.cli.declared_settings import BODY_TIMEOUT, MAX_BODY
from failwell.cli.library_logs import LibraryLogs
from failwell.cli.observing import Observing, Surroundings, observing
from failwell.cli.ports import bind_ports, origin
from failwell.cli.settings import Settings
from failwell.cli.terminal import CommandError, forget_reader, heading, print_json, say
from failwell.console.api.operators import Observed, operators_api
from failwell.console.application import ConsoleApplication
from failwell.console.status_page import RunningApi, StatusPage
from failwell.core.contract import Contract
from failwell.server.exchange import ASGIApp
from failwell.server.hosted import Companion, HostedApi
from failwell.server.logs import Log, LogFormat, open_log
from failwell.server.record import LogRecorder
from failwell.server.serve import build_server, check_uvicorn
from failwell.stores.accounts import AccountStore
from failwell.stores.api_stores import ApiStores
from failwell.stores.credentials_sql import SqlCredentialStore
from failwell.stores.database import Database
from failwell.stores.housekeeping import Housekeeping
from failwell.stores.maintenance import MaintenanceStore
from failwell.stores.quota_memory import MemoryQuotaStore
from failwell.stores.tables import MIGRATIONS
from failwell.webhooks.payload import Payload

__all__ = ["ServeOptions", "serve"]


# A thread that reads rows lets go of the interpreter at every row, and a busy event loop keeps
# it for 5 ms each time unless it is told otherwise.
_SWITCH_SECONDS = 0.0005


class ServeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the flags of ``failwell serve`` say, settings aside."""

    host: str
    """Address to listen on."""

    port: int
    """Port of the status page; the APIs follow."""

    data: Path
    """Directory of databases and credentials."""

    demo: bool
    """Whether demo accounts are made."""

    forwarded_allow_ips: str
    """Proxies whose headers are believed."""

    log_format: LogFormat
    """How log lines are written."""

    as_json: bool
    """Whether the start is told as JSON."""


class _Served(msgspec.Struct, frozen=True, kw_only=True):
    """One API while it runs."""

    name: str
    """Its name."""

    module: ApiModule
    """Its package."""

    api: HostedApi
    """The API itself."""

    port: int
    """Where it listens."""

    origin: str
    """How it is reached."""


class _Running(msgspec.Struct, frozen=True, kw_only=True):
    """What is open while the server runs."""

    apis: tuple[_Served, ...]
    """Every API."""

    maintenance: MaintenanceStore
    """Announced absences."""

    observing: Observing
    """What watches them."""


def serve(options: ServeOptions, settings: Settings) -> None:
    """Serve until a signal asks to stop; returns when requests in flight are finished.

    Raises:
        CommandError: The directory, a port or a database cannot be had.
    """
    check_uvicorn()
    sys.setswitchinterval(_SWITCH_SECONDS)
    directory = DataDirectory(options.data)
    with directory.held(), contextlib.ExitStack() as stack:
        sockets = bind_ports(options.host, options.port, 1 + len(APIS))
        for bound in sockets:
            stack.enter_context(bound)
        try:
            uvloop.run(_serve(options, settings, directory, sockets))
        except SQLAlchemyError as error:
            reason = getattr(error, "orig", None) or type(error).__name__
            raise CommandError(
                f"a database in {directory.path} cannot be used: {reason}"
            ) from error


async def _serve(
    options: ServeOptions,
    settings: Settings,
    directory: DataDirectory,
    sockets: Sequence[socket.socket],
) -> None:
    log = open_log(options.log_format, sys.stderr)
    logging.getLogger().addHandler(LibraryLogs(log))
    around = Surroundings(
        directory=directory,
        settings=settings,
        log=log,
        listening=[bound.getsockname()[:2] for bound in sockets],
        # A demo is tried out on one machine, where nobody has certificates.
        https_only=not options.demo,
        payloads=_payloads(),
    )
    async with _running(options, around) as running:
        credentials = await _credentials(options, directory, running)
        directory.write_credentials(credentials)
        console = _console(running, token=credentials["console"]["token"], log=log)
        server = build_server(
            {options.port: console, **{each.port: each.api.app for each in running.apis}},
            contract=Contract.bundled("rfc9457"),
            contracts={each.port: each.api.contract for each in running.apis},
            recorder=running.observing.recorder,
            faults=running.observing.faults,
            ready=lambda: _tell(options, directory, credentials, running),
            forwarded_allow_ips=options.forwarded_allow_ips,
        )
        await server.serve(sockets=list(sockets))


@contextlib.asynccontextmanager
async def _running(options: ServeOptions, around: Surroundings) -> AsyncIterator[_Running]:
    directory, settings = around.directory, around.settings
    async with contextlib.AsyncExitStack() as stack:
        shared = _opened(stack, directory, "failwell", MIGRATIONS)
        maintenance, credentials = MaintenanceStore(shared), SqlCredentialStore(shared)
        watching = await stack.enter_async_context(observing(shared, around))
        stores = functools.partial(
            ApiStores,
            credentials=credentials,
            accounts=AccountStore(shared),
            maintenance=maintenance,
            quota=MemoryQuotaStore(),
        )
        limits = {
            "max_body": settings[MAX_BODY],
            "body_timeout": settings[BODY_TIMEOUT],
            "recorder": watching.recorder,
            "faults": watching.faults,
        }
        await _start(stack, Housekeeping(credentials))
        apis = []
        for name in APIS:
            module = load_api(name)
            database = _opened(stack, directory, name, module.MIGRATIONS)
            told = {"webhooks": watching.webhooks} if payload_of(module) else {}
            api = module.Api(
                stores(database=database),
                settings=settings.of_api(name, module.Settings),
                **limits,
                **told,
            )
            await _start(stack, api)
            apis.append(_served(options, name, module, api))
        yield _Running(apis=tuple(apis), maintenance=maintenance, observing=watching)


def _payloads() -> Mapping[str, Payload]:
    found = {name: payload_of(load_api(name)) for name in APIS}
    return {name: payload for name, payload in found.items() if payload is not None}


async def _start(stack: contextlib.AsyncExitStack, companion: Companion) -> None:
    stack.push_async_callback(companion.close)
    await companion.start()


def _opened(
    stack: contextlib.AsyncExitStack, directory: DataDirectory, name: str, migrations: str
) -> Database:
    database = Database(directory.database(name), migrations=migrations)
    stack.push_async_callback(database.close)
    database.migrate()
    return database


def _served(options: ServeOptions, name: str, module: ApiModule, api: HostedApi) -> _Served:
    port = port_of(name, options.port)
    return _Served(name=name, module=module, api=api, port=port, origin=origin(options.host, port))


async def _credentials(
    options: ServeOptions, directory: DataDirectory, running: _Running
) -> dict[str, Any]:
    """Keep what still works, for nothing of it can be read back from the stores."""
    known = directory.read_credentials()
    console = known.pop("console", {})
    if options.demo:
        # Together: most of it is waiting for hashes and for the disk.
        made = await asyncio.gather(*(_demo(each, known.get(each.name)) for each in running.apis))
        known = dict(zip((each.name for each in running.apis), made, strict=True))
    token = console.get("token") or secrets.token_urlsafe(32)
    return known | {"console": {"url": origin(options.host, options.port), "token": token}}


async def _demo(served: _Served, previous: Mapping[str, Any] | None) -> dict[str, Any]:
    return await served.module.demo(served.api, origin=served.origin, previous=previous)


def _console(running: _Running, *, token: str, log: Log) -> ASGIApp:
    apis = [
        RunningApi(
            name=each.name,
            title=each.api.contract.api.name,
            base_url=each.origin + each.module.PREFIX,
        )
        for each in running.apis
    ]
    page = StatusPage(
        apis,
        running.maintenance,
        token=token,
        version=failwell.__version__,
        rates=running.observing.records.rates,
    )
    api = operators_api(
        _observed(running),
        token=token,
        version=failwell.__version__,
        # Operators who look at what was counted do not change it.
        recorder=LogRecorder(log),
    )
    return ConsoleApplication(pages=page.application(), api=api)


def _observed(running: _Running) -> Observed:
    watching = running.observing
    return Observed(
        contracts={each.name: each.api.contract for each in running.apis},
        records=watching.records,
        faults=watching.faults,
        metrics=watching.metrics,
        webhooks=watching.webhooks,
        maintenance=running.maintenance,
    )


def _tell(
    options: ServeOptions,
    directory: DataDirectory,
    credentials: Mapping[str, Any],
    running: _Running,
) -> None:
    try:
        if options.as_json:
            status = credentials["console"]["url"] + "/status"
            print_json({"status": status, "credentials": str(directory.credentials), "ready": True})
        else:
            _tell_people(options, directory, credentials, running)
        sys.stdout.flush()
    except BrokenPipeError:
        # A server does not end because nobody reads how it began.
        forget_reader()


def _tell_people(
    options: ServeOptions,
    directory: DataDirectory,
    credentials: Mapping[str, Any],
    running: _Running,
) -> None:
    say(heading(f"Failwell {failwell.__version__} is ready. Ctrl-C stops it."))
    say(f"  status       {credentials['console']['url']}/status")
    say(f"  credentials  {directory.credentials}")
    for each in running.apis:
        if options.demo:
            say(f"\n{each.module.curl(credentials[each.name])}")
