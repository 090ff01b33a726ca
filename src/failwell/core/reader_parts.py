"""Reading the small parts that several keys share: statuses, headers, names, languages."""

import re
from collections.abc import Mapping
from typing import Any

from failwell.core.reader_node import LONGEST_WORD, FileNode, meant
from failwell.core.reader_words import HEADER_NAME, LANGUAGE, NAME

__all__ = [
    "Status",
    "check_known",
    "read_header_text",
    "read_headers",
    "read_name",
    "read_names",
    "read_status",
    "read_statuses",
    "read_user",
]

Status = int | str
"""A number, or a class such as ``4XX``."""


def read_status(node: FileNode) -> Status | None:
    """Read a status from 200 to 599, or a class such as ``4XX``."""
    data = node.data
    if type(data) is int and 200 <= data <= 599:
        return data
    if isinstance(data, str) and re.fullmatch(r"[2-5]XX", data):
        return data
    hint = ""
    if isinstance(data, str) and re.fullmatch(r"[2-5][xX]{2}|[2-5][0-9]{2}", data):
        hint = f"; write {data.upper()}" + (" without quotes" if data.isdigit() else "")
    node.expected("a status from 200 to 599 or a class such as 4XX", hint)
    return None


def read_statuses(node: FileNode) -> tuple[Status, ...]:
    """Read a list of statuses; none may stand there twice."""
    found: list[Status] = []
    for item in node.items("a list of statuses", least=1):
        status = read_status(item)
        if status in found:
            item.fault(f"found the status {status} twice")
        elif status is not None:
            found.append(status)
    return tuple(found)


def read_name(node: FileNode) -> str | None:
    """Read one word: lower-case letters, digits and underscores."""
    if isinstance(node.data, str) and not NAME.fullmatch(node.data):
        node.expected("one word of lower-case letters, digits and underscores")
        return None
    return node.text()


def read_names(node: FileNode, what: str) -> Mapping[str, str]:
    """Read a mapping of own name to another name; the own names are single words."""
    found: dict[str, str] = {}
    for member in node.members(what):
        _check_key(member)
        if (other := member.text()) is not None:
            found[member.name] = other
    return found


def _check_key(member: FileNode) -> None:
    if not NAME.fullmatch(member.name):
        text = f"expected one word of lower-case letters, found '{member.name[:40]}'"
        member.fault(text, key=True)


def read_headers(node: FileNode) -> Mapping[str, str]:
    """Read header templates; a name may end in ``?`` and stands there once."""
    found: dict[str, str] = {}
    seen: dict[str, str] = {}
    for member in node.members("a mapping of header templates"):
        plain = member.name.removesuffix("?")
        if not HEADER_NAME.fullmatch(plain):
            member.fault(f"expected a header name, found '{plain[:40]}'", key=True)
        elif plain.lower() in seen:
            other = seen[plain.lower()]
            member.fault(f"found the header '{member.name}' twice; also as '{other}'", key=True)
        seen.setdefault(plain.lower(), member.name)
        if (value := read_header_text(member)) is not None:
            found[member.name] = value
    return found


def read_header_text(node: FileNode) -> str | None:
    """Read a slot or a sentence that fits into one header field."""
    if isinstance(node.data, str) and re.search(r"[\x00-\x1f\x7f]", node.data):
        node.fault("expected one line, found a line break or a control character")
        return None
    is_slot = isinstance(node.data, str) and node.data.startswith("$")
    return node.text() if is_slot else node.sentence()


def read_user(node: FileNode) -> Mapping[str, str]:
    """Read the text for people: one text, which is English, or language -> text."""
    if not node.given or isinstance(node.data, str):
        text = node.text()
        return {} if text is None else {"en": text}
    found: dict[str, str] = {}
    for member in node.members("a text or a mapping of languages"):
        if not LANGUAGE.fullmatch(member.name):
            text = f"expected a language such as 'en' or 'pt-BR', found '{member.name[:40]}'"
            member.fault(text, key=True)
        if (text := member.text()) is not None:
            found[member.name] = text
    return found


def check_known(node: FileNode, known: Mapping[str, Any], what: str) -> bool:
    """Tell whether a text is one of the declared words; another one is a fault."""
    word = node.text()
    if word is not None and word not in known:
        node.fault(f"unknown {what} '{word[:LONGEST_WORD]}'" + meant(word, known))
    return word in known
