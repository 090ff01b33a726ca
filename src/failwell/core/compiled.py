"""Compiling a contract: declarations become shapes, answers and a reading, once at load."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import combinations
from typing import Any

import msgspec

from failwell.core.catalogue import Answer, Choice, ErrorCode
from failwell.core.encode import Encoder, compile_encoder, list_nodes
from failwell.core.exceptions import ContractError, Problem
from failwell.core.reader import Declared
from failwell.core.reading import Reading
from failwell.core.resolve import (
    Branch,
    Fixed,
    compile_answer,
    compile_choice,
    default_severity,
)
from failwell.core.shape import Shape, Texts, compile_headers, compile_shape, item_params
from failwell.core.situation import DEFAULT_STATUS, Situation
from failwell.core.template import Node, Object, Slot, slots_of
from failwell.core.template_reader import TemplateError, parse_template
from failwell.core.text import TextError

__all__ = ["Compiled", "answers_of", "compile_contract"]

_PREFERENCE = (
    Situation.INVALID,
    Situation.BAD_JSON,
    Situation.NOT_FOUND,
    Situation.CONFLICT,
    Situation.BAD_CREDENTIALS,
    Situation.EXPIRED_CREDENTIALS,
    Situation.SECOND_FACTOR,
    Situation.NO_PERMISSION,
    Situation.RATE_LIMITED,
    Situation.CRASH,
)


class Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """A contract, ready for both directions of the wire."""

    shapes: Mapping[str, Shape]
    """Code -> its form on the wire."""

    answers: Mapping[Situation, Fixed | Branch]
    """Situation -> answer."""

    generic: Encoder
    """Encodes a fault of no declared code."""

    reading: Reading
    """What the decoder needs."""

    crash: str
    """The code of last resort."""

    challenge: str
    """Value of ``WWW-Authenticate``."""


def compile_contract(declared: Declared) -> Compiled:
    """Compile what a contract file declares.

    Raises:
        ContractError: A template cannot be read, or two codes cannot be told apart.
    """
    _check_templates(declared)
    try:
        envelopes = _envelopes(declared)
        shapes = _shapes(declared, envelopes[0])
        headers = compile_headers(declared.headers, ("headers",))
        answers = {s: compile_choice(answer) for s, answer in declared.answers.items()}
    except TextError as error:
        raise ContractError([declared.source.problem((), str(error))]) from None
    _check_ambiguity(declared)
    promoted = _speaks_through_items(envelopes[0])
    return Compiled(
        shapes=shapes,
        answers=answers,
        generic=compile_encoder(envelopes[0]),
        reading=Reading(
            envelopes=envelopes,
            identify=declared.identify,
            shapes=shapes,
            code_path=_code_path(envelopes[0]) if declared.identify == ("code",) else None,
            headers=headers,
            item_params=item_params(declared.violations) if not promoted else None,
            media=declared.media,
            closed=declared.closed,
            promoted=promoted,
        ),
        crash=_crash_code(declared),
        challenge=_challenge(declared),
    )


def _check_templates(declared: Declared) -> None:
    """Read every template once, so that all their faults are told together."""
    attempts: list[Callable[[], Any]] = [partial(_envelopes, declared)]
    attempts.append(partial(compile_headers, declared.headers, ("headers",)))
    for code, entry in declared.codes.items():
        place = ("codes", code)
        attempts.append(partial(compile_headers, entry.headers, (*place, "headers")))
        if entry.details is not None:
            attempts.append(partial(parse_template, entry.details, (*place, "details")))
    faults = [fault for attempt in attempts for fault in _faults(attempt)]
    if faults:
        problems = (declared.source.problem(path, text) for path, text in faults)
        raise ContractError(sorted(problems, key=lambda each: (each.line, each.column)))


def _faults(attempt: Callable[[], Any]) -> tuple[tuple[tuple[str | int, ...], str], ...]:
    try:
        attempt()
    except TemplateError as error:
        return error.faults
    return ()


def _envelopes(declared: Declared) -> tuple[Node, ...]:
    several = len(declared.envelopes) > 1 or "envelopes" in declared.source.data
    return tuple(
        parse_template(data, ("envelopes", index) if several else ("envelope",))
        for index, data in enumerate(declared.envelopes)
    )


def _shapes(declared: Declared, envelope: Node) -> Mapping[str, Shape]:
    headers = compile_headers(declared.headers, ("headers",))
    meanings = _meanings(declared)
    open_details = all(entry.details is None for entry in declared.codes.values())
    return {
        code: compile_shape(
            entry,
            envelope,
            identify=declared.identify,
            headers=headers,
            violations=declared.violations,
            situation=meanings.get(code),
            severity=default_severity(entry, meanings.get(code)),
            fixed_texts=_fixed_texts(declared, code),
            open_details=open_details,
            promoted=_speaks_through_items(envelope),
        )
        for code, entry in declared.codes.items()
    }


def _fixed_texts(declared: Declared, code: str) -> tuple[Texts, Texts]:
    """Collect the wordings that answers fix for a code."""
    fixed = [
        compile_answer(answer)
        for each in declared.answers.values()
        for answer in answers_of(each)
        if answer.code == code
    ]
    return (
        tuple(text for each in fixed for text in each.message),
        tuple(text for each in fixed for text in each.detail),
    )


def _meanings(declared: Declared) -> Mapping[str, Situation]:
    """Tell, for each code, the situation it most likely stands for when it is read."""
    order = (*_PREFERENCE, *(s for s in Situation if s not in _PREFERENCE))
    meanings: dict[str, Situation] = {}
    for exact in (True, False):
        for situation in order:
            answer = declared.answers.get(situation)
            for each in () if answer is None else answers_of(answer):
                entry = declared.codes[each.code]
                if not exact or DEFAULT_STATUS[situation] == entry.wire_status:
                    meanings.setdefault(each.code, situation)
    return meanings


def answers_of(answer: Answer | Choice) -> list[Answer]:
    """List the answers a choice may come to."""
    if isinstance(answer, Answer):
        return [answer]
    arms = [*answer.arms.values(), *([answer.default] if answer.default else [])]
    return [each for arm in arms for each in answers_of(arm)]


def _crash_code(declared: Declared) -> str:
    broken = (code for code, entry in declared.codes.items() if entry.wire_status >= 500)
    return next(broken, next(iter(declared.codes), ""))


def _challenge(declared: Declared) -> str:
    auth = declared.auth
    realm = declared.api.name.replace('"', "")
    if auth is None:
        return f'Bearer realm="{realm}"'
    if auth.challenge is not None:
        return auth.challenge
    if auth.scheme is not None:
        return f'{auth.scheme} realm="{realm}"'
    return f'ApiKey realm="{realm}", {auth.where}="{auth.name}"'


def _speaks_through_items(envelope: Node) -> bool:
    head = {slot.name for slot, _ in slots_of(envelope)}
    return "message" not in head and bool(list_nodes(envelope))


def _code_path(node: Node) -> tuple[str, ...] | None:
    if not isinstance(node, Object):
        return None
    for member in node.members:
        if isinstance(member.node, Slot) and member.node.name == "code":
            return (member.key,)
        below = _code_path(member.node)
        if below is not None:
            return (member.key, *below)
    return None


def _check_ambiguity(declared: Declared) -> None:
    """Refuse two codes that one body could be with the same right (ambiguity rule 10)."""
    problems = []
    for one, other in combinations(declared.codes.values(), 2):
        if _identity(one, declared.identify) == _identity(other, declared.identify):
            problems.append(_ambiguous(declared, one, other))
    if problems:
        raise ContractError(problems)


def _identity(entry: ErrorCode, identify: tuple[str, ...]) -> tuple[Any, ...]:
    parts: dict[str, Any] = {k: str(v) for k, v in entry.match.items()}
    if "code" in identify:
        parts.setdefault("code", entry.code)
    if "message" in identify:
        parts.setdefault("message", entry.message)
    if "field" in identify and entry.field is not None:
        parts.setdefault("field", entry.field)
    return tuple(sorted(parts.items(), key=lambda pair: pair[0])), entry.status


def _ambiguous(declared: Declared, one: ErrorCode, other: ErrorCode) -> Problem:
    text = (
        f"codes {one.code!r} and {other.code!r} cannot be told apart on the wire: "
        f"give one of them another {' or '.join(declared.identify)}, or a match"
    )
    return declared.source.problem(("codes", other.code), text)
