"""OpenAPI documents as a search wants them: with what exists, without what costs too much."""

import json
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["good_answers", "with_examples", "with_short_enums", "without"]


def with_examples(document: Mapping[str, Any], examples: Mapping[str, Any]) -> dict[str, Any]:
    """Copy a document and give bodies of things that exist to some operations.

    Args:
        document: The document.
        examples: Operation -> a body that is good on this server.
    """
    copy: dict[str, Any] = json.loads(json.dumps(document))
    for path in copy["paths"].values():
        for operation in path.values():
            if operation["operationId"] in examples:
                [media] = operation["requestBody"]["content"].values()
                media["example"] = examples[operation["operationId"]]
    return copy


def without(
    document: Mapping[str, Any], wanted: Callable[[str, Mapping[str, Any]], bool]
) -> dict[str, Any]:
    """Copy a document and leave some optional parameters out.

    Args:
        document: The document.
        wanted: Tells of an operation's id and a parameter whether to leave it out.
    """
    copy: dict[str, Any] = json.loads(json.dumps(document))
    for path in copy["paths"].values():
        for operation in path.values():
            named = operation["operationId"], operation["parameters"]
            operation["parameters"] = [each for each in named[1] if not wanted(named[0], each)]
    return copy


def with_short_enums(value: Any) -> Any:
    """Copy a document and name five values where hundreds are allowed: each would be tried."""
    if isinstance(value, dict):
        copy = {key: with_short_enums(each) for key, each in value.items()}
        return copy | ({"enum": copy["enum"][:5]} if len(copy.get("enum", ())) > 50 else {})
    return list(map(with_short_enums, value)) if isinstance(value, list) else value


def good_answers(document: Mapping[str, Any]) -> set[tuple[str, str, int]]:
    """List what a document promises to those who ask well: method, path, status."""
    return {
        (method.upper(), path, int(status))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for status in operation["responses"]
        if status[0] in "23"
    }
