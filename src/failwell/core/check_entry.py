"""Checking an entry: what a recognised code demands beyond the shape of the body."""

from collections.abc import Mapping
from typing import Any

from failwell.core.codec import kind_of, plain_text
from failwell.core.identify import fits_status
from failwell.core.match import Level, Match
from failwell.core.reading import Reading, views
from failwell.core.shape import Shape, Texts

__all__ = ["check_entry"]


def check_entry(reading: Reading, shape: Shape | None, found: Match, status: int | None) -> None:
    """Note what a code demands and the body lacks: status, texts, allowed values, items.

    Args:
        reading: The compiled contract.
        shape: The code, where it is known.
        found: What the body gave; takes the deviations.
        status: The status line.
    """
    _check_items(reading, found)
    if shape is None:
        code = views(reading, found).get("code")
        found.deviate("unknown-code", "", "a code of the catalogue", code)
        return
    entry = shape.entry
    if status is not None and not fits_status(status, entry.status):
        found.deviate("status", "", f"status {entry.status}", status)
    if entry.removed is not None:
        expected = f"a code that is not removed ({entry.removed})"
        found.deviate("removed-code", "", expected, entry.code)
    if not reading.promoted:
        _check_text(shape.known_messages, "message", found, "message" in reading.identify)
    _check_text(shape.known_details, "detail", found, False)
    for name, allowed in entry.values.items():
        if name in found.slots and found.slots[name] not in allowed:
            expected = f"one of {', '.join(map(str, allowed))} for {name}"
            found.deviate("value", "", expected, found.slots[name], "note")


def _check_items(reading: Reading, found: Match) -> None:
    if reading.item_params is None:
        return
    for index, item in enumerate(found.violations or ()):
        if item.code is None:
            continue
        needed = reading.item_params.get(item.code)
        if needed is None:
            found.deviate("violation-code", f"item {index}", "a declared violation code", item.code)
        for name, number in needed or ():
            _check_param(found, index, name, number, item.params)


def _check_param(
    found: Match, index: int, name: str, number: bool, params: Mapping[str, Any]
) -> None:
    if name not in params:
        found.deviate("violation-param", f"item {index}", f"a member {name}", None)
    elif number and kind_of(params[name]) != "number":
        found.deviate("violation-param", f"item {index}", f"a number as {name}", params[name])


def _check_text(texts: Texts, name: str, found: Match, identifies: bool) -> None:
    sentence = found.slots.get(name)
    if not texts or not isinstance(sentence, str):
        return
    for text in texts:
        recovered = text.match(sentence)
        if recovered is not None:
            for param, value in recovered.items():
                _recover(param, value, name, found)
            return
    level: Level = "error" if identifies else "note"
    expected = " or ".join(repr(text.source) for text in texts)
    found.deviate("text", f"/{name}", expected, sentence, level)


def _recover(param: str, value: str, where: str, found: Match) -> None:
    if "." in param:
        return
    if param not in found.slots:
        found.slots[param] = value
    elif plain_text(found.slots[param]) != value:
        found.deviate("text", f"/{where}", f"{param} as elsewhere", value, "note")
