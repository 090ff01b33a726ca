"""Reading a contract file: plain data -> `Declared`, or every fault of it with its place.

The second step from text to contract: text -> contract file -> **declared** -> contract.
Templates stay as written; `core.contract` compiles them and puts their faults in place.
"""

import re
import warnings
from collections.abc import Mapping
from typing import Any, Final, Literal, cast

import msgspec

from failwell.core.catalogue import Answer, Api, Auth, Choice, ErrorCode, ViolationCode
from failwell.core.contract_file import ContractFile, parse_contract_file
from failwell.core.contract_values import describe
from failwell.core.reader_answers import AnswerReader
from failwell.core.reader_codes import read_codes, read_violations
from failwell.core.reader_node import Faults, FileNode
from failwell.core.reader_parts import (
    Status,
    read_header_text,
    read_headers,
    read_name,
    read_statuses,
)
from failwell.core.reader_words import (
    API_KEYS,
    AUTH_KEYS,
    HEADER_NAME,
    MEDIA_TYPE,
    ORDER,
    TOP_KEYS,
    WHERE,
)
from failwell.core.situation import Situation

__all__ = ["FORMAT", "ORDER", "Declared", "read_contract", "read_contract_file"]

FORMAT: Final = 1
"""The newest contract format this version reads."""


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """What one contract file declares, checked word by word."""

    source: ContractFile
    """The file, for the places of later faults."""

    api: Api
    """Whose errors these are."""

    envelopes: tuple[Any, ...]
    """Templates as written; the first is emitted, all are decoded."""

    media: str = "application/json"
    """Media type of an error."""

    applies: tuple[Status, ...] = ("4XX", "5XX")
    """Statuses that may be errors."""

    identify: tuple[str, ...] = ("code",)
    """Slots that tell which code a body is."""

    headers: Mapping[str, str]
    """Header templates of all errors."""

    auth: Auth | None = None
    """Where the credential goes."""

    violations: Mapping[str, ViolationCode]
    """Word on the wire -> violation code."""

    codes: Mapping[str, ErrorCode]
    """The catalogue."""

    answers: Mapping[Situation, Answer | Choice]
    """Situation -> code, in the order of the file."""

    order: tuple[str, ...] = ORDER
    """The order in which a request is checked; complete."""

    statuses: tuple[Status, ...] = ()
    """Statuses sent without a code."""

    example: Mapping[str, Any]
    """Values of the context for printed examples."""

    closed: bool = False
    """Whether unknown members of a body are errors."""


def read_contract(text: str, file: str = "<text>") -> Declared:
    """Read what the text of a contract file declares.

    Args:
        text: YAML, one document.
        file: How to name it in problems.

    Raises:
        ContractError: Every fault of the file, in its order; one per mistake.

    Examples:
        What the file leaves out has its default:

        >>> declared = read_contract("contract: 1\\napi: Shop\\nenvelope: {code: $code}\\n")
        >>> declared.api.name, declared.applies
        ('Shop', ('4XX', '5XX'))
    """
    return read_contract_file(parse_contract_file(text, file=file))


def read_contract_file(file: ContractFile) -> Declared:
    """Read what a contract file declares; same as `read_contract`, but of parsed YAML."""
    faults = Faults(file)
    root = FileNode(faults, file.data)
    _check_format(root)
    declared = _read(root, file)
    faults.settle()
    return declared


def _check_format(root: FileNode) -> None:
    """Stop at once where the rest of the file cannot be understood."""
    if not root.is_mapping("a mapping that begins with 'contract: 1'"):
        root.faults.settle()
    root.only(TOP_KEYS, "a contract file")
    version = root.at("contract")
    if not version.given:
        if root.lacks("contract"):
            root.fault("the key 'contract' is missing; write 'contract: 1'")
    elif type(version.data) is int and version.data > FORMAT:
        found = describe(version.data)
        # Words of a newer format would all look like mistakes.
        newer = Faults(root.faults.file)
        newer.add(version.path, f"this file needs a newer failwell: expected 1, found {found}")
        newer.settle()
    elif type(version.data) is not int or version.data != FORMAT:
        version.expected("1, the format of contract files")


