"""Wording: a broken rule of a schema becomes a violation in the words of the contract.

The submitted value is never repeated, with one exception: a contract may map it to a
param (`provided` of a range), and then only numbers travel, and plain words where another
word was wanted.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from failwell.core.catalogue import ViolationCode
from failwell.core.fault import Location, Part, Violation
from failwell.core.harmless import LARGEST
from failwell.core.text import Text, parse_text, richest

__all__ = ["Flaw", "Wording"]

_GROUPS = (
    ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)
_GROUP_OF = {keyword: group for group in _GROUPS for keyword in group}
_BASE = {"minLength.0": "minLength", "null": "type"}
_STAND_INS = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}
_CHOICES = ("enum", "const")
# Looks like a mistyped choice: no sign, no space, no digit, so no key, address or markup.
_WORD = re.compile(r"[A-Za-z_]{1,50}")
_LONGEST_NAME = 100
_DEEPEST = 16


class Flaw(msgspec.Struct, frozen=True, kw_only=True):
    """One broken rule, before the contract has named it."""

    keyword: str
    """The broken keyword; ``minLength.0`` for a blank text, ``null`` for a null."""

    path: tuple[str | int, ...]
    """Where the value sits, or would sit."""

    rule: Mapping[str, Any]
    """The schema object that holds the keyword."""

    label: str
    """Name of the value, for people."""

    value: Any = None
    """What was submitted."""


class _Declared(msgspec.Struct, frozen=True):
    code: ViolationCode
    messages: Mapping[str, tuple[Text, ...]]


class Wording:
    """Words the broken rules of one part of a request.

    Args:
        codes: Violation codes of the contract.
        part: The part of the request.
    """

    def __init__(self, codes: Mapping[str, ViolationCode], *, part: Part = "body") -> None:
        self._part = part
        self._by_keyword: dict[str, _Declared] = {}
        for code in codes.values():
            declared = _Declared(code, _parsed(code))
            for keyword in code.keywords:
                self._by_keyword.setdefault(keyword, declared)

    def violation(self, flaw: Flaw) -> Violation:
        """Name and word a broken rule."""
        declared = self._find(flaw)
        location = Location(_bounded(flaw.path) or ("body",), self._part)
        if declared is None:
            return Violation(detail=f"{flaw.label} is not valid", location=location)
        return Violation(
            code=declared.code.code,
            detail=_detail(declared, flaw, location),
            location=location,
            params=_params(declared.code, flaw),
        )

    def _find(self, flaw: Flaw) -> _Declared | None:
        narrowed = f"{flaw.keyword}:{self._part}"
        for keyword in (narrowed, *_names(flaw), "*"):
            if keyword in self._by_keyword:
                return self._by_keyword[keyword]
        return None


def _parsed(code: ViolationCode) -> Mapping[str, tuple[Text, ...]]:
    return {keyword: tuple(map(parse_text, texts)) for keyword, texts in code.messages.items()}


def _names(flaw: Flaw) -> Iterator[str]:
    """List the names of a broken keyword, the most specific first."""
    base = _BASE.get(flaw.keyword, flaw.keyword)
    if isinstance(flaw.rule.get("format"), str):
        yield f"{flaw.keyword}:{flaw.rule['format']}"
    yield flaw.keyword
    if base != flaw.keyword:
        yield base


def _detail(declared: _Declared, flaw: Flaw, location: Location) -> str:
    given = _given(flaw, location)
    for keyword in (*_names(flaw), "default"):
        found = richest(declared.messages.get(keyword, ()), given.get)
        if found is not None:
            return found
    return declared.code.says or f"{flaw.label} is not valid"


def _given(flaw: Flaw, location: Location) -> dict[str, Any]:
    base = _BASE.get(flaw.keyword, flaw.keyword)
    given = {name: _shown(name, flaw.rule) for name in _GROUP_OF.get(base, (base,))}
    return given | {
        "label": flaw.label[:_LONGEST_NAME],
        "field": location.dotted,
        "value": _repeatable(flaw),
    }


def _shown(keyword: str, rule: Mapping[str, Any]) -> Any:
    value = rule.get(keyword)
    if keyword == "type" and isinstance(value, list | tuple):
        return " or ".join(each for each in value if each != "null")
    if keyword == "enum" and isinstance(value, list | tuple):
        return [each for each in value if each is not None]
    return value


def _params(code: ViolationCode, flaw: Flaw) -> dict[str, Any]:
    found = {own: _source(source, flaw) for own, source in code.params.items()}
    return {own: value for own, value in found.items() if value is not None}


def _source(source: str, flaw: Flaw) -> Any:
    if source == "value":
        return _repeatable(flaw)
    value = flaw.rule.get(source)
    return flaw.rule.get(_STAND_INS.get(source, source)) if value is None else value


def _repeatable(flaw: Flaw) -> str | int | float | None:
    value = flaw.value
    if flaw.keyword in _CHOICES and isinstance(value, str) and _WORD.fullmatch(value):
        return value
    return _number(value)


def _number(value: Any) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Also false for what is no number, so that it never travels.
    return value if -LARGEST <= value <= LARGEST else None


def _bounded(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    return tuple(
        step[:_LONGEST_NAME] if isinstance(step, str) else step for step in path[:_DEEPEST]
    )
