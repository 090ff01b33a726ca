"""``failwell maintenance``: tell callers that an API is away, and for how long."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from failwell.cli.apis import APIS
from failwell.cli.shared_store import (
    ApiOption,
    DataOption,
    JsonOption,
    one_of,
    shared_database,
)
from failwell.cli.terminal import CommandError, UsageError, print_json, print_table, say
from failwell.core.clock import SystemClock, moment

if TYPE_CHECKING:
    from failwell.stores.maintenance import MaintenanceWindow

__all__ = ["register"]

_EXAMPLES = """
Examples:

  failwell maintenance start --api connix --minutes 30 --message "Database upgrade"

  failwell maintenance end --api connix
"""

_COLUMNS = ("id", "api", "starts_at", "ends_at", "message")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        no_args_is_help=True,
        help="Open and close maintenance windows; a running server follows within a second.",
        epilog=_EXAMPLES,
    )
    group.command("start")(_start)
    group.command("end")(_end)
    group.command("list")(_list)
    app.add_typer(group, name="maintenance")


def _start(
    api: ApiOption,
    minutes: Annotated[
        float | None,
        typer.Option("--minutes", metavar="N", help="How long; open-ended when not given."),
    ] = None,
    message: Annotated[
        str | None, typer.Option("--message", metavar="TEXT", help="Shown on the status page.")
    ] = None,
    data: DataOption = Path("var"),
    as_json: JsonOption = False,
) -> None:
    """Begin a window now, in place of one that is open."""
    one_of(api, APIS, "--api")
    if minutes is not None and not 0 < minutes <= 525_600:
        raise UsageError(f"--minutes {minutes:g}: expected more than 0, at most 525600 (a year)")
    if message is not None and not 0 < len(message.strip()) <= 500:
        raise UsageError("--message: expected 1 to 500 characters")
    ends_at = None if minutes is None else SystemClock().now() + minutes * 60
    with shared_database(data) as database:
        from failwell.stores.maintenance import MaintenanceStore

        store = MaintenanceStore(database)
        window = asyncio.run(store.start(api, ends_at=ends_at, message=message))
    shown = _shown(window)
    if as_json:
        print_json(shown)
    else:
        until = f"until {shown['ends_at']:%Y-%m-%d %H:%M} UTC" if ends_at else "until it is ended"
        say(f"{api} is in maintenance {until} ({window.id})")


def _end(api: ApiOption, data: DataOption = Path("var"), as_json: JsonOption = False) -> None:
    """End the open window."""
    one_of(api, APIS, "--api")
    with shared_database(data) as database:
        from failwell.stores.maintenance import MaintenanceStore

        ended = asyncio.run(MaintenanceStore(database).end(api))
    if not ended:
        raise CommandError(f"{api} is in no maintenance window; nothing was ended")
    if as_json:
        print_json(_shown(ended[0]))
    else:
        say(f"{api} is back ({ended[0].id})")


def _list(
    api: Annotated[str | None, typer.Option("--api", metavar="API", help="Only this API.")] = None,
    past: Annotated[bool, typer.Option("--past", help="Those that are over, too.")] = False,
    data: DataOption = Path("var"),
    as_json: JsonOption = False,
) -> None:
    """List the open windows."""
    if api is not None:
        one_of(api, APIS, "--api")
    with shared_database(data) as database:
        from failwell.stores.maintenance import MaintenanceStore

        windows = asyncio.run(MaintenanceStore(database).list(api=api))
    now = SystemClock().now()
    _print([_shown(window) for window in windows if past or window.covers(now)], as_json=as_json)


def _print(windows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json(windows)
    elif not windows:
        say("no maintenance window is open")
    else:
        print_table(_COLUMNS, [tuple(window.values()) for window in windows])


def _shown(window: "MaintenanceWindow") -> dict[str, Any]:
    ends_at = window.ends_at if window.ended_at is None else window.ended_at
    return {
        "id": window.id,
        "api": window.api,
        "starts_at": moment(int(window.starts_at)),
        "ends_at": None if ends_at is None else moment(int(ends_at)),
        "message": window.message,
    }