def _read(root: FileNode, file: ContractFile) -> Declared:
    violations = read_violations(root.at("violations"))
    codes = read_codes(root.at("codes"))
    return Declared(
        source=file,
        api=_read_api(root.need("api", "a contract file")),
        envelopes=_read_envelopes(root),
        media=_read_media(root.at("media")),
        applies=read_statuses(root.at("applies")) or ("4XX", "5XX"),
        identify=_read_identify(root.at("identify")),
        headers=read_headers(root.at("headers")),
        auth=_read_auth(root.at("auth")),
        violations=violations,
        codes=codes,
        answers=AnswerReader(codes, violations).read(root.at("answers")),
        order=_read_order(root.at("order")),
        statuses=read_statuses(root.at("statuses")),
        example=root.at("example").values("a mapping of example values"),
        closed=root.at("closed").flag(),
    )


def _read_api(node: FileNode) -> Api:
    if isinstance(node.data, str):
        return Api(name=node.text() or "")
    if node.is_mapping("a mapping with the name of the API"):
        node.only(API_KEYS, "api")
    name = node.need("name", "api").text()
    base, docs, status, support = (node.at(key).text() for key in API_KEYS[1:])
    return Api(name=name or "", base=base, docs=docs, status=status, support=support)


def _read_envelopes(root: FileNode) -> tuple[Any, ...]:
    one, many = root.at("envelope"), root.at("envelopes")
    if one.given and many.given:
        many.fault("expected either 'envelope' or 'envelopes', found both", key=True)
    elif root.lacks("envelope") and root.lacks("envelopes"):
        root.fault("the key 'envelope' is missing; it shows what an error body looks like")
    if one.given:
        _check_envelope(one)
        return (one.data,)
    found = []
    for item in many.items("a list of envelopes", least=1):
        _check_envelope(item)
        found.append(item.data)
    return tuple(found)


def _check_envelope(node: FileNode) -> None:
    if not isinstance(node.data, dict | list) or not node.data:
        node.expected("a template that looks like an error body")


def _read_media(node: FileNode) -> str:
    media = node.text()
    if media is not None and not MEDIA_TYPE.fullmatch(media):
        node.expected("a media type such as application/json")
    return media or "application/json"


def _read_identify(node: FileNode) -> tuple[str, ...]:
    names = [read_name(item) for item in node.items("a list of slots", least=1)]
    return tuple(dict.fromkeys(name for name in names if name)) or ("code",)


def _read_auth(node: FileNode) -> Auth | None:
    if not node.given:
        return None
    if node.is_mapping("a mapping that says where the credential goes"):
        node.only(AUTH_KEYS, "auth")
    where = node.need("in", "auth").one_of(WHERE, "a part of the request")
    name = node.need("name", "auth").text()
    if where == "header" and name is not None and not HEADER_NAME.fullmatch(name):
        node.at("name").expected("a header name")
    return Auth(
        where=cast(Literal["header", "query", "cookie"], where or "header"),
        name=name or "Authorization",
        scheme=node.at("scheme").text(),
        format=_read_regex(node.at("format")),
        challenge=read_header_text(node.at("challenge")),
        alternative=node.at("or").text(),
    )


def _read_regex(node: FileNode) -> str | None:
    pattern = node.text()
    if pattern is None:
        return None
    try:
        with warnings.catch_warnings():
            # Advice about a pattern that does compile is for its author's editor.
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        node.fault(f"expected a regular expression, found one that does not compile: {error}")
        return None
    return pattern


def _read_order(node: FileNode) -> tuple[str, ...]:
    if not node.given:
        return ORDER
    found = []
    for item in node.items("the complete list of checks", least=1):
        step = item.one_of(ORDER, "a check")
        if step in found:
            item.fault(f"found the check '{step}' twice")
        found.append(step)
    missing = [step for step in ORDER if step not in found]
    if missing and found and None not in found:
        node.fault(f"expected every check once; missing are {', '.join(missing)}")
    return tuple(step for step in found if step is not None) or ORDER
