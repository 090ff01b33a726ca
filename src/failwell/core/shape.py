"""Shapes: what each code looks like on the wire, compiled once at load."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from failwell.core.catalogue import ErrorCode, ViolationCode
from failwell.core.encode import ATTRIBUTES, Encoder, compile_encoder, list_nodes
from failwell.core.fault import Severity
from failwell.core.quick_match import QuickMatch, compile_match
from failwell.core.situation import Situation
from failwell.core.template import Kind, Node, slots_of, specialise
from failwell.core.template_reader import parse_header, parse_template
from failwell.core.text import Text, Wordings, parse_text
from failwell.core.wire import HeaderTemplate, header_template

__all__ = ["Shape", "Texts", "compile_headers", "compile_shape", "item_params", "parse_texts"]

Texts = tuple[Text, ...]
"""Alternative wordings, parsed."""

_NUMERIC = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength")
_CONTEXT = (*ATTRIBUTES, "status", "title", "docs", "retry_after")


class Shape(msgspec.Struct, frozen=True):
    """One code on the wire."""

    entry: ErrorCode
    """Its declaration."""

    node: Node
    """The envelope with everything folded in that the code fixes."""

    encode: Encoder
    """Fault -> plain value."""

    quick: QuickMatch | None
    """Body that fits exactly -> fault."""

    messages: Texts
    """Wordings of the message."""

    details: Texts
    """Wordings of the detail."""

    known_messages: Texts
    """Every wording of the message that is declared somewhere, for reading."""

    known_details: Texts
    """Every wording of the detail that is declared somewhere, for reading."""

    headers: tuple[HeaderTemplate, ...]
    """Header fields of the contract and of the code."""

    needed: tuple[str, ...]
    """Params that must be given when the code is raised."""

    declared: frozenset[str]
    """Every param that may be given."""

    situation: Situation | None
    """What the code most likely stands for when it is read."""

    severity: Severity
    """How much an operator should care, already defaulted."""


@lru_cache(1024)
def parse_texts(texts: tuple[str, ...]) -> Texts:
    """Parse alternative wordings."""
    return tuple(map(parse_text, texts))


def compile_headers(
    headers: Mapping[str, str], path: tuple[str | int, ...] = ()
) -> tuple[HeaderTemplate, ...]:
    """Compile header templates; ``Name?`` may be left out."""
    return tuple(
        header_template(
            name.removesuffix("?"),
            parse_header(value, (*path, name)),
            optional=name.endswith("?"),
        )
        for name, value in headers.items()
    )


def compile_shape(
    entry: ErrorCode,
    envelope: Node,
    *,
    identify: tuple[str, ...],
    headers: tuple[HeaderTemplate, ...],
    violations: Mapping[str, ViolationCode],
    situation: Situation | None,
    severity: Severity,
    fixed_texts: tuple[Texts, Texts] = ((), ()),
    open_details: bool = True,
    promoted: bool = False,
) -> Shape:
    """Compile one code.

    Args:
        entry: Its declaration.
        envelope: The parsed envelope of the contract.
        identify: Slots that tell which code a body is.
        headers: Header templates of the contract.
        violations: Violation codes of the contract.
        situation: What the code stands for when it is read.
        severity: Its severity, already defaulted.
        fixed_texts: Messages and details that answers fix for it.
        promoted: Whether the first item of the list speaks for the whole.
        open_details: Whether members that nothing declares are details of it.
    """
    path = ("codes", entry.code, "details")
    details = None if entry.details is None else parse_template(entry.details, path)
    node = specialise(
        envelope,
        fixed=_fixed(entry, identify),
        details=details,
        arm=_arm_chooser(entry),
        open_details=open_details,
    )
    own = compile_headers(entry.headers, ("codes", entry.code, "headers"))
    own_names = {each.name.lower() for each in own}
    merged = (*(h for h in headers if h.name.lower() not in own_names), *own)
    messages, texts = parse_texts(entry.message), parse_texts(entry.detail)
    known_messages = _known(messages, fixed_texts[0])
    known_details = _known(texts, fixed_texts[1])
    known = {"code": entry.code, "situation": situation, "severity": severity}
    return Shape(
        entry=entry,
        node=node,
        encode=compile_encoder(node),
        quick=compile_match(
            node,
            known=known,
            statuses=entry.status,
            wordings=_wordings(known_messages, known_details),
            values=entry.values,
            item_params=item_params(violations),
        )
        if "code" in identify
        else None,
        messages=messages,
        details=texts,
        known_messages=known_messages,
        known_details=known_details,
        headers=merged,
        needed=_needed(node, own, texts),
        declared=_declared(node, merged, messages, texts, items=promoted),
        situation=situation,
        severity=severity,
    )


def _known(own: Texts, fixed: Texts) -> Texts:
    # A placeholder alone would fit every sentence and tell nothing.
    own += tuple(t for t in fixed if any(isinstance(p, str) for p in t.pieces)) if own else ()
    # A placeholder into violations is a view of what the items say themselves.
    return tuple(t for t in own if not any("." in name for name in t.names))


def _fixed(entry: ErrorCode, identify: tuple[str, ...]) -> Mapping[str, Any]:
    fixed = {k: v for k, v in entry.match.items() if k not in ("status", "message", "field")}
    if "code" in identify:
        fixed["code"] = entry.match.get("code", entry.code)
    return fixed


def _arm_chooser(entry: ErrorCode) -> Callable[[Kind], Node]:
    def choose(kind: Kind) -> Node:
        for name, arm in kind.arms:
            names = {slot.name for slot, _ in slots_of(arm)}
            if entry.detail and "detail" in names:
                return arm
            if entry.details is not None and (name == "object" or "details" in names):
                return arm
            if not entry.detail and entry.details is None and list_nodes(arm):
                return arm
        return kind

    return choose


def _needed(node: Node, own: tuple[HeaderTemplate, ...], texts: Texts) -> tuple[str, ...]:
    names = [slot.name for slot, optional in slots_of(node) if not optional]
    names += [h.value.name for h in own if not h.optional and not isinstance(h.value, Text)]
    if len(texts) == 1:
        names += texts[0].names
    wanted = (n.split(".")[0] for n in dict.fromkeys(names))
    return tuple(n for n in wanted if n not in _CONTEXT and n != "violations")


def _declared(
    node: Node,
    headers: tuple[HeaderTemplate, ...],
    messages: Texts,
    texts: Texts,
    *,
    items: bool,
) -> frozenset[str]:
    names = {slot.name for slot, _ in slots_of(node, items=items)}
    for header in headers:
        names |= set(header.value.names if isinstance(header.value, Text) else [header.value.name])
    for text in (*messages, *texts):
        names |= {name.split(".")[0] for name in text.names}
    return frozenset(names - set(ATTRIBUTES) - {"violations"})


def item_params(
    violations: Mapping[str, ViolationCode],
) -> Mapping[str | None, tuple[tuple[str, bool], ...]] | None:
    """List, per violation code, the params an item must have and whether each is a number."""
    if not violations:
        return None
    return {
        code: tuple((own, source in _NUMERIC) for own, source in declared.params.items())
        for code, declared in violations.items()
    } | {None: ()}


def _wordings(messages: Texts, details: Texts) -> Mapping[str, Wordings]:
    given = {"message": messages, "detail": details}
    return {name: Wordings(texts) for name, texts in given.items() if texts}
