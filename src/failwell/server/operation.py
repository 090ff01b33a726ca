"""Operations: what an API does, declared once, beside the handler that does it.

From one declaration come the checks before the handler and the page of the OpenAPI
document, so the two cannot disagree. No framework is involved.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from failwell.core.exceptions import FailwellError
from failwell.core.fault import Violation
from failwell.core.situation import Situation
from failwell.server.exchange import Exchange
from failwell.server.guards.deadline import Deadline
from failwell.server.headers import Headers
from failwell.server.principal import Principal

__all__ = ["FORM", "JSON", "Call", "Handler", "Operation", "Reply"]

JSON = "application/json"
"""Media type of JSON."""

FORM = "application/x-www-form-urlencoded"
"""Media type of HTML forms, and of OAuth 2."""


class Call(msgspec.Struct, kw_only=True):
    """One call of an operation, as its handler sees it: everything is checked."""

    exchange: Exchange
    """The request and its answer, as far as they have come."""

    method: str
    """The method; ``HEAD`` for an operation with ``GET`` is possible."""

    path: Mapping[str, str]
    """Values of the path's placeholders."""

    headers: Headers
    """Header fields."""

    address: str
    """Where the request comes from; empty when the server does not say."""

    query: Mapping[str, Any] = {}
    """Declared query parameters, with their declared types and defaults."""

    body: Any = None
    """The body; ``None`` when there is none."""

    @property
    def principal(self) -> Principal | None:
        """Who is calling; ``None`` for a public operation."""
        return self.exchange.principal

    @property
    def caller(self) -> Principal:
        """Who is calling.

        Raises:
            FailwellError: The operation is public, so that nobody was asked.
        """
        if self.exchange.principal is None:
            raise FailwellError("a public operation has no caller; declare its `auth`")
        return self.exchange.principal

    @property
    def tenant(self) -> str:
        """Whose data the call may touch; handlers look at nothing else.

        Raises:
            FailwellError: The operation is public, or its credentials belong to nobody.
        """
        if self.caller.tenant is None:
            raise FailwellError("these credentials belong to no tenant; give their principal one")
        return self.caller.tenant

    @property
    def request_id(self) -> str:
        """Our name for the exchange."""
        return self.exchange.request_id


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What a handler answers."""

    body: Any = None
    """Anything msgspec can encode; bytes go out as they are; ``None`` sends none."""

    status: int | None = None
    """HTTP status; ``None`` for the one the operation declares."""

    headers: tuple[tuple[str, str], ...] = ()
    """Header fields besides those of the body."""

    media: str = JSON
    """Media type of the body."""


Handler = Callable[[Call], Awaitable[Reply]]
"""What an operation does: answers a call, or raises a fault."""


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method on one path.

    Examples:
        Operation(
            method="GET",
            path="/projects/{project_id}",
            handler=projects.get,
            id="getProject",
            summary="Read a project.",
            auth=("api_key", "bearer"),
            scopes=("projects:read",),
            returns=PROJECT,
            situations=(Situation.NOT_FOUND,),
        )
    """

    method: str
    """The method; one with ``GET`` answers ``HEAD`` too."""

    path: str
    """Path below the prefix, with placeholders."""

    handler: Handler
    """What it does."""

    id: str
    """Its name in documents."""

    summary: str
    """What it does, in a sentence."""

    description: str | None = None
    """More about it."""

    tags: tuple[str, ...] = ()
    """What it belongs to, in documents."""

    auth: tuple[str, ...] = ()
    """Kinds of credentials it accepts; none makes it public."""

    scopes: tuple[str, ...] = ()
    """What the credentials must allow; all of them."""

    existence: Callable[[Call], Awaitable[None]] | None = None
    """Looks for what the path names, before permission is asked; raises `NotFoundError`."""

    body: Mapping[str, Any] | None = None
    """JSON Schema of the body; without one a body is read and ignored."""

    body_required: bool = True
    """Whether there must be a body."""

    media: str = JSON
    """Media type of the body."""

    query: Mapping[str, Any] | None = None
    """JSON Schema of an object whose properties are the query parameters."""

    headers: Mapping[str, Any] | None = None
    """JSON Schema of an object whose properties are header fields, checked before credentials."""

    further_check: Callable[[Call], Awaitable[tuple[Violation, ...]]] | None = None
    """Finds what no schema can say, in a body that may have other faults; told after those."""

    path_params: Mapping[str, Any] = {}
    """Placeholder -> JSON Schema, for documents; a malformed id is one that does not exist."""

    status: int = 200
    """Status of a good answer."""

    returns: Mapping[str, Any] | None = None
    """JSON Schema of a good answer's body."""

    produces: str = JSON
    """Media type of a good answer, for documents."""

    situations: tuple[Situation, ...] = ()
    """What the handler may raise besides what can happen to every operation."""

    deadline: Deadline | None = None
    """How long the handler may take; one with a deadline also stops when its caller has left."""

    limited: bool = True
    """Whether it counts against a quota."""

    prefix: str | None = None
    """Prefix of its path, where it is not that of its API."""

    def template(self, prefix: str) -> str:
        """Give the whole path template.

        Args:
            prefix: The prefix of the API.
        """
        return f"{prefix if self.prefix is None else self.prefix}{self.path}"
