"""The command ``failwell``: its commands assembled, and mistakes told in one line."""

import importlib
import pkgutil
import sys
from typing import Annotated, NoReturn

import typer

import failwell
from failwell.cli import commands
from failwell.cli.terminal import CommandError, forget_reader, say
from failwell.core.exceptions import FailwellError

__all__ = ["application", "main"]


def application() -> typer.Typer:
    """Assemble the commands found in ``failwell.cli.commands``."""
    app = typer.Typer(
        name="failwell",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(help="APIs that fail well: one error contract for both ends of an HTTP API.")(
        _options
    )
    for module in pkgutil.iter_modules(commands.__path__, f"{commands.__name__}."):
        importlib.import_module(module.name).register(app)
    return app


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run one command and exit: 0 done, 1 findings or no success, 2 wrong usage."""
    try:
        code = application()(arguments, prog_name="failwell", standalone_mode=False)
    except typer.TyperException as error:
        _fail(error.format_message(), error.exit_code)
    except CommandError as error:
        _fail(str(error), error.exit_code)
    except FailwellError as error:
        _fail(str(error), 1)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        forget_reader()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)


def _show_version(wanted: bool) -> None:
    if wanted:
        say(f"failwell {failwell.__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_show_version, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Take the options that come before a command."""


def _fail(text: str, code: int) -> NoReturn:
    # A command without its words has shown its help already; there is no more to say.
    if text:
        typer.echo(f"failwell: {' '.join(text.split())}", err=True)
    sys.exit(code)
