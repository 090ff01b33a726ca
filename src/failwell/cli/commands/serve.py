"""``failwell serve``: start the APIs and the status page."""

from pathlib import Path
from typing import Annotated

import typer

from failwell.cli.declared_settings import SETTINGS
from failwell.cli.settings import Settings, read_settings
from failwell.cli.shared_store import DataOption, JsonOption, one_of
from failwell.cli.terminal import CommandError, UsageError, print_json, print_table

__all__ = ["register"]

_EXAMPLES = """
Examples:

  failwell serve

  failwell serve --port 9000 --data /srv/failwell --log-format json

  failwell serve --set connix.per_minute=1000 --config failwell.toml
"""


# The APIs take the ports above.
_LAST_PORT = 65_530


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve", epilog=_EXAMPLES)(_serve)


def _serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option("--port", help="Of the status page; the APIs follow it."),
    ] = 8700,
    data: DataOption = Path("var"),
    workers: Annotated[
        int, typer.Option("--workers", help="Processes; only 1 is supported yet.")
    ] = 1,
    database: Annotated[
        str | None, typer.Option("--database", metavar="URL", help="Not supported yet.")
    ] = None,
    quota: Annotated[
        str | None, typer.Option("--quota", metavar="URL", help="Not supported yet.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="TOML file with settings.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="One setting; may be repeated."),
    ] = None,
    list_settings: Annotated[
        bool, typer.Option("--settings", help="List every setting with its value, then exit.")
    ] = False,
    no_demo: Annotated[bool, typer.Option("--no-demo", help="Make no demo accounts.")] = False,
    forwarded_allow_ips: Annotated[
        str,
        typer.Option(
            "--forwarded-allow-ips",
            metavar="LIST",
            help="Proxies whose X-Forwarded-For is believed.",
        ),
    ] = "",
    log_format: Annotated[
        str, typer.Option("--log-format", metavar="F", help="console or json.")
    ] = "console",
    as_json: JsonOption = False,
) -> None:
    """Start the APIs and the status page, until Ctrl-C or SIGTERM."""
    if not 1 <= port <= _LAST_PORT:
        raise UsageError(f"--port: expected a number from 1 to {_LAST_PORT}; found {port}")
    one_of(log_format, ("console", "json"), "--log-format")
    chosen = read_settings(settings or (), file=config)
    if list_settings:
        _print_settings(chosen, as_json=as_json)
        return
    _refuse_what_is_not_there(workers, database, quota)

    try:
        from failwell.cli.serve import ServeOptions, serve
    except ModuleNotFoundError as error:
        raise CommandError(f"{error.name} is missing; pip install 'failwell[serve]'") from error

    serve(
        ServeOptions(
            host=host,
            port=port,
            data=data,
            demo=not no_demo,
            forwarded_allow_ips=forwarded_allow_ips,
            log_format="json" if log_format == "json" else "console",
            as_json=as_json,
        ),
        chosen,
    )


def _refuse_what_is_not_there(workers: int, database: str | None, quota: str | None) -> None:
    if workers < 1:
        raise UsageError(f"--workers: expected 1; found {workers}")
    if workers > 1:
        raise UsageError(
            f"--workers {workers}: more than one worker needs --database postgresql:// and"
            " --quota redis://, and this version supports neither; leave it at 1"
        )
    if database is not None:
        raise UsageError("--database: this version keeps its data in SQLite under --data")
    if quota is not None:
        raise UsageError("--quota: this version counts quotas in memory")


def _print_settings(settings: Settings, *, as_json: bool) -> None:
    rows = [
        {
            "name": setting.name,
            "value": setting.format(settings[setting]),
            "unit": setting.unit,
            "source": settings.source(setting),
            "meaning": setting.meaning,
        }
        for setting in SETTINGS
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(list(rows[0]), [list(row.values()) for row in rows])
