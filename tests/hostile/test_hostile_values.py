"""Hostile values: each place of a good body holds everything it should not, one after the other."""

import copy
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.every_api.rows import ROWS
from tests.hostile.hostile_caller import HostileCaller
from tests.hostile.hostile_request import ANYTHING, post

_DEEP: Any = 0
for _ in range(60):
    _DEEP = [_DEEP]

VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**63,
    10**300,
    sys.float_info.max,
    -0.0,
    "",
    " \t\n",
    "\x00",
    "a\x00b",
    "\x1b[2J",
    "\u202egnp.exe",
    "\ufffe\uffff",
    "💥" * 300,
    "'; DROP TABLE projects; --",
    "../../../../etc/passwd",
    "http://[::1",
    "http://127.0.0.1:9/",
    "2025-13-45T99:99:99Z",
    "{0.__class__}",
    "%s%n%x",
    "x" * 100_000,
    [],
    [[]] * 500,
    {},
    {"": {"__proto__": []}},
    _DEEP,
)


@pytest.mark.parametrize("api", [api.name for api in ROWS])
def test_no_value_in_a_body_is_a_fault_of_the_api(
    callers: dict[str, HostileCaller], api: str
) -> None:
    """Each is accepted or refused in the words of the page, on one connection that goes on."""
    caller = callers[api]
    good = caller.api.body(caller.server.credentials[api], "Hostile values")
    with caller.connect(patience=60.0) as connection:
        for place, body in _bodies(good):
            filling = caller.secrets()
            connection.send(filling.fill(post(json.dumps(body).encode("ascii"))))
            caller.check(place, ANYTHING, connection.answer(), filling)
        caller.check_alive(connection, caller.secrets())


def _bodies(good: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for path in _paths(good):
        for value in VALUES:
            yield f"{path} = {value!r:.40}", _with(good, path, value)
        yield f"{path} left out", _without(good, path)
    yield "much more", good | {f"more{number}": number for number in range(5_000)}
    yield "nothing", {}


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in members:
        yield (*path, key)
        if isinstance(member, dict | list):
            yield from _paths(member, (*path, key))


def _with(good: Any, path: tuple[Any, ...], value: Any) -> Any:
    body = copy.deepcopy(good)
    _holder(body, path)[path[-1]] = value
    return body


def _without(good: Any, path: tuple[Any, ...]) -> Any:
    body = copy.deepcopy(good)
    del _holder(body, path)[path[-1]]
    return body


def _holder(body: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        body = body[key]
    return body
