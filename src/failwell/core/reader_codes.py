"""Reading the catalogue: ``codes`` and ``violations`` of a contract file."""

from collections.abc import Mapping
from typing import cast

from failwell.core.catalogue import ErrorCode, Retry, Texts, ViolationCode
from failwell.core.fault import Severity
from failwell.core.reader_node import LONGEST_WORD, FileNode, meant
from failwell.core.reader_parts import (
    Status,
    read_headers,
    read_name,
    read_names,
    read_status,
    read_statuses,
    read_user,
)
from failwell.core.reader_words import (
    ENTRY_KEYS,
    KEYWORDS,
    RETRIES,
    SEVERITIES,
    VIOLATION_KEYS,
)

__all__ = ["default_retry", "read_codes", "read_violations"]

_RETRY_BY_STATUS: Mapping[int, Retry] = {
    408: "backoff",
    429: "after",
    500: "backoff",
    502: "backoff",
    503: "after",
    504: "backoff",
}


def default_retry(status: Status) -> Retry:
    """Give the retry class of a code that declares none."""
    number = status if isinstance(status, int) else int(status[0]) * 100
    return _RETRY_BY_STATUS.get(number, "never")


def read_codes(node: FileNode) -> Mapping[str, ErrorCode]:
    """Read the catalogue; no two entries may share a name."""
    codes = {}
    names: dict[str, str] = {}
    for member in node.members("a mapping of codes"):
        entry = _read_entry(member)
        codes[entry.code] = entry
        name = entry.name or entry.code
        if name in names:
            place = member.at("name") if entry.name else member
            place.fault(f"the name '{name}' is taken by the code '{names[name]}'")
        names.setdefault(name, entry.code)
    return codes


def _read_entry(node: FileNode) -> ErrorCode:
    if node.is_mapping("a mapping that declares the code"):
        node.only(ENTRY_KEYS, "an entry of codes")
    status = _read_entry_status(node.need("status", f"the code '{node.name}'"))
    retry = node.at("retry").one_of(RETRIES, "a retry class")
    severity = node.at("severity").one_of(SEVERITIES, "a severity")
    return ErrorCode(
        code=node.name,
        status=status,
        name=read_name(node.at("name")),
        match=_read_match(node.at("match")),
        message=node.at("message").sentences(),
        detail=node.at("detail").sentences(),
        title=node.at("title").text(),
        details=node.at("details").data if node.at("details").given else None,
        field=node.at("field").text(),
        params=read_names(node.at("params"), "a mapping of own names to canonical names"),
        values=_read_values(node.at("values")),
        headers=read_headers(node.at("headers")),
        retry=cast(Retry, retry) if retry else default_retry(status[0]),
        severity=cast(Severity | None, severity),
        says=node.at("says").text(),
        causes=node.at("causes").texts(),
        fix=node.at("fix").texts(),
        user=read_user(node.at("user")),
        see=node.at("see").text(),
        examples=_read_examples(node.at("example")),
        since=node.at("since").text(),
        deprecated=node.at("deprecated").text(),
        removed=node.at("removed").text(),
    )


def _read_entry_status(node: FileNode) -> tuple[Status, ...]:
    if isinstance(node.data, list):
        return read_statuses(node) or (500,)
    # Another status would only make later messages wrong; the fault is noted already.
    return ((read_status(node) if node.given else None) or 500,)


def _read_match(node: FileNode) -> Mapping[str, object]:
    found = node.values("a mapping of slot values")
    for member in node.members():
        if isinstance(member.data, dict | list):
            member.expected("a plain value")
        elif member.name == "status":
            read_status(member)
    return found


def _read_values(node: FileNode) -> Mapping[str, tuple[object, ...]]:
    found = {}
    for member in node.members("a mapping of params to their allowed values"):
        found[member.name] = tuple(
            item.data for item in member.items("a list of allowed values", least=1)
        )
    return found


def _read_examples(node: FileNode) -> tuple[Mapping[str, object], ...]:
    what = "a mapping of example values, or a list of them"
    if not isinstance(node.data, list):
        return (node.values(what),) if node.given else ()
    return tuple(item.values("a mapping of example values") for item in node.items(what, least=1))


def read_violations(node: FileNode) -> Mapping[str, ViolationCode]:
    """Read the violation codes; each schema keyword may stand for one of them only."""
    codes = {}
    claimed: dict[str, str] = {}
    for member in node.members("a mapping of violation codes"):
        found = _read_violation(member)
        codes[found.code] = found
        for item in member.at("for").items():
            _claim(item, found.code, claimed)
    return codes


def _claim(item: FileNode, code: str, claimed: dict[str, str]) -> None:
    word = item.data
    if not isinstance(word, str):
        return
    if word in claimed:
        item.fault(f"the keyword '{word[:LONGEST_WORD]}' already stands for '{claimed[word]}'")
    claimed.setdefault(word, code)


def _read_violation(node: FileNode) -> ViolationCode:
    if node.is_mapping("a mapping that declares the violation code"):
        node.only(VIOLATION_KEYS, "an entry of violations")
    wanted = node.need("for", f"the violation code '{node.name}'")
    keywords = tuple(filter(None, map(_read_keyword, wanted.items("a list of schema keywords"))))
    return ViolationCode(
        code=node.name,
        keywords=keywords,
        says=node.at("says").text(),
        messages=_read_messages(node.at("message"), keywords),
        params=_read_sources(node.at("params")),
    )


def _read_keyword(node: FileNode) -> str | None:
    word = node.text()
    # `format:email` narrows a keyword to one of its values.
    if word is None or word in KEYWORDS or word.partition(":")[0] in KEYWORDS:
        return word
    node.fault(f"unknown schema keyword '{word[:LONGEST_WORD]}'" + meant(word, KEYWORDS[:20]))
    return None


def _read_messages(node: FileNode, keywords: tuple[str, ...]) -> Mapping[str, Texts]:
    if not isinstance(node.data, dict):
        texts = node.sentences()
        return {"default": texts} if texts else {}
    messages = {}
    for member in node.members():
        if not _fits(member.name, keywords):
            text = f"'{member.name[:LONGEST_WORD]}' is none of the keywords this code stands for"
            member.fault(text + meant(member.name, (*keywords, "default")), key=True)
        messages[member.name] = member.sentences()
    return messages


def _fits(name: str, keywords: tuple[str, ...]) -> bool:
    base = name.partition(":")[0].partition(".")[0]
    return name == "default" or not {name, base, "*"}.isdisjoint(keywords)


def _read_sources(node: FileNode) -> Mapping[str, str]:
    found = read_names(node, "a mapping of own names to schema keywords")
    for own, source in found.items():
        if source != "value" and source not in KEYWORDS:
            text = f"unknown source '{source[:LONGEST_WORD]}'"
            node.at(own).fault(text + meant(source, ("value", *KEYWORDS[:20])))
    return found
