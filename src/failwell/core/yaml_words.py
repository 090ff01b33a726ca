"""What is wrong with a YAML text, in words for the person who wrote it.

Both parsers of PyYAML speak of tokens and productions, each in its own words. The table
gives one wording for both, and says what to do.
"""

import re
from typing import Any

import yaml

__all__ = ["in_plain_words"]

_WORDS = (
    (r"cannot start any token", "{character}"),
    (
        r"mapping values are not allowed",
        "found a colon where no key can stand; quote a text that has ': ' in it, or indent less",
    ),
    (r"sequence entries are not allowed", "found '-' where no list item can stand; start a line"),
    (r"mapping keys are not allowed", "found '?' where no key can stand; put quotes around it"),
    (r"found unexpected end of stream", "the quote opened {context} is never closed"),
    (r"found unexpected document", "the quote opened {context} is never closed"),
    (r"expected ',' or '\]'", "expected ',' or ']' for the list opened {context}"),
    (r"expected ',' or '\}'", "expected ',' or '}}' for the mapping opened {context}"),
    (r"unknown escape", "found an escape that YAML does not know; use single quotes"),
    (r"could not find expected ':'", "expected ':' after the key {context}"),
    (r"undefined alias", "found an alias whose anchor is not defined above"),
    (r"second occurrence", "found an anchor twice; the first is {context}"),
    (
        r"expected <block end>|expected key|expected '-' indicator",
        "expected a line indented like the block {context}, or a comma or quote before it",
    ),
    (r"expected (the )?node content", "expected a value, found {found}"),
    (r"expected '?<document start>", "expected one document, found more text after its end"),
)


def in_plain_words(error: yaml.MarkedYAMLError, text: str) -> str:
    """Word a fault of the parser.

    Args:
        error: What PyYAML raised.
        text: The document.
    """
    problem = error.problem or "unreadable text"
    for pattern, words in _WORDS:
        if re.search(pattern, problem):
            return words.format(
                context=_at(error.context_mark),
                character=_character(error.problem_mark, text),
                found=_found(error.problem_mark, text),
            )
    return f"cannot be read as YAML: {problem}"


def _at(mark: Any) -> str:
    return "before" if mark is None else f"at line {mark.line + 1}, column {mark.column + 1}"


def _found(mark: Any, text: str) -> str:
    char = text[mark.index : mark.index + 1] if mark else ""
    return repr(char) if char.strip() else "nothing"


def _character(mark: Any, text: str) -> str:
    char = text[mark.index : mark.index + 1] if mark else ""
    if char == "\t":
        return "found a tab as indentation; use blanks"
    return f"a text cannot begin with {char!r}; put quotes around it"
