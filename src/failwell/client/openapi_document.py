"""OpenAPI documents: reading one, and finding the operation a request is meant for.

Pure: nothing is fetched and no schema is compiled here. References outside the document are
not followed, and what they stand for is not checked.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from failwell.core.contract_file import load_contract_file
from failwell.core.exceptions import ContractError, FailwellError

__all__ = ["ApiOperation", "Document", "Routes", "operations", "pointed", "read_document"]

Document = Mapping[str, Any]
"""An OpenAPI 3.x document as plain data."""

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NOTHING: Mapping[str, Any] = {}


class ApiOperation(msgspec.Struct, frozen=True, kw_only=True):
    """What the document says of one method on one path."""

    method: str
    """The method, upper case."""

    template: str
    """The path as the document writes it, with placeholders."""

    parameters: tuple[Mapping[str, Any], ...] = ()
    """Its parameters and those of its path, references followed."""

    body: Mapping[str, Any] | None = None
    """Schema of a JSON body, as written; ``None`` when none is declared."""

    strict: bool = False
    """Whether a Failwell server wrote it (``x-errors``): those are strict about ``uri`` and
    ``email``."""

    @property
    def name(self) -> str:
        """Method and path, for messages."""
        return f"{self.method} {self.template}"


def read_document(source: Document | str | bytes | os.PathLike[str]) -> Document:
    """Take a document in whatever form it is at hand.

    Args:
        source: The document as a dict, its JSON text, or the path of its file (JSON or YAML).

    Raises:
        FailwellError: It cannot be read, or is no OpenAPI 3.x document.
    """
    document = source if isinstance(source, Mapping) else _parsed(source)
    if not isinstance(document, Mapping) or not isinstance(document.get("paths"), Mapping):
        raise FailwellError("expected an OpenAPI document, an object with `paths`")
    version = str(document.get("openapi", "no `openapi` member"))
    if not version.startswith("3."):
        raise FailwellError(f"expected OpenAPI 3.x, found {version[:20]!r}")
    return document


def _parsed(source: str | bytes | os.PathLike[str]) -> Any:
    if isinstance(source, bytes) or (isinstance(source, str) and source.lstrip()[:1] == "{"):
        return _json(source, "the text")
    path = Path(source)
    try:
        if path.suffix in (".yaml", ".yml"):
            return load_contract_file(path).data
        return _json(path.read_bytes(), str(path))
    except (OSError, ContractError) as error:
        raise FailwellError(f"the OpenAPI document cannot be read: {error}") from error


def _json(text: str | bytes, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FailwellError(f"expected {name} to be an OpenAPI document in JSON: {error}") from None


def pointed(document: Document, pointer: str) -> Any:
    """Find what a reference into the document stands for; ``None`` when there is no such place.

    Args:
        document: The document.
        pointer: Such as ``#/components/schemas/Pet``.
    """
    node: Any = document
    for step in unquote(pointer).removeprefix("#/").split("/"):
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(node, list) and key.isdecimal() and int(key) < len(node):
            node = node[int(key)]
        else:
            node = node.get(key) if isinstance(node, Mapping) else None
    return node


def operations(document: Document) -> Iterator[ApiOperation]:
    """List the operations of a document."""
    for template, written in document["paths"].items():
        item = _resolved(document, written)
        for method in _METHODS:
            if isinstance(item.get(method), Mapping):
                yield _operation(document, template, item, method)


def _operation(
    document: Document, template: str, item: Mapping[str, Any], method: str
) -> ApiOperation:
    operation = item[method]
    parameters = {
        (each.get("in"), each.get("name")): each
        for written in (*_list(item), *_list(operation))
        if (each := _resolved(document, written))
    }
    return ApiOperation(
        method=method.upper(),
        template=template,
        parameters=tuple(parameters.values()),
        body=_json_schema(_resolved(document, operation.get("requestBody"))),
        strict="x-errors" in operation,
    )


def _list(owner: Mapping[str, Any]) -> list[Any]:
    listed = owner.get("parameters")
    return listed if isinstance(listed, list) else []


def _json_schema(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    content = body.get("content")
    for media, declared in content.items() if isinstance(content, Mapping) else ():
        plain = media.partition(";")[0].strip().lower()
        if plain == "application/json" or plain.endswith("+json"):
            schema = declared.get("schema") if isinstance(declared, Mapping) else None
            return schema if isinstance(schema, Mapping) else None
    return None


def _resolved(document: Document, node: Any) -> Mapping[str, Any]:
    for _ in range(8):
        if not isinstance(node, Mapping):
            return _NOTHING
        if not isinstance(node.get("$ref"), str):
            return node
        node = pointed(document, node["$ref"])
    return _NOTHING


class _Node:
    """One segment of the paths, and what may follow it."""

    __slots__ = ("literal", "operations", "patterned")

    def __init__(self) -> None:
        self.literal: dict[str, _Node] = {}
        self.patterned: dict[str, tuple[re.Pattern[str], tuple[str, ...], _Node]] = {}
        self.operations: dict[str, ApiOperation] = {}


class Routes:
    """Finds operations by method and path; literal segments come before placeholders.

    Args:
        document: The document; its ``servers`` say what may stand in front of a path.
    """

    def __init__(self, document: Document) -> None:
        self._root = _Node()
        prefixes = _prefixes(document)
        for operation in operations(document):
            for prefix in prefixes:
                self._add(prefix + operation.template, operation)

    def _add(self, path: str, operation: ApiOperation) -> None:
        node = self._root
        for segment in path.split("/"):
            names = tuple(_PLACEHOLDER.findall(segment))
            if not names:
                node = node.literal.setdefault(segment, _Node())
                continue
            pattern = "([^/]+?)".join(map(re.escape, _PLACEHOLDER.split(segment)[::2]))
            found = node.patterned.setdefault(segment, (re.compile(pattern), names, _Node()))
            node = found[2]
        node.operations.setdefault(operation.method, operation)

    def find(self, method: str, path: str) -> tuple[ApiOperation, dict[str, str]] | None:
        """Find the operation of a request, and the values of its placeholders.

        Args:
            method: The method; ``HEAD`` counts as ``GET`` where it is not declared itself.
            path: The path of the request as it is sent, without the query.
        """
        segments = path.split("/")
        for each in (method, "GET") if method == "HEAD" else (method,):
            found = _walk(self._root, segments, 0, each)
            if found is not None:
                return found
        return None


def _walk(
    node: _Node, segments: list[str], depth: int, method: str
) -> tuple[ApiOperation, dict[str, str]] | None:
    if depth == len(segments):
        operation = node.operations.get(method)
        return None if operation is None else (operation, {})
    following = node.literal.get(segments[depth])
    if following is not None:
        found = _walk(following, segments, depth + 1, method)
        if found is not None:
            return found
    for pattern, names, following in node.patterned.values():
        matched = pattern.fullmatch(segments[depth])
        found = _walk(following, segments, depth + 1, method) if matched else None
        if matched and found is not None:
            return found[0], dict(zip(names, map(unquote, matched.groups()), strict=True)) | found[
                1
            ]
    return None


def _prefixes(document: Document) -> list[str]:
    servers = document.get("servers")
    found = [_prefix(each) for each in servers or () if isinstance(each, Mapping)]
    return list(dict.fromkeys(found)) or [""]


def _prefix(server: Mapping[str, Any]) -> str:
    variables = server.get("variables")
    known = variables if isinstance(variables, Mapping) else _NOTHING
    url = _PLACEHOLDER.sub(
        lambda name: str(known.get(name[1], _NOTHING).get("default", "")), str(server.get("url"))
    )
    return urlsplit(url).path.rstrip("/")
