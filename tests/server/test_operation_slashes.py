"""Paths with and without their last slash, where an API takes both."""

import pytest

from failwell.server.frameworks.starlette import build_api
from failwell.server.operation import Operation, Reply
from tests.server.library_api import CONNIX, call


async def read(call):
    return Reply(body={"route": call.exchange.route, "name": call.path.get("name")})


def app(*, either_slash):
    paths = ("/", "/books/", "/books/{name}", "/books/{name}/pages/")
    operations = [
        Operation(method="GET", path=path, handler=read, id=path, summary="Read.") for path in paths
    ]
    return build_api(operations, CONNIX, prefix="/api", either_slash=either_slash)


@pytest.mark.parametrize(
    ("asked", "route"),
    [
        ("/api", "/api/"),
        ("/api/", "/api/"),
        ("/api/books", "/api/books/"),
        ("/api/books/", "/api/books/"),
        ("/api/books/A", "/api/books/{name}"),
        ("/api/books/A/", "/api/books/{name}"),
        ("/api/books/A/pages", "/api/books/{name}/pages/"),
    ],
)
async def test_both_spellings_are_the_declared_path(asked, route):
    """The answer is the same, and so is the name of the route."""
    answer = await call(app(either_slash=True), "GET", asked)

    assert (answer.status, answer.json["route"]) == (200, route)


async def test_the_probes_and_strangers_are_not_touched():
    """Two slashes are another path, and other APIs are as strict as before."""
    both, strict = app(either_slash=True), app(either_slash=False)

    assert (await call(both, "GET", "/api/books//")).status == 404
    assert (await call(strict, "GET", "/api/books")).status == 404
    assert (await call(strict, "GET", "/api/books/A/")).status == 404
    document = (await call(both, "GET", "/openapi.json")).json
    assert list(document["paths"]) == [
        "/api/",
        "/api/books/",
        "/api/books/{name}",
        "/api/books/{name}/pages/",
    ]
