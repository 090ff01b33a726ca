"""Misuse: what is raised when failwell itself is held wrong.

Apart from faults: no caller of an API ever sees one of these.
"""

from collections.abc import Iterable

import msgspec

__all__ = ["ContractError", "FailwellError", "Problem"]


class FailwellError(Exception):
    """A mistake in using failwell; the text says what to do about it."""


class Problem(msgspec.Struct, frozen=True):
    """One fault of a contract file, with its place."""

    file: str
    """The file as the user named it."""

    line: int
    """Line, from 1."""

    column: int
    """Column, from 1."""

    text: str
    """What was expected, what was found, and the nearest valid word."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.text}"


class ContractError(FailwellError):
    """A contract file cannot be used.

    Args:
        problems: Every fault found, in the order of the file. The text has one line each.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type["ContractError"], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)
