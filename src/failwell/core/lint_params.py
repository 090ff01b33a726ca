"""Rules about values: each is carried by a slot, shown by an example, and named rightly."""

from collections.abc import Iterator, Mapping

from failwell.core.catalogue import ErrorCode
from failwell.core.lint_subject import ATTRIBUTES, Remark, Subject, Wording, names_in
from failwell.core.nearest import nearest
from failwell.core.reader_words import KEYWORDS

__all__ = [
    "example_gives_every_param",
    "example_is_allowed",
    "example_is_used",
    "identity_is_carried",
    "keyword_is_claimed",
    "param_is_structural",
    "param_is_used",
    "violation_placeholder_is_known",
]

_COMMON_KEYWORDS = ("required", "type", "enum", "minLength", "maxLength", "minimum", "maximum")
_ITEM_NAMES = frozenset({"label", "field", "value", "code"})


def identity_is_carried(subject: Subject) -> Iterator[Remark]:
    """The slots that tell the codes apart are somewhere in the body or the headers."""
    declared = subject.declared
    carried = {"status", *subject.shared, *subject.item_slots}
    for name in declared.identify if len(declared.codes) > 1 else ():
        if name not in carried:
            yield Remark(("identify",), f"no slot '${name}' is there to tell the codes apart")


def param_is_structural(subject: Subject) -> Iterator[Remark]:
    """A value in a sentence is in a slot too, so that nobody parses the sentence (rule M4)."""
    for entry in subject.entries:
        slots = subject.slots(entry) | {"violations"}
        if "params" in slots:
            continue
        told: set[str] = set()
        for kind, wording in subject.wordings(entry):
            for name in wording.names:
                if name not in slots | told:
                    told.add(name)
                    text = f"the {kind} of '{entry.code}' says '{name}', but no slot carries it"
                    yield Remark(wording.path, text)


def example_gives_every_param(subject: Subject) -> Iterator[Remark]:
    """A code can be shown: each example has a value for everything its body needs."""
    for entry in subject.entries:
        for path, example in subject.examples(entry):
            missing = _missing(subject, entry, example)
            if missing:
                names = ", ".join(f"'{name}'" for name in missing)
                text = f"the example of '{entry.code}' gives no value for {names}"
                yield Remark(path, text, key=True)


def _missing(subject: Subject, entry: ErrorCode, example: Mapping[str, object]) -> list[str]:
    given = {*example, *subject.declared.example, *entry.match}
    given |= {own for own, canonical in entry.params.items() if canonical in given}
    given |= {"field"} if entry.field is not None else set()
    slots = {**subject.shared, **subject.own_slots(entry)}
    needed = [name for name, optional in slots.items() if not optional and name not in ATTRIBUTES]
    for kind in ("message", "detail"):
        texts = [wording for each, wording in subject.wordings(entry) if each == kind]
        needed += _unfilled(texts, given)
    return [name for name in dict.fromkeys(needed) if name not in given]


def _unfilled(texts: list[Wording], given: set[str]) -> list[str]:
    if not texts or any(given.issuperset(text.names) for text in texts):
        return []
    return list(min(texts, key=lambda text: len(text.names)).names)


def example_is_used(subject: Subject) -> Iterator[Remark]:
    """An example gives no value that appears nowhere; mostly it is a misspelt name."""
    for entry in subject.entries:
        known = sorted(subject.names(entry))
        for path, example in subject.examples(entry):
            for name in example:
                if name not in known:
                    text = f"the example value '{name}' is used nowhere{nearest(name, known)}"
                    yield Remark((*path, name), text, key=True)


def example_is_allowed(subject: Subject) -> Iterator[Remark]:
    """An example keeps to the values that the code allows."""
    for entry in subject.entries:
        for path, example in subject.examples(entry):
            for name, allowed in entry.values.items():
                if name in example and example[name] not in allowed:
                    text = f"the example value of '{name}' is none of those in 'values'"
                    yield Remark((*path, name), text)


def param_is_used(subject: Subject) -> Iterator[Remark]:
    """A renamed or restricted param is one that the code has."""
    for entry in subject.entries:
        known = sorted(subject.names(entry) - set(entry.params.values()))
        for key, names in _declared_names(entry).items():
            for name in names:
                if name not in known:
                    text = f"'{name}' is no slot or placeholder of '{entry.code}'"
                    path = ("codes", entry.code, key, name)
                    yield Remark(path, text + nearest(name, known), key=True)


def _declared_names(entry: ErrorCode) -> Mapping[str, list[str]]:
    return {"params": list(entry.params), "values": list(entry.values)}


def keyword_is_claimed(subject: Subject) -> Iterator[Remark]:
    """The schema keywords everybody uses have a violation code, if there are such codes."""
    codes = subject.declared.violations
    claimed = {keyword for code in codes.values() for keyword in code.keywords}
    if not codes or "*" in claimed:
        return
    missing = [keyword for keyword in _COMMON_KEYWORDS if keyword not in claimed]
    if missing:
        text = f"no violation code stands for: {', '.join(missing)}"
        yield Remark(("violations",), text, key=True)


def violation_placeholder_is_known(subject: Subject) -> Iterator[Remark]:
    """A sentence about an input speaks of its label, its value and the schema's keywords."""
    for each in subject.declared.violations.values():
        known = sorted({*_ITEM_NAMES, *KEYWORDS, *each.params})
        for texts in each.messages.values():
            for name in dict.fromkeys(n for text in texts for n in names_in(text)):
                if name not in known:
                    text = f"'{name}' is no part of a violation{nearest(name, known)}"
                    yield Remark(("violations", each.code, "message"), text)
