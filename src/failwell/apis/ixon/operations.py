"""Declaring operations: what all of one kind of caller have in common."""

from typing import Any

from failwell.apis.ixon.permissions import doing
from failwell.apis.ixon.wire import COMPANY_FIELDS, FIELDS, PUBLIC_FIELDS
from failwell.core.situation import Situation
from failwell.server.operation import Handler, Operation

__all__ = ["for_anybody", "for_company", "for_person", "rel_of"]


def for_anybody(rel: str, method: str, path: str, handler: Handler, **more: Any) -> Operation:
    """Declare an operation that needs no credentials.

    Args:
        rel: What it works on; discovery and scopes of tokens call it so.
        method: The HTTP method.
        path: Path below the prefix.
        handler: What it does.
        more: Other members of the operation.
    """
    return _operation(rel, method, path, handler, headers=PUBLIC_FIELDS, **more)


def for_person(rel: str, method: str, path: str, handler: Handler, **more: Any) -> Operation:
    """Declare an operation on what belongs to the person behind the token."""
    given = {"headers": FIELDS, "auth": ("bearer",), "scopes": (doing(rel, method),), **more}
    return _operation(rel, method, path, handler, **given)


def for_company(
    rel: str,
    method: str,
    path: str,
    handler: Handler,
    *,
    permission: str | None = None,
    situations: tuple[Situation, ...] = (),
    **more: Any,
) -> Operation:
    """Declare an operation within a company.

    Args:
        rel: What it works on.
        method: The HTTP method.
        path: Path below the prefix.
        handler: What it does.
        permission: What a role has to grant; members need none when not given.
        situations: What the handler may raise.
        more: Other members of the operation.
    """
    permissions = () if permission is None else (permission,)
    return _operation(
        rel,
        method,
        path,
        handler,
        headers=COMPANY_FIELDS,
        auth=("member",),
        scopes=(*permissions, doing(rel, method)),
        situations=(Situation.SECOND_FACTOR, *situations),
        **more,
    )


def _operation(rel: str, method: str, path: str, handler: Handler, **more: Any) -> Operation:
    name = f"{method.lower()}{rel}"
    return Operation(method=method, path=path, handler=handler, id=name, tags=(rel,), **more)


def rel_of(operation: Operation) -> str:
    """Tell what an operation works on."""
    return operation.tags[0]
