"""Lists as parameters of statements, so that a statement is prepared once for all lengths."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Select, bindparam, func, select

__all__ = ["as_list", "listed"]


def listed(name: str) -> Select[Any]:
    """Select the items of a list that is given as a parameter, for an ``IN``."""
    return select(func.json_each(bindparam(name)).table_valued("value").c.value)


def as_list(items: Iterable[str | int]) -> str:
    """Write the parameter."""
    return msgspec.json.encode(list(items)).decode("utf-8")
