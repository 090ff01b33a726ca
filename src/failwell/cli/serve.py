"""The composition root: opens the stores, makes the demo accounts, serves every port.

Nothing listens before everything a caller needs is there: the databases are migrated,
``credentials.json`` is complete, the APIs' workers run.
"""

import contextlib
import logging
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from sqlalchemy.exc import SQLAlchemyError

import failwell
from failwell.apis import connix
from failwell.apis.connix import ConnixApi, ConnixSettings
from failwell.cli.data_directory import DataDirectory
from failwell.cli.library_logs import LibraryLogs
from failwell.cli.ports import bind_ports, origin
from failwell.cli.settings import (
    BODY_TIMEOUT,
    CONNIX_ACCESS_TOKEN_SECONDS,
    CONNIX_DEADLINE,
    CONNIX_MODEL_URL,
    CONNIX_PER_HOUR,
    CONNIX_PER_MINUTE,
    MAX_BODY,
    OUTBOUND_ALLOW,
    WINDOW_SECONDS,
    Settings,
)
from failwell.cli.shared_store import APIS
from failwell.cli.terminal import CommandError, forget_reader, heading, print_json, say
from failwell.console.status_page import RunningApi, StatusPage
from failwell.core.clock import SystemClock, moment
from failwell.core.contract import Contract
from failwell.server.exchange import ASGIApp
from failwell.server.logs import Log, LogFormat, open_log
from failwell.server.record import LogRecorder
from failwell.server.serve import build_server, check_uvicorn
from failwell.stores.accounts import AccountStore
from failwell.stores.credentials_sql import SqlCredentialStore
from failwell.stores.database import Database
from failwell.stores.maintenance import MaintenanceStore
from failwell.stores.quota_memory import MemoryQuotaStore
from failwell.stores.tables import MIGRATIONS

__all__ = ["ServeOptions", "serve"]


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


class _Running(msgspec.Struct, frozen=True, kw_only=True):
    """What is open while the server runs."""

    connix: ConnixApi
    """The Connix API."""

    maintenance: MaintenanceStore
    """Announced absences."""


def serve(options: ServeOptions, settings: Settings) -> None:
    """Serve until a signal asks to stop; returns when requests in flight are finished.

    Raises:
        CommandError: The directory, a port or a database cannot be had.
    """
    check_uvicorn()
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
    async with _running(settings, directory, log) as running:
        credentials = await _credentials(options, directory, running)
        directory.write_credentials(credentials)
        server = build_server(
            {
                options.port: _console(options, running, token=credentials["console"]["token"]),
                options.port + 1: running.connix.app,
            },
            contract=Contract.bundled("rfc9457"),
            contracts={options.port + 1: running.connix.contract},
            recorder=LogRecorder(log),
            ready=lambda: _tell(options, directory, credentials),
            forwarded_allow_ips=options.forwarded_allow_ips,
        )
        await server.serve(sockets=list(sockets))


@contextlib.asynccontextmanager
async def _running(
    settings: Settings, directory: DataDirectory, log: Log
) -> AsyncIterator[_Running]:
    async with contextlib.AsyncExitStack() as stack:
        shared = Database(directory.database("failwell"), migrations=MIGRATIONS)
        stack.push_async_callback(shared.close)
        own = Database(directory.database("connix"), migrations=connix.MIGRATIONS)
        stack.push_async_callback(own.close)
        shared.migrate()
        own.migrate()
        maintenance = MaintenanceStore(shared)
        api = ConnixApi(
            database=own,
            credentials=SqlCredentialStore(shared),
            accounts=AccountStore(shared),
            quota=MemoryQuotaStore(),
            maintenance=maintenance,
            settings=_connix_settings(settings),
            max_body=settings[MAX_BODY],
            body_timeout=settings[BODY_TIMEOUT],
            recorder=LogRecorder(log),
        )
        stack.push_async_callback(api.close)
        await api.start()
        yield _Running(connix=api, maintenance=maintenance)


def _connix_settings(settings: Settings) -> ConnixSettings:
    return ConnixSettings(
        per_minute=settings[CONNIX_PER_MINUTE],
        per_hour=settings[CONNIX_PER_HOUR],
        window_seconds=settings[WINDOW_SECONDS],
        access_token_seconds=settings[CONNIX_ACCESS_TOKEN_SECONDS],
        deadline=settings[CONNIX_DEADLINE],
        model_url=settings[CONNIX_MODEL_URL],
        outbound_allow=settings[OUTBOUND_ALLOW],
    )


async def _credentials(
    options: ServeOptions, directory: DataDirectory, running: _Running
) -> dict[str, Any]:
    """Keep what still works, for nothing of it can be read back from the stores."""
    known = directory.read_credentials()
    token = known.get("console", {}).get("token") or secrets.token_urlsafe(32)
    if options.demo:
        known["connix"] = await connix.demo(
            running.connix,
            origin=origin(options.host, options.port + 1),
            previous=known.get("connix"),
        )
    known["console"] = {"url": origin(options.host, options.port), "token": token}
    return known


def _console(options: ServeOptions, running: _Running, *, token: str) -> ASGIApp:
    async def apis() -> list[RunningApi]:
        window = await running.maintenance.active("connix", SystemClock().now())
        ends_at = None if window is None else window.ends_at
        return [
            RunningApi(
                name=running.connix.name,
                title=running.connix.contract.api.name,
                base_url=origin(options.host, options.port + 1) + "/api/v1",
                maintenance=None if window is None else window.message or "Scheduled maintenance",
                resume_at=None if ends_at is None else moment(ends_at),
            )
        ]

    return StatusPage(apis, token=token, version=failwell.__version__).application()


def _tell(options: ServeOptions, directory: DataDirectory, credentials: Mapping[str, Any]) -> None:
    try:
        if options.as_json:
            status = credentials["console"]["url"] + "/status"
            print_json({"status": status, "credentials": str(directory.credentials), "ready": True})
        else:
            _tell_people(options, directory, credentials)
        sys.stdout.flush()
    except BrokenPipeError:
        # A server does not end because nobody reads how it began.
        forget_reader()


def _tell_people(
    options: ServeOptions, directory: DataDirectory, credentials: Mapping[str, Any]
) -> None:
    say(heading(f"Failwell {failwell.__version__} is ready. Ctrl-C stops it."))
    say(f"  status       {credentials['console']['url']}/status")
    say(f"  credentials  {directory.credentials}")
    for name, curl in _CURLS.items():
        if options.demo:
            say(f"\n{curl(credentials[name])}")


def _connix_curl(known: Mapping[str, Any]) -> str:
    return f"curl -i '{known['base_url']}/hello?name=Test' -H 'X-API-Key: {known['api_key']}'"


_CURLS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {"connix": _connix_curl}
