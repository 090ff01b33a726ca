"""What a client refuses before sending is what the server would have refused, word for word."""

import json
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any
from urllib.parse import urlencode

import pytest

from failwell.client.openapi import Precheck
from failwell.client.openapi_document import ApiOperation, operations, pointed
from failwell.core.fault import Fault
from tests.calling import Answer, Caller
from tests.conftest import UNLIMITED
from tests.every_api.rows import ROWS, ApiRow, contract
from tests.running_server import RunningServer

VALUES = (
    None,
    "",
    " ",
    5,
    -1,
    3.5,
    10**9,
    True,
    [],
    {},
    [1, None],
    {"x": "y"},
    "no such choice",
    "x" * 5000,
    "http://[",
    "ftp://example.com/",
    "a@b@c",
    "2020-13-01T00:00:00Z",
)
"""What is somewhere wrong in almost every schema."""

TEXTS = ("", "0", "-1", "many", "1.5", "x" * 5000, "true", "publicId,nowhere", "10000000000")

Request = tuple[ApiOperation, dict[str, str], Any]
"""An operation, its query and its body."""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of its own, for everything that is made and changed."""
    running = RunningServer(tmp_path_factory.mktemp("prechecked"), settings=UNLIMITED)
    yield running.wait_until_ready()
    running.stop()


def _requests(document: Mapping[str, Any]) -> Iterator[Request]:
    for operation in operations(document):
        names = [each["name"] for each in operation.parameters if each["in"] == "query"]
        for shift in range(len(TEXTS) if names else 0):
            yield operation, dict(zip(names, _turned(TEXTS, shift), strict=False)), None
        if operation.body is not None:
            for value in _bodies(operation.body, document):
                yield operation, {}, value


def _bodies(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Any]:
    yield from ([], {}, "text")
    schema = pointed(document, schema["$ref"]) if "$ref" in schema else schema
    if "properties" not in schema:
        yield from chain.from_iterable(_bodies(each, document) for each in schema.get("anyOf", ()))
        return
    for shift in range(len(VALUES)):
        yield dict(zip(schema["properties"], _turned(VALUES, shift), strict=False))


def _turned(values: tuple[Any, ...], shift: int) -> Iterator[Any]:
    return islice(chain.from_iterable(values for _ in range(20)), shift, None)


def _sent(caller: Caller, operation: ApiOperation, path: str, query: Any, body: Any) -> Answer:
    target = f"{path}?{urlencode(query)}" if query else path
    return caller.call(operation.method, target, prefix="", **({} if body is None else {
        "raw": json.dumps(body).encode(), "headers": {"Content-Type": "application/json"}
    }))  # fmt: skip


def _page(fault: Fault, name: str, answer: Answer) -> dict[str, Any]:
    """Write the fault as its server would, with what is of one moment taken from its answer."""
    page = json.loads(contract(name).encode_body(fault))
    inner, found = page, answer.json
    if isinstance(page.get("error"), dict):
        inner, found = page["error"], found["error"]
    for member in ("timestamp", "request_id"):
        if member in found:
            inner[member] = found[member]
    return page


def _filled(template: str, known: Mapping[str, Any]) -> str:
    names = {"{project_id}": "project_id", "{projectName}": "project_name"}
    for placeholder, name in names.items():
        template = template.replace(placeholder, str(known.get(name)))
    return template.replace("{", "").replace("}", "")


@pytest.mark.parametrize("api", ROWS, ids=lambda api: api.name)
def test_the_client_refuses_what_the_server_would_in_the_same_words(
    own: RunningServer, api: ApiRow
) -> None:
    """For every operation: whatever the check refuses, the server refuses with the same body."""
    caller, known = api.caller(own), own.credentials[api.name]
    document = caller.get("/openapi.json", prefix="").json
    precheck = Precheck(document, contract(api.name))
    refused = same = 0

    for operation, query, body in _requests(document):
        path = _filled(operation.template, known)
        fault = precheck.check(operation.method, path, query.items(), caller.headers, body)
        if fault is None:
            continue
        refused += 1
        answer = _sent(caller, operation, path, query, body)
        assert answer.status >= 400, (operation.name, query, body)
        if answer.status == fault.status and answer.json == _page(fault, api.name, answer):
            same += 1
        else:
            # Something that is asked before: may the caller do this, is there such a thing?
            decoded = contract(api.name).decode(answer.status, answer.headers.items(), answer.body)
            assert answer.status in (401, 403, 404), (operation.name, query, body, answer.body)
            assert decoded.fault.code != fault.code

    print(f"{api.name}: {refused} refused before sending, {same} of them word for word")
    assert same > 50
    assert same / refused > 0.5
