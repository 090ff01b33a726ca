"""Nodes of a YAML document -> plain data in which every value knows its place.

Keys are texts, stand once, and are never merged; a value is what YAML 1.2 calls plain.
"""

import re
from typing import Any

import yaml

from failwell.core.contract_yaml import MAX_DEPTH, MAX_NODES, YamlTextError, place_of

__all__ = ["UNREADABLE", "FilePath", "Place", "Values", "describe", "shorten"]

FilePath = tuple[str | int, ...]
"""Keys and indexes from the root of the file."""

Place = tuple[int, int]
"""Line and column, from 1."""

UNREADABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""A control character or half a character."""

_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_TAG = "tag:yaml.org,2002:"


def describe(value: Any) -> str:
    """Name a value of a contract file for a message: ``the text 'abc'``, ``a list``."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str() if not value.strip():
            return "an empty text"
        case str():
            return f"the text {shorten(value)!r}"
        case list():
            return "a list" if value else "an empty list"
        case dict():
            return "a mapping" if value else "an empty mapping"
        case _:
            return f"the number {shorten(str(value))}"


def shorten(text: str) -> str:
    """Cut a text that is too long to repeat."""
    return text if len(text) <= 40 else f"{text[:37]}..."


class Values:
    """Turns nodes into plain data and notes where each came from."""

    def __init__(self) -> None:
        self.values: dict[FilePath, Place] = {}
        self.keys: dict[FilePath, Place] = {}
        self.faults: list[tuple[Place, str]] = []
        self._nodes = 0

    def read(self, node: yaml.Node, path: FilePath = ()) -> Any:
        """Read one node and all below it; faults are noted and read as null.

        Raises:
            YamlTextError: The data is too deep or too large.
        """
        self._measure(node, path)
        self.values[path] = place_of(node.start_mark)
        match node:
            case yaml.MappingNode(tag="tag:yaml.org,2002:map"):
                return self._mapping(node, path)
            case yaml.SequenceNode(tag="tag:yaml.org,2002:seq"):
                return [self._item(each, (*path, i)) for i, each in enumerate(node.value)]
            case yaml.ScalarNode():
                return self._scalar(node)
        self._fault(node, f"expected a plain value, found the tag {shorten(node.tag)!r}")
        return None

    def _item(self, node: yaml.Node, path: FilePath) -> Any:
        self.keys[path] = place_of(node.start_mark)
        return self.read(node, path)

    def _measure(self, node: yaml.Node, path: FilePath) -> None:
        # Aliases share nodes, so only this walk sees how large the data really becomes.
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise YamlTextError(*place_of(node.start_mark), f"expected at most {MAX_NODES} values")
        if len(path) > MAX_DEPTH:
            raise YamlTextError(*place_of(node.start_mark), f"expected at most {MAX_DEPTH} levels")

    def _fault(self, node: yaml.Node, text: str) -> None:
        self.faults.append((place_of(node.start_mark), text))

    def _mapping(self, node: yaml.MappingNode, path: FilePath) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key is None:
                continue
            if key in data:
                line, column = self.keys[(*path, key)]
                first = f"the first is at line {line}, column {column}"
                self._fault(key_node, f"found the key {shorten(key)!r} twice; {first}")
                continue
            self.keys[(*path, key)] = place_of(key_node.start_mark)
            data[key] = self.read(value_node, (*path, key))
        return data

    def _key(self, node: yaml.Node) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            kind = "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"
            self._fault(node, f"expected a text as key, found {kind}")
            return None
        if node.tag == f"{_TAG}str":
            return str(self._scalar(node))
        found = describe(self._scalar(node))
        self._fault(node, f"expected a text as key, found {found}; write '{shorten(node.value)}'")
        return str(node.value)

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        try:
            return _plain(node)
        except ValueError as error:
            self._fault(node, str(error))
            return None


def _plain(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    match node.tag.removeprefix(_TAG):
        case "str" if UNREADABLE.search(text):
            raise ValueError("found an escaped control character or half a character")
        case "str":
            return text
        case "null":
            return None
        case "bool" if text.lower() in ("true", "false"):
            return text.lower() == "true"
        case "int" | "float" if _NUMBER.fullmatch(text):
            return _number(text)
    raise ValueError(f"expected a plain value, found the tag {shorten(node.tag)!r}")


def _number(text: str) -> int | float:
    number = float(text)
    if abs(number) >= 2**63:
        raise ValueError("expected a number below 2 to the power of 63")
    return int(text) if re.fullmatch(r"[-+]?[0-9]+", text) else number
