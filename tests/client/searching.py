"""Searching an exception for a planted secret: every way in which it can leave the process."""

import copy
import io
import json
import logging
import pickle
import pickletools
import traceback
from collections.abc import Iterator
from typing import Any

import msgspec

__all__ = ["places_of", "raised"]


def raised(error: BaseException) -> BaseException:
    """The exception after it was raised and caught, with its traceback."""
    try:
        raise error
    except BaseException as caught:
        return caught


def places_of(error: BaseException) -> dict[str, str]:
    """Name of a place -> all that can be read there."""
    return {
        "str": str(error),
        "repr": repr(error),
        "args": repr(error.args),
        "traceback": "".join(traceback.format_exception(error)),
        "notes": "\n".join(getattr(error, "__notes__", ())),
        "pickle": pickle.dumps(error).decode("latin-1"),
        "pickled texts": "\n".join(_texts_of_pickle(error)),
        "copy": repr(vars(copy.deepcopy(error))),
        "vars": "\n".join(_texts(error, set())),
        "user_message": error.user_message("en") + error.user_message("de"),
        "support_text": error.support_text(),
        "to_problem": json.dumps(error.to_problem(), ensure_ascii=False),
        "to_fault": repr(error.to_fault()),
        "log": _logged(error),
    }


def _texts_of_pickle(error: BaseException) -> Iterator[str]:
    for _, argument, _ in pickletools.genops(pickle.dumps(error)):
        if isinstance(argument, str | bytes):
            yield argument if isinstance(argument, str) else argument.decode("latin-1")


def _texts(value: Any, seen: set[int]) -> Iterator[str]:
    """Every text that can be reached from a value, through members, items and attributes."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, str | bytes):
        yield value if isinstance(value, str) else value.decode("latin-1")
    for inner in _inside(value):
        yield from _texts(inner, seen)


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
        yield from value.values()
    elif isinstance(value, list | tuple | set | frozenset):
        yield from value
    elif isinstance(value, msgspec.Struct):
        yield from (getattr(value, name) for name in value.__struct_fields__)
    elif isinstance(value, BaseException):
        yield value.args
        yield vars(value)
        yield value.__cause__
        yield value.__context__
    elif hasattr(value, "__dict__") and not isinstance(value, type):
        yield vars(value)


def _logged(error: BaseException) -> str:
    """What a logger writes that is given the exception in every usual way."""
    written = io.StringIO()
    logger = logging.getLogger(f"{__name__}.{id(written)}")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(logging.StreamHandler(written))
    logger.error("failed", exc_info=error)
    logger.debug("failed: %s %r", error, error)
    return written.getvalue()
