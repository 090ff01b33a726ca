"""A contract file as plain data in which every value knows its line and column.

The first step from text to contract: text -> **contract file** -> `Declared` -> contract.
Nothing here knows what the keys mean.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from failwell.core.contract_values import UNREADABLE, FilePath, Place, Values
from failwell.core.contract_yaml import LIBYAML, YamlTextError, compose
from failwell.core.exceptions import ContractError, Problem

__all__ = [
    "MAX_SIZE",
    "ContractFile",
    "load_contract_file",
    "parse_contract_file",
]

MAX_SIZE: Final = 1024 * 1024
"""Bytes of one file."""


class ContractFile(msgspec.Struct, frozen=True, kw_only=True):
    """Plain data and the place of every key and value in it."""

    file: str
    """The file as the user named it."""

    data: Any
    """Mappings, lists, texts, numbers, booleans and nulls; the keys are texts."""

    values: Mapping[FilePath, Place]
    """Path -> line and column where the value begins, from 1."""

    keys: Mapping[FilePath, Place]
    """Path -> line and column of its key, or of the list item."""

    problems: tuple[Problem, ...] = ()
    """Faults that leave the rest readable: a key twice, a key that is no text, a tag."""

    def problem(self, path: FilePath, text: str, *, key: bool = False) -> Problem:
        """Say something about a value.

        Args:
            path: Where it is; a path that is not in the file counts as its nearest ancestor.
            text: What was expected, what was found, what to do.
            key: Whether the key is meant and not its value.
        """
        while path not in self.values and path:
            path = path[:-1]
        places = self.keys if key and path in self.keys else self.values
        return Problem(self.file, *places.get(path, (1, 1)), text)


def load_contract_file(path: str | os.PathLike[str]) -> ContractFile:
    """Read a contract file from disk.

    Args:
        path: The file, UTF-8, at most `MAX_SIZE` bytes.

    Raises:
        ContractError: It cannot be opened, is no UTF-8, or no YAML.
    """
    file = os.fspath(path)
    try:
        with Path(path).open("rb") as opened:
            data = opened.read(MAX_SIZE + 1)
    except OSError as error:
        text = f"cannot be opened: {error.strerror or type(error).__name__}"
        raise ContractError([Problem(file, 1, 1, text)]) from None
    return parse_contract_file(_decoded(data, file), file=file)


def _decoded(data: bytes, file: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        if len(data) > MAX_SIZE:
            raise ContractError([_too_large(file)]) from None
        place = _place_at(data[: error.start].decode(), error.start)
        raise ContractError([Problem(file, *place, "expected UTF-8, found other bytes")]) from None


def parse_contract_file(
    text: str, *, file: str = "<text>", libyaml: bool = LIBYAML
) -> ContractFile:
    """Read the text of a contract file.

    Args:
        text: YAML, one document.
        file: How to name it in problems.
        libyaml: Which of PyYAML's two parsers reads it; both give the same.

    Raises:
        ContractError: The text is no YAML, or too large. Faults that leave the rest
            readable are in `ContractFile.problems` instead.

    Examples:
        Every value knows its place:

        >>> parse_contract_file("api:\\n  name: Shop\\n").values[("api", "name")]
        (2, 9)
    """
    text = text.removeprefix("\ufeff")
    _check_characters(text, file)
    try:
        node = compose(text, libyaml=libyaml)
        reading = Values()
        data = None if node is None else reading.read(node)
    except YamlTextError as fault:
        raise ContractError([Problem(file, fault.line, fault.column, fault.text)]) from None
    return ContractFile(
        file=file,
        data=data,
        values=reading.values,
        keys=reading.keys,
        problems=tuple(Problem(file, *place, fault) for place, fault in reading.faults),
    )


def _check_characters(text: str, file: str) -> None:
    if len(text) > MAX_SIZE or len(text.encode(errors="replace")) > MAX_SIZE:
        raise ContractError([_too_large(file)])
    if found := UNREADABLE.search(text):
        name = f"U+{ord(found[0]):04X}"
        place = _place_at(text, found.start())
        raise ContractError([Problem(file, *place, f"found the control character {name}")])


def _too_large(file: str) -> Problem:
    return Problem(file, 1, 1, f"expected at most {MAX_SIZE} bytes, found more")


def _place_at(text: str, index: int) -> Place:
    before = text[:index]
    return before.count("\n") + 1, len(before) - before.rfind("\n")
