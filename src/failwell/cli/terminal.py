"""What reaches the terminal: text on stdout, mistakes as one line on stderr."""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import typer

from failwell.core.exceptions import FailwellError

__all__ = [
    "CommandError",
    "UsageError",
    "forget_reader",
    "heading",
    "print_json",
    "print_table",
    "say",
]


class CommandError(FailwellError):
    """A command cannot do its work; the text is one line that says what to do."""

    exit_code = 1


class UsageError(CommandError):
    """A command was called wrongly: an unknown name, a bad value."""

    exit_code = 2


def say(text: str = "") -> None:
    """Print a line on stdout."""
    typer.echo(text)


def forget_reader() -> None:
    """Print into the void from now on: whoever read stdout (``head``, a pager) has left."""
    void = os.open(os.devnull, os.O_WRONLY)
    # What is still buffered goes there too, or Python would complain at the exit.
    os.dup2(void, sys.stdout.fileno())
    os.close(void)


def heading(text: str) -> str:
    """Make a text stand out where a person reads it, and leave it plain anywhere else."""
    plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ
    return text if plain else typer.style(text, bold=True)


def print_json(value: Any) -> None:
    """Print a value as one line of JSON, in which nothing is left that a terminal obeys."""
    text = msgspec.json.encode(value).decode()
    typer.echo(text if text.isprintable() else "".join(map(_printable, text)))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows under their column names; nothing is cut, so that lines can be searched."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    say(heading(_line(columns, widths)))
    for row in cells:
        say(_line(row, widths))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(map(str.ljust, cells, widths)).rstrip()


def _printable(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, list | tuple):
        return ",".join(map(str, value)) or "-"
    return str(value)
