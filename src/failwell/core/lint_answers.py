"""Rules about ``answers``: what a server can meet must have a code."""

from collections.abc import Iterator

from failwell.core.catalogue import Answer, Choice
from failwell.core.lint_subject import ATTRIBUTES, Remark, Subject, names_in
from failwell.core.nearest import nearest
from failwell.core.situation import CANONICAL_PARAMS, Situation

__all__ = [
    "choice_has_default",
    "code_is_used",
    "common_situation_is_answered",
    "crash_is_answered",
    "placeholder_is_given",
    "rare_situation_is_answered",
]

_RARE = frozenset(
    {
        Situation.NOT_ACCEPTABLE,
        Situation.SECOND_FACTOR,
        Situation.GONE,
        Situation.PRECONDITION,
        Situation.IDEMPOTENCY_REUSED,
        Situation.UNPROCESSABLE,
        Situation.RATE_LIMITED,
        Situation.BAD_GATEWAY,
        Situation.GATEWAY_TIMEOUT,
    }
)
"""Situations that an API without such a feature never meets."""

_ALWAYS = frozenset({"path", "method", "route", "retry_after", "reason"})
"""Params that guards give whatever the situation."""


def crash_is_answered(subject: Subject) -> Iterator[Remark]:
    """The answer to a crash is the answer to everything unforeseen, so it must be there."""
    yield from _unanswered(subject, frozenset({Situation.CRASH}))


def common_situation_is_answered(subject: Subject) -> Iterator[Remark]:
    """What happens to any HTTP API has a code; without one it is answered as a crash."""
    yield from _unanswered(subject, frozenset(Situation) - _RARE - {Situation.CRASH})


def rare_situation_is_answered(subject: Subject) -> Iterator[Remark]:
    """What only some APIs meet is named too, unless it cannot happen."""
    yield from _unanswered(subject, _RARE)


def _unanswered(subject: Subject, wanted: frozenset[Situation]) -> Iterator[Remark]:
    declared = subject.declared
    if not declared.codes:
        return
    for situation in Situation:
        if situation in wanted and situation not in declared.answers:
            yield Remark(("answers",), f"the situation '{situation}' has no answer", key=True)


def choice_has_default(subject: Subject) -> Iterator[Remark]:
    """A choice answers every value, also one that comes to life later."""
    for situation, path, each in subject.answers():
        if isinstance(each, Choice) and each.default is None:
            text = f"the answer to '{situation}' has no default for other values of '{each.by}'"
            yield Remark(path, text, key=True)


def code_is_used(subject: Subject) -> Iterator[Remark]:
    """A code is the answer to something, or known to be raised by name."""
    used = {each.code for _, _, each in subject.answers() if isinstance(each, Answer)}
    for entry in subject.entries:
        if entry.code not in used | subject.raised and subject.declared.answers:
            text = f"no situation is answered with '{entry.code}'; only a raise by name sends it"
            yield Remark(("codes", entry.code), text, key=True)


def placeholder_is_given(subject: Subject) -> Iterator[Remark]:
    """A fixed text speaks only of params that the situation gives; else it is never used."""
    for situation, path, each in subject.answers():
        if not isinstance(each, Answer):
            continue
        entry = subject.declared.codes[each.code]
        given = {*CANONICAL_PARAMS.get(situation, ()), *entry.params, *each.values}
        known = sorted(given | ATTRIBUTES | _ALWAYS)
        for name, texts in each.values.items():
            for unknown in _names(texts) - set(known):
                text = f"'{situation}' gives no param '{unknown}'{nearest(unknown, known)}"
                yield Remark((*path, "with", name), text)


def _names(value: object) -> set[str]:
    match value:
        case str():
            return set(names_in(value))
        case tuple() | list():
            return {name for each in value for name in _names(each)}
        case dict():
            return {name for each in value.values() for name in _names(each)}
        case _:
            return set()
