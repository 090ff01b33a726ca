"""Reading ``answers``: which code a contract gives to each situation."""

import re
from collections.abc import Mapping
from typing import Any

from failwell.core.catalogue import Answer, Choice, ErrorCode, ViolationCode
from failwell.core.reader_node import LONGEST_WORD, FileNode, meant
from failwell.core.reader_parts import check_known
from failwell.core.reader_words import ITEM_KEYS
from failwell.core.situation import Situation

__all__ = ["AnswerReader"]

_SITUATIONS: Mapping[str, Situation] = {str(each): each for each in Situation}
_BY = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z0-9_]+)*")


class AnswerReader:
    """Reads answers against the codes that exist.

    Args:
        codes: The catalogue.
        violations: The violation codes.
    """

    def __init__(
        self, codes: Mapping[str, ErrorCode], violations: Mapping[str, ViolationCode]
    ) -> None:
        self._codes = codes
        self._violations = violations

    def read(self, node: FileNode) -> Mapping[Situation, Answer | Choice]:
        """Read the whole mapping; an unknown situation is a fault."""
        answers = {}
        for member in node.members("a mapping of situations to answers"):
            situation = _SITUATIONS.get(member.name)
            if situation is None:
                text = f"unknown situation '{member.name[:LONGEST_WORD]}'"
                member.fault(text + meant(member.name, _SITUATIONS), key=True)
            answer = self._answer(member)
            if situation is not None and answer is not None:
                answers[situation] = answer
        return answers

    def _answer(self, node: FileNode) -> Answer | Choice | None:
        if not isinstance(node.data, dict):
            return self._plain(node)
        if "by" in node.data:
            return self._choice(node)
        if "code" not in node.data:
            node.fault("expected the key 'code' or 'by' in an answer, found neither")
            return None
        node.only(("code", "with"), "an answer")
        code = self._code(node.at("code"))
        values = self._values(node.at("with"))
        return None if code is None else Answer(code=code, values=values)

    def _plain(self, node: FileNode) -> Answer | None:
        code = self._code(node)
        return None if code is None else Answer(code=code)

    def _code(self, node: FileNode) -> str | None:
        if not check_known(node, self._codes, "code"):
            return None
        entry = self._codes[node.data]
        if entry.removed is not None:
            node.fault(f"the code '{entry.code}' was removed in {entry.removed}")
        return entry.code

    def _choice(self, node: FileNode) -> Choice | None:
        by = node.at("by").text()
        if by is not None and not _BY.fullmatch(by):
            node.at("by").expected("a param such as resource_type or violations.0.code")
        arms = {m.name: self._answer(m) for m in node.members() if m.name != "by"}
        default = arms.pop("default", None)
        if "code" in node.data or "with" in node.data:
            node.fault("expected either 'code' or 'by' in an answer, found both")
        elif len(node.data) < 2 or set(node.data) == {"by", "default"}:
            node.fault("expected at least one value with its answer beside 'by'")
        found = {name: arm for name, arm in arms.items() if arm is not None}
        return None if by is None else Choice(by=by, arms=found, default=default)

    def _values(self, node: FileNode) -> Mapping[str, Any]:
        values = node.values("a mapping of fixed values")
        for name in values.keys() & {"message", "detail"}:
            values[name] = node.at(name).sentences()
        for member in node.members():
            if member.name == "violations":
                self._items(member)
            elif member.name == "field":
                member.sentence()
            elif member.name not in ("message", "detail"):
                _check_texts(member)
        return values

    def _items(self, node: FileNode) -> None:
        if node.data is None:
            return
        for item in node.items("a list of violations, or null"):
            if not item.is_mapping("a mapping that describes a violation"):
                continue
            item.only(ITEM_KEYS, "a violation")
            item.at("field").sentence()
            item.at("message").sentences()
            _check_texts(item.at("params"))
            item.at("params").is_mapping("a mapping of params")
            if self._violations:
                check_known(item.at("code"), self._violations, "violation code")


def _check_texts(node: FileNode) -> None:
    """Check the placeholders of every text inside a fixed value."""
    match node.data:
        case str() if "{" in node.data or "}" in node.data:
            node.sentence()
        case dict():
            for member in node.members():
                _check_texts(member)
        case list():
            for item in node.items():
                _check_texts(item)
