"""One value of a contract file while it is being read.

Reading never stops at a fault: each accessor notes what it expected and found, and gives
a value that cannot cause a second fault, so one mistake is told once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from failwell.core.contract_file import ContractFile
from failwell.core.contract_values import FilePath, describe
from failwell.core.exceptions import ContractError, Problem
from failwell.core.nearest import nearest
from failwell.core.text import TextError, parse_text

__all__ = ["LONGEST_WORD", "MAX_PROBLEMS", "Faults", "FileNode", "meant"]

MAX_PROBLEMS: Final = 100
"""Faults told at once; a file with more is some other kind of file."""

LONGEST_WORD: Final = 60
"""Characters of a word that a message repeats."""

_ABSENT: Final = object()


class Faults:
    """The faults of one file, collected while it is read."""

    def __init__(self, file: ContractFile) -> None:
        self.file = file
        self._found: list[Problem] = list(file.problems)
        self._places = {(each.line, each.column) for each in file.problems}

    def add(self, path: FilePath, text: str, *, key: bool = False) -> None:
        """Note one fault; gives up the file at `MAX_PROBLEMS`.

        A second fault of the same value only repeats the first in other words.
        """
        problem = self.file.problem(path, text, key=key)
        place = (problem.line, problem.column)
        if place in self._places and not key:
            return
        if not key:
            self._places.add(place)
        self._found.append(problem)
        if len(self._found) >= MAX_PROBLEMS:
            self.settle()

    def settle(self) -> None:
        """Raise what was found, in the order of the file.

        Raises:
            ContractError: There was at least one fault.
        """
        if self._found:
            raise ContractError(sorted(self._found, key=lambda p: (p.line, p.column)))


def meant(word: str, known: Iterable[str]) -> str:
    """Word the end of a message about an unknown word: the one that was meant, or all.

    Args:
        word: What was found.
        known: What would be right.
    """
    words = tuple(known)
    spelled = next((each for each in words if each.lower() == word.lower()), word)
    # Long words are slow to compare and are no slip of the finger.
    close = nearest(spelled, words) if len(word) <= LONGEST_WORD else ""
    listed = f"; known are {', '.join(words)}" if 0 < len(words) <= 40 else ""
    return close or listed


class FileNode:
    """One value with its path and the faults it may add to.

    Args:
        data: The value; leave out for a key that is not there.
        path: Where it is.
        faults: Where to note faults.
    """

    def __init__(self, faults: Faults, data: Any = _ABSENT, path: FilePath = ()) -> None:
        self.faults = faults
        self.data = data
        self.path = path
        self._unknown: list[str] = []

    @property
    def given(self) -> bool:
        """Whether the file has this key."""
        return self.data is not _ABSENT

    @property
    def name(self) -> str:
        """The last step of the path."""
        return str(self.path[-1]) if self.path else "the file"

    def fault(self, text: str, *, key: bool = False) -> None:
        """Note a fault of this value, or of its key."""
        self.faults.add(self.path, text, key=key)

    def expected(self, what: str, hint: str = "") -> None:
        """Note that another kind of value was expected."""
        self.fault(f"expected {what}, found {describe(self.data)}{hint}")

    def at(self, key: str) -> "FileNode":
        """Step to a member; one that is not there gives an absent node."""
        data = self.data.get(key, _ABSENT) if isinstance(self.data, Mapping) else _ABSENT
        return FileNode(self.faults, data, (*self.path, key))

    def is_mapping(self, what: str) -> bool:
        """Tell whether this is a mapping; anything else that is given is a fault."""
        if self.given and not isinstance(self.data, Mapping):
            self.expected(what)
        return isinstance(self.data, Mapping)

    def members(self, what: str = "a mapping") -> "Iterator[FileNode]":
        """Step through the members of a mapping."""
        if self.is_mapping(what):
            yield from (self.at(key) for key in self.data)

    def items(self, what: str = "a list", *, least: int = 0) -> "Iterator[FileNode]":
        """Step through the items of a list of at least so many items."""
        if not self.given:
            return
        if not isinstance(self.data, list) or len(self.data) < least:
            self.expected(what)
            return
        for index, each in enumerate(self.data):
            yield FileNode(self.faults, each, (*self.path, index))

    def only(self, known: Iterable[str], what: str) -> None:
        """Note every key that format 1 does not know."""
        words = tuple(known)
        for member in self.members():
            if member.name not in words:
                self._unknown.append(member.name[:LONGEST_WORD])
                text = f"unknown key '{member.name[:LONGEST_WORD]}' in {what}"
                member.fault(text + meant(member.name, words), key=True)

    def need(self, key: str, what: str) -> "FileNode":
        """Step to a member that must be there; a misspelt key was told by `only`."""
        member = self.at(key)
        if self.lacks(key):
            self.fault(f"the key '{key}' is missing in {what}", key=True)
        return member

    def lacks(self, key: str) -> bool:
        """Tell whether a mapping has neither this key nor a misspelling of it."""
        if not isinstance(self.data, Mapping) or key in self.data:
            return False
        return not any(nearest(word.lower(), [key]) for word in self._unknown)

    def text(self) -> str | None:
        """Read a text that is not empty."""
        if not self.given or (isinstance(self.data, str) and self.data.strip()):
            return self.data if self.given else None
        self.expected("a text", _quoted(self.data))
        return None

    def flag(self) -> bool:
        """Read true or false; absent is false."""
        if self.given and not isinstance(self.data, bool):
            self.expected("true or false")
        return self.data is True

    def one_of(self, words: Iterable[str], what: str) -> str | None:
        """Read a text out of a closed list."""
        known = tuple(words)
        if not self.given or self.data in known:
            return self.data if self.given else None
        self.expected(what, meant(str(self.data), known))
        return None

    def sentence(self) -> str | None:
        """Read a text whose ``{placeholders}`` must be well formed."""
        if (text := self.text()) is not None:
            try:
                parse_text(text)
            except TextError as error:
                self.fault(str(error))
                return None
        return text

    def sentences(self) -> tuple[str, ...]:
        """Read one wording or a list of them."""
        if not isinstance(self.data, list):
            text = self.sentence()
            return () if text is None else (text,)
        return self._each(FileNode.sentence, "a text or a list of texts")

    def texts(self) -> tuple[str, ...]:
        """Read a list of texts."""
        return self._each(FileNode.text, "a list of texts")

    def _each(self, read: "Callable[[FileNode], str | None]", what: str) -> tuple[str, ...]:
        found = (read(item) for item in self.items(what, least=1))
        return tuple(text for text in found if text is not None)

    def text_map(self) -> dict[str, str]:
        """Read a mapping whose values are texts."""
        found = {member.name: member.text() for member in self.members("a mapping of texts")}
        return {name: text for name, text in found.items() if text is not None}

    def values(self, what: str) -> dict[str, Any]:
        """Read a mapping of any values, as written."""
        return dict(self.data) if self.is_mapping(what) else {}


def _quoted(data: Any) -> str:
    return "; put quotes around it" if isinstance(data, bool | int | float) else ""
