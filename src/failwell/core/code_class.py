"""Code classes: an exception class for each code of a contract, made when it is first needed.

``except connix.exception("insufficient_scope")`` catches one code, and the class is found again
in another process from three words: the class it stems from, the contract and the code.
"""

import re
from typing import Any, TypeVar

from failwell.core.catalogue import ErrorCode

__all__ = ["class_name", "code_class"]

E = TypeVar("E", bound=Exception)

_WORDS = re.compile(r"[0-9A-Za-z]+")
_LAST_PART = re.compile(r"[^/#]+[/#]*$")
_LONGEST_NAME = 80
_MADE: dict[tuple[type[Exception], type[Exception], str, str], type[Any]] = {}


def code_class(stem: type[E], actual: type[E], contract: str, entry: ErrorCode) -> type[E]:
    """Find the class of a code, or make it. The same words always give the same class.

    Args:
        stem: The class all errors of this code stem from.
        actual: The class of this occurrence, by its status; it becomes a second parent where
            the code leaves open what it means.
        contract: Name of the contract.
        entry: The code.
    """
    key = (stem, actual, contract, entry.code)
    made = _MADE.get(key)
    if made is None:
        # Two threads may come here at once; the first class is kept, and every one gets it.
        made = _MADE.setdefault(key, _make(stem, actual, contract, entry))
    return made


def _make(stem: type[E], actual: type[E], contract: str, entry: ErrorCode) -> type[E]:
    if issubclass(stem, actual):
        parents: tuple[type[E], ...] = (stem,)
    else:
        parents = (code_class(stem, stem, contract, entry), actual)
    name = class_name(entry.name or entry.code)
    members = {
        "__doc__": entry.says or f"The code {entry.code!r} of {contract}.",
        "__module__": "failwell",
        "__qualname__": f"{contract}.{name}",
        "contract": contract,
        "stem": stem,
    }
    return type(name, parents, members)


def class_name(word: str) -> str:
    """Make the name of a class from a code: ``insufficient_scope`` -> ``InsufficientScopeError``.

    Of a code that is an address, its last part is used. Numbers, and words of other alphabets,
    come out as ``Code4004Error`` and ``CodeError``.

    Examples:
        >>> class_name("card_declined"), class_name("RESOURCE_EXHAUSTED"), class_name("20404")
        ('CardDeclinedError', 'ResourceExhaustedError', 'Code20404Error')
    """
    last = _LAST_PART.search(word)
    words = _WORDS.findall((last[0] if last else word)[:_LONGEST_NAME])
    name = "".join(map(_capital, words))
    if not name[:1].isalpha():
        name = f"Code{name}"
    return name if name.endswith("Error") else f"{name}Error"


def _capital(word: str) -> str:
    return word.capitalize() if word.isupper() else word[0].upper() + word[1:]
