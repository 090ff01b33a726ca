"""Lint: what a valid contract leaves out, and who will miss it.

The reader refuses what cannot be used; lint finds what can be used but will puzzle
somebody: a caller, a reader of the reference, whoever is on call.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from failwell.core import lint_answers, lint_codes, lint_params
from failwell.core.lint_subject import Check, Subject
from failwell.core.reader import Declared

__all__ = ["RULES", "Finding", "Level", "Rule", "lint"]

Level = Literal["error", "warning", "note"]
"""An error will go wrong, a warning will puzzle somebody, a note is worth a thought."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that lint found, with its place."""

    rule: str
    """Name of the rule, a key of `RULES`."""

    level: Level
    """How bad it is."""

    file: str
    """The file as the user named it."""

    line: int
    """Line, from 1."""

    column: int
    """Column, from 1."""

    text: str
    """What is missing, and why it matters."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}"
        return f"{place}: {self.level}: {self.text} [{self.rule}]"


class Rule(msgspec.Struct, frozen=True):
    """One rule: its promise is the docstring of its check."""

    level: Level
    """Level of what it finds."""

    check: Check
    """Looks at a contract and says what it finds."""


RULES = {
    "crash-unanswered": Rule("error", lint_answers.crash_is_answered),
    "situation-unanswered": Rule("warning", lint_answers.common_situation_is_answered),
    "rare-situation-unanswered": Rule("note", lint_answers.rare_situation_is_answered),
    "choice-without-default": Rule("warning", lint_answers.choice_has_default),
    "unknown-param": Rule("note", lint_answers.placeholder_is_given),
    "code-unused": Rule("note", lint_answers.code_is_used),
    "code-unexplained": Rule("warning", lint_codes.code_is_explained),
    "code-without-fix": Rule("warning", lint_codes.code_has_fix),
    "code-without-message": Rule("note", lint_codes.code_has_message),
    "code-without-name": Rule("note", lint_codes.code_has_name),
    "deprecated-without-since": Rule("warning", lint_codes.deprecation_is_dated),
    "challenge-missing": Rule("warning", lint_codes.code_has_challenge),
    "status-outside-applies": Rule("warning", lint_codes.status_is_an_error),
    "user-language-missing": Rule("warning", lint_codes.user_text_has_every_language),
    "wait-missing": Rule("warning", lint_codes.wait_is_carried),
    "identity-missing": Rule("error", lint_params.identity_is_carried),
    "param-only-in-text": Rule("note", lint_params.param_is_structural),
    "param-unused": Rule("warning", lint_params.param_is_used),
    "example-incomplete": Rule("warning", lint_params.example_gives_every_param),
    "example-unused": Rule("warning", lint_params.example_is_used),
    "example-not-allowed": Rule("error", lint_params.example_is_allowed),
    "keyword-unclaimed": Rule("note", lint_params.keyword_is_claimed),
    "violation-placeholder": Rule("warning", lint_params.violation_placeholder_is_known),
}
"""Every rule by its name."""


def lint(declared: Declared, *, raised: Iterable[str] = ()) -> tuple[Finding, ...]:
    """Find what a valid contract leaves out.

    Args:
        declared: What the contract file says.
        raised: Codes that the application raises by name, as far as known.

    Returns:
        Findings in the order of the file.
    """
    subject = Subject(declared, raised=frozenset(raised))
    found = [each for name, rule in RULES.items() for each in _apply(name, rule, subject)]
    return tuple(sorted(found, key=lambda each: (each.line, each.column)))


def _apply(name: str, rule: Rule, subject: Subject) -> Iterable[Finding]:
    for remark in rule.check(subject):
        place = subject.declared.source.problem(remark.path, remark.text, key=remark.key)
        yield Finding(
            rule=name,
            level=rule.level,
            file=place.file,
            line=place.line,
            column=place.column,
            text=place.text,
        )
