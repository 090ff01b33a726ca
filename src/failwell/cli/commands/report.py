"""``failwell report``: everything about one error response, by its request id."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from failwell.cli.data_directory import DataDirectory
from failwell.cli.shared_store import DataOption, JsonOption, shared_database
from failwell.cli.terminal import CommandError, print_json, say
from failwell.core.clock import SystemClock, moment
from failwell.core.redaction import log_text

if TYPE_CHECKING:
    from failwell.cli.fault_report import FaultReport
    from failwell.stores.database import Database
    from failwell.stores.faults import FaultRecord
    from failwell.stores.faults_sql import SqlFaultStore

__all__ = ["register"]

_EXAMPLES = """
Examples:

  failwell report req_0123456789abcdef

  failwell report req_0123456789abcdef --json
"""

_MOST_SHOWN = 5


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report", epilog=_EXAMPLES)(_report)


def _report(
    request_id: Annotated[
        str,
        typer.Argument(metavar="REQUEST_ID", help="As the answer says it, or the caller's own."),
    ],
    cause: Annotated[
        bool, typer.Option("--cause", help="The private cause, too: not for callers.")
    ] = False,
    data: DataOption = Path("var"),
    as_json: JsonOption = False,
) -> None:
    """Tell everything that is known about an error, by the request id of its answer."""
    with shared_database(data) as database:
        reports = asyncio.run(_reports(database, request_id.strip(), data=data, cause=cause))
    if as_json:
        newest, *older = map(msgspec.structs.asdict, reports)
        print_json({**newest, "older": older})
    else:
        _print(reports)


def _print(reports: "list[FaultReport]") -> None:
    from failwell.cli.fault_report_text import fault_report_text

    say("\n\n".join(map(fault_report_text, reports[:_MOST_SHOWN])))
    others = reports[_MOST_SHOWN:]
    if others:
        say(f"\n{len(others)} older ones carry this id, too; --json shows them")


async def _reports(
    database: "Database", request_id: str, *, data: Path, cause: bool
) -> "list[FaultReport]":
    from failwell.stores.faults_sql import SqlFaultStore

    faults = SqlFaultStore(database)
    records = await faults.find(request_id)
    if not records:
        raise CommandError(await _unknown(faults, request_id, data))
    bases = _bases(data)
    return [
        await _one(database, faults, record, base=bases.get(record.api), cause=cause)
        for record in records
    ]


async def _one(
    database: "Database",
    faults: "SqlFaultStore",
    record: "FaultRecord",
    *,
    base: str | None,
    cause: bool,
) -> "FaultReport":
    from failwell.cli.fault_report import fault_report
    from failwell.stores.outbox import DeliveryQuery
    from failwell.stores.outbox_sql import SqlOutboxStore

    query = DeliveryQuery(request_id=record.request_id, api=record.api)
    return fault_report(
        record,
        await SqlOutboxStore(database).list(query),
        base=base,
        cause=await faults.cause(record.request_id) if cause else None,
    )


async def _unknown(faults: "SqlFaultStore", request_id: str, data: Path) -> str:
    from failwell.server.request_id import valid_parent_id

    oldest, now = await faults.oldest(), SystemClock().now()
    reach = (
        "no error is recorded at all"
        if oldest is None
        else f"records reach back to {_time(oldest)}, and of a flood only samples are kept"
    )
    spool = data / "spool.jsonl"
    if spool.is_file() and spool.stat().st_size:
        reach += f"; some still wait in {spool}, so try again in a moment"
    if valid_parent_id(request_id.encode("utf-8", "replace")) is None:
        reach += "; of callers' own ids those of 8 to 64 plain characters are kept"
    return f"{log_text(request_id)}: no error under this id; {reach}; it is now {_time(now)}"


def _bases(data: Path) -> dict[str, str]:
    """Read where the APIs of the latest start are, if that can be read."""
    try:
        documents = DataDirectory(data).read_credentials()
    except CommandError:
        return {}
    return {name: each["base_url"] for name, each in documents.items() if "base_url" in each}


def _time(seconds: float) -> str:
    return f"{moment(seconds):%Y-%m-%d %H:%M:%S} UTC"
