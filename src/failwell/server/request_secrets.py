"""Request secrets: what of a request must not be repeated by what is kept about it.

A server repeats its callers: the path it does not know, the value it does not like. What a
request said is a secret unless its place or its form says that it is none.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from failwell.core.fault import Fault
from failwell.core.redaction import RedactionPolicy, path_template
from failwell.server.affected import is_id
from failwell.server.exchange import Exchange, Scope

__all__ = ["request_secrets"]

_MOST = 100
_LONGEST = 4096
_DEEPEST = 4
_TELLING = re.compile("auth|cookie|key|pass|secret|sign|token", re.IGNORECASE)
_WORDS = re.compile(r"[a-z][a-z_]{0,30}(?::[a-z_*]{1,30})?")
# Params of faults that an API makes itself: their values say what it expects.
_OWN = ("allowed", "code", "expected", "limit", "method", "required", "title", "upstream", "window")


def request_secrets(exchange: Exchange, scope: Scope, policy: RedactionPolicy) -> frozenset[str]:
    """Collect what must be masked in what is kept about an exchange.

    Args:
        exchange: The exchange and its fault, whose params may repeat the caller.
        scope: The request.
        policy: What may be shown, by its name.
    """
    found: set[str] = set()
    for source in (_headers(scope, policy), _query(scope, policy), _path(scope)):
        found.update(source)
    for fault in (exchange.raised, exchange.fault):
        if fault is not None:
            found.update(_fault(fault, policy))
    return frozenset(each for each in found if each)


def _headers(scope: Scope, policy: RedactionPolicy) -> Iterator[str]:
    for raw_name, raw_value in scope.get("headers", ())[:_MOST]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")[:_LONGEST]
        if name in policy.headers:
            continue
        if _TELLING.search(name):
            yield value
            yield from _parts(value)
        elif not _is_plain(value):
            yield value


def _parts(value: str) -> Iterator[str]:
    """Take a credential apart: cookies, ``Bearer`` and its token, ``Basic`` and what it holds."""
    scheme, _, token = value.partition(" ")
    yield token
    if scheme.lower() == "basic":
        yield from _decoded(token).split(":")
    for pair in value.split(";"):
        yield pair.partition("=")[2].strip()


def _decoded(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _query(scope: Scope, policy: RedactionPolicy) -> Iterator[str]:
    text = scope.get("query_string", b"").decode("latin-1")[:_LONGEST]
    for name, value in parse_qsl(text, keep_blank_values=True)[:_MOST]:
        if not _is_plain(name):
            yield name
        if name not in policy.query and (_TELLING.search(name) or not _is_plain(value)):
            yield value


def _path(scope: Scope) -> Iterator[str]:
    params: Mapping[str, Any] = scope.get("path_params") or {}
    ids = {value for name, value in params.items() if is_id(name, value)}
    for segment in scope.get("path", "")[:_LONGEST].split("/")[:_MOST]:
        if segment not in ids and not _is_plain(segment):
            yield segment


def _fault(fault: Fault, policy: RedactionPolicy) -> Iterator[str]:
    for name, value in fault.params.items():
        if name not in _OWN and name not in policy.members:
            yield from _values(name, value)
    for violation in (fault.violations or ())[:_MOST]:
        for name, value in violation.params.items():
            if name not in policy.members:
                yield from _values(name, value)
        if violation.location is not None:
            yield from _names(violation.location.path)


def _values(name: str, value: Any, depth: int = 0) -> Iterable[str]:
    if isinstance(value, str):
        # A name somebody has chosen looks like a word; one in lower case may be one of ours.
        return () if is_id(name, value) or _WORDS.fullmatch(value) else (value,)
    if depth == _DEEPEST:
        return ()
    if isinstance(value, Mapping):
        items: Iterable[tuple[str, Any]] = ((str(key), each) for key, each in value.items())
    elif isinstance(value, list | tuple):
        items = ((name, each) for each in value)
    else:
        return ()
    return (text for key, each in items for text in _values(key, each, depth + 1))


def _names(path: Iterable[str | int]) -> Iterator[str]:
    return (part for part in path if isinstance(part, str) and not _is_plain(part))


def _is_plain(text: str) -> bool:
    """Tell whether a text is made of words as everybody uses them, or is one of a path."""
    return _WORDS.fullmatch(text) is not None or path_template(text) == text
