"""``failwell maintenance``: tell callers that an API is away, and for how long."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
import typer

from failwell.cli.apis import APIS
from failwell.cli.known_routes import check_routes
from failwell.cli.moments import read_moment, read_zone
from failwell.cli.shared_store import (
    ApiOption,
    DataOption,
    JsonOption,
    one_of,
    shared_database,
)
from failwell.cli.terminal import CommandError, UsageError, print_json, say
from failwell.cli.window_output import as_document, print_windows, told
from failwell.core.clock import SystemClock
from failwell.core.exceptions import FailwellError
from failwell.stores.maintenance_window import MaintenanceWindow, WindowChanges, window_problems

if TYPE_CHECKING:
    from failwell.stores.maintenance import MaintenanceStore

__all__ = ["register"]

T = TypeVar("T")

_EXAMPLES = """
Examples:

  failwell maintenance start --api connix --minutes 30 --message "Database upgrade"

  failwell maintenance start --api connix --starts-at 2026-01-15T16:00Z --minutes 60

  failwell maintenance change mnt_0123456789abcdef --minutes 15

  failwell maintenance end --api connix
"""

_YEAR = 525_600.0

Minutes = Annotated[float | None, typer.Option("--minutes", metavar="N", help="How long.")]
Ends = Annotated[
    str | None, typer.Option("--ends-at", metavar="ISO", help="When it ends, instead of --minutes.")
]
Message = Annotated[
    str | None, typer.Option("--message", metavar="TEXT", help="Shown on the status page.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        no_args_is_help=True,
        help="Open and close maintenance windows; a running server follows within a second.",
        epilog=_EXAMPLES,
    )
    group.command("start")(_start)
    group.command("change")(_change)
    group.command("end")(_end)
    group.command("list")(_list)
    app.add_typer(group, name="maintenance")


def _start(
    api: ApiOption,
    minutes: Minutes = None,
    message: Message = None,
    starts_at: Annotated[
        str | None,
        typer.Option("--starts-at", metavar="ISO", help="When it begins; now when not given."),
    ] = None,
    ends_at: Ends = None,
    route: Annotated[
        list[str] | None,
        typer.Option(
            "--route", metavar="R", help="Only this route, as in /openapi.json; may be repeated."
        ),
    ] = None,
    publish_at: Annotated[
        str | None,
        typer.Option("--publish-at", metavar="ISO", help="When the status page announces it."),
    ] = None,
    manual_end: Annotated[
        bool, typer.Option("--manual-end", help="Stay closed after the planned end, until ended.")
    ] = False,
    zone: Annotated[
        str | None,
        typer.Option("--zone", metavar="ZONE", help="Time zone of moments, shown beside UTC."),
    ] = None,
    data: DataOption = Path("var"),
    as_json: JsonOption = False,
) -> None:
    """Begin a window now, in place of one that is open, or announce one for later."""
    one_of(api, APIS, "--api")
    now = SystemClock().now()
    where = UTC if zone is None else read_zone(zone, "--zone")
    begins = now if starts_at is None else read_moment(starts_at, "--starts-at", where)
    window = MaintenanceWindow(
        id="",
        api=api,
        starts_at=begins,
        ends_at=_end_of(minutes, _read(ends_at, "--ends-at", where), begins=begins),
        message=message,
        ended_at=None,
        routes=tuple(route or ()),
        publish_at=_read(publish_at, "--publish-at", where),
        manual_end=manual_end,
        zone=zone,
    )
    for member, problem in window_problems(window, now=now, new=True):
        raise UsageError(f"--{member.replace('_', '-').removesuffix('s')}: {problem}")
    with _store(data) as store:
        check_routes(window.routes, api=api, data=data)
        made = _run(
            lambda: store.start(
                api,
                starts_at=window.starts_at,
                ends_at=window.ends_at,
                message=message,
                routes=window.routes,
                publish_at=window.publish_at,
                manual_end=manual_end,
                zone=zone,
            )
        )
    _tell(made, as_json=as_json)


def _change(
    window_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")],
    ends_at: Ends = None,
    minutes: Annotated[
        float | None,
        typer.Option("--minutes", metavar="N", help="How long, from now or from a later start."),
    ] = None,
    message: Message = None,
    data: DataOption = Path("var"),
    as_json: JsonOption = False,
) -> None:
    """Extend a window, cut it short, or say something else about it."""
    if ends_at is None and minutes is None and message is None:
        raise UsageError("nothing to change; give --ends-at, --minutes or --message")
    with _store(data) as store:
        window = next((each for each in _run(store.list) if each.id == window_id), None)
        if window is None:
            raise _unknown(window_id)
        now = SystemClock().now()
        where = UTC if window.zone is None else read_zone(window.zone, "its zone")
        begins = max(now, window.starts_at)
        until = _end_of(minutes, _read(ends_at, "--ends-at", where), begins=begins)
        changes = WindowChanges(
            ends_at=msgspec.UNSET if until is None else until,
            message=msgspec.UNSET if message is None else message,
        )
        changed = _run(lambda: store.change(window_id, changes))
    if changed is None:
        raise _unknown(window_id)
    _tell(changed, as_json=as_json)


def _end(
    api: Annotated[
        str | None, typer.Option("--api", metavar="API", help=f"One of: {', '.join(APIS)}.")
    ] = None,
    window_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Only this window, begun or not.")
    ] = None,
    data: DataOption = Path("var"),
    as_json: JsonOption = False,
) -> None:
    """End what is open of an API, or take back one window that has not begun."""
    if (api is None) == (window_id is None):
        raise UsageError("give either --api or --id")
    if api is not None:
        one_of(api, APIS, "--api")
    with _store(data) as store:
        if api is not None:
            ended = _run(lambda: store.end(api))
        else:
            closed = _run(lambda: store.close(window_id or ""))
            if closed is None:
                raise _unknown(window_id or "")
            ended = (closed,)
    if not ended:
        raise CommandError(f"{api} is in no maintenance window; nothing was ended")
    for window in ended:
        if as_json:
            print_json(as_document(window))
        else:
            what = "is back" if window.state(SystemClock().now()) != "cancelled" else "stays open"
            say(f"{window.api} {what} ({window.id})")


def _list(
    api: Annotated[str | None, typer.Option("--api", metavar="API", help="Only this API.")] = None,
    past: Annotated[bool, typer.Option("--past", help="Those that are over, too.")] = False,
    data: DataOption = Path("var"),
    as_json: JsonOption = False,
) -> None:
    """List the windows that are open or lie ahead."""
    if api is not None:
        one_of(api, APIS, "--api")
    now = SystemClock().now()
    with _store(data) as store:
        windows = _run(lambda: store.list(api=api, since=None if past else now))
    shown = [each for each in windows if past or each.state(now) in ("upcoming", "in_progress")]
    print_windows(shown, now=now, as_json=as_json, none="no maintenance window is open")


def _end_of(minutes: float | None, ends_at: float | None, *, begins: float) -> float | None:
    if minutes is None:
        return ends_at
    if ends_at is not None:
        raise UsageError("give either --minutes or --ends-at")
    if not 0 < minutes <= _YEAR:
        raise UsageError(f"--minutes {minutes:g}: expected more than 0, at most 525600 (a year)")
    return begins + minutes * 60


def _read(text: str | None, option: str, where: tzinfo) -> float | None:
    return None if text is None else read_moment(text, option, where)


def _unknown(window_id: str) -> CommandError:
    return CommandError(f"{window_id!r}: no such window; `maintenance list --past` has all")


def _tell(window: MaintenanceWindow, *, as_json: bool) -> None:
    if as_json:
        print_json(as_document(window))
    else:
        say(told(window, SystemClock().now()))


def _run(work: Callable[[], Awaitable[T]]) -> T:
    async def running() -> T:
        return await work()

    try:
        return asyncio.run(running())
    except CommandError:
        raise
    except FailwellError as error:
        raise CommandError(f"{error}; nothing was changed") from error


@contextmanager
def _store(data: Path) -> "Iterator[MaintenanceStore]":
    with shared_database(data) as database:
        # Imported when a command runs: `failwell --help` should not wait for SQLAlchemy.
        from failwell.stores.maintenance import MaintenanceStore

        yield MaintenanceStore(database)
