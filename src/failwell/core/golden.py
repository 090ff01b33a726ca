"""Golden bodies: the example of a code, as the fault that renders it."""

from collections.abc import Mapping
from typing import Any

from failwell.core.codec import CODECS
from failwell.core.fault import Fault, Location, Violation
from failwell.core.shape import Shape

__all__ = ["example_fault"]


def example_fault(shape: Shape, values: Mapping[str, Any], context: Mapping[str, Any]) -> Fault:
    """Make the fault that an example of a code describes.

    Args:
        shape: The compiled code.
        values: The values of the example.
        context: Example values of the whole contract; those the code declares are used too.
    """
    example = dict(values)
    items = example.pop("violations", None)
    message, detail = example.pop("message", None), example.pop("detail", None)
    request_id = example.pop("request_id", None)
    shared = {k: v for k, v in context.items() if k in shape.declared}
    params = shared | example
    wait = params.get("retry_after")
    return Fault(
        situation=shape.situation,
        code=shape.entry.code,
        message=message,
        detail=detail,
        params=params,
        violations=None if items is None else tuple(map(_violation, items)),
        retry_after=wait if isinstance(wait, int | float) else None,
        request_id=request_id,
    )


def _violation(item: Mapping[str, Any]) -> Violation:
    field = item.get("field")
    named = {k: v for k, v in item.items() if k not in ("field", "message", "code", "params")}
    return Violation(
        code=item.get("code"),
        detail=item.get("message"),
        location=None if field is None else Location(_path(field)),
        params=named | dict(item.get("params") or {}),
    )


def _path(field: Any) -> tuple[str | int, ...]:
    if isinstance(field, list | tuple):
        return tuple(field)
    path: tuple[str | int, ...] = CODECS["dotted"].decode(str(field))
    return path
