"""The index of bundled contracts: what a body must have before one of them is loaded.

Loading and compiling a contract takes some 30 ms, so only those are loaded that an answer
may follow. A test derives the table from the contract files and compares.
"""

from collections.abc import Mapping
from functools import cache
from threading import Lock
from typing import Any

from failwell.core.codec import kind_of
from failwell.core.contract import Contract

__all__ = ["INDEX", "Needed", "bundled_once", "has", "plausible"]

Needed = tuple[str, ...]
"""Members a body must have: ``path:kind``, ``a|b`` for any of both, ``:array`` for the body."""

INDEX: Mapping[str, tuple[Needed, ...]] = {
    "rfc9457": (("type|title|status|detail|instance|errors",),),
    "oauth2": (("error:string",),),
    "jsonapi": (("errors:array",),),
    "graphql": (("errors:array",),),
    "aip193": (("error.code:number", "error.message:string", "error.status:string"),),
    "grpc_gateway": (("code:number", "message:string"),),
    "agenthuman": (("error.code:string", "error.message:string"),),
    "apinizer": (("error:string", "error_description:string"),),
    "connix": (
        (
            "error.code:string",
            "error.message:string",
            "error.details",
            "error.request_id:string",
            "error.timestamp:string",
        ),
    ),
    "connxt": (("timestamp:string", "code:string", "message:string"),),
    "ixon": (("type:string", "data:array", "moreAfter:null", "status:string"),),
    "anthropic": (("type:string", "error.type:string", "error.message:string"),),
    "aws": (("__type:string", "Message:string"), ("__type:string",)),
    "azure": (("error.code:string", "error.message:string"),),
    "drf": (("detail:string",), (":object",)),
    "fastapi": (("detail:string",), ("detail:array",)),
    "github": (
        ("message:string", "documentation_url:string"),
        ("message:string", "errors:array", "documentation_url:string"),
    ),
    "gitlab": (
        ("error:string", "error_description:string"),
        ("message:string",),
        ("message:object",),
    ),
    "laravel": (("message:string",),),
    "notion": (("object:string", "status:number", "code:string", "message:string"),),
    "openai": (("error.message:string", "error.type:string", "error.param", "error.code"),),
    "salesforce": ((":array",),),
    "shopify": (("errors:string",), ("errors:object",), ("errors:array",)),
    "slack": (("ok:boolean", "error:string"),),
    "spring": (("timestamp:string", "status:number", "error:string", "path:string"),),
    "stripe": (("error.type:string", "error.code:string"), ("error.type:string",)),
    "twilio": (("code:number", "message:string", "more_info:string", "status:number"),),
}
"""Contract -> the members each of its envelopes needs. Standards stand before single APIs: of
several that fit equally the first is told first."""

_LOADING = Lock()


def plausible(body: Any) -> tuple[Contract, ...]:
    """Load the bundled contracts that a body may follow, in the order of the index.

    Args:
        body: Parsed JSON.
    """
    names = (name for name, envelopes in INDEX.items() if any(has(body, e) for e in envelopes))
    return tuple(map(bundled_once, names))


def bundled_once(name: str) -> Contract:
    """Load a contract that comes with failwell, or give it again.

    Args:
        name: One of `BUNDLED` or `DIALECTS`.

    Raises:
        FailwellError: There is no such contract.
    """
    # One thread compiles while the others wait: the work is not done twice.
    with _LOADING:
        return _load(name)


@cache
def _load(name: str) -> Contract:
    return Contract.bundled(name)


def has(body: Any, needed: Needed) -> bool:
    """Tell whether a body has the members an envelope needs."""
    return all(_has(body, each) for each in needed)


def _has(body: Any, needed: str) -> bool:
    path, _, kind = needed.partition(":")
    if "|" in path:
        return isinstance(body, dict) and any(key in body for key in path.split("|"))
    for key in filter(None, path.split(".")):
        if not isinstance(body, dict) or key not in body:
            return False
        body = body[key]
    return not kind or kind_of(body) == kind
