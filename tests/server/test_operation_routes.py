"""Whatever the path and the method, the answer is the contract's."""

from contextlib import asynccontextmanager

import pytest

from failwell.core.exceptions import UnavailableError
from failwell.server.failwell import Failwell
from tests.server.library_api import KEY, call, library


async def test_an_unknown_path_is_no_route():
    """A path that leads nowhere is told back, up to 200 characters of it."""
    answer = await call(library(), "GET", "/" + "x" * 500)

    assert answer.status == 404
    assert answer.error["details"] == {"resource_type": "endpoint", "resource_id": "/" + "x" * 199}


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "TRACE", "FOO", "get"])
async def test_an_unknown_method_is_told_the_known_ones(method):
    """``Allow`` lists what works at the path, HEAD with every GET."""
    answer = await call(library(), method, "/api/v1/books")

    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD, POST"
    assert answer.error["details"]["allowed_methods"] == ["GET", "HEAD", "POST"]


async def test_what_allow_promises_is_true():
    """Every method of ``Allow`` is answered with something else than 405."""
    app = library()
    for path in ("/api/v1/books", "/api/v1/books/1", "/healthz", "/oauth2/token"):
        refused = await call(app, "FOO", path)
        for method in refused.headers["allow"].split(", "):
            assert (await call(app, method, path, KEY)).status != 405


@pytest.mark.parametrize("path", ["/api/v1/books/", "/api/v1//books", "/api/v1/books\n", "books"])
async def test_a_path_is_taken_literally(path):
    """No redirect to another spelling: it would lose the body, and it is no contract answer."""
    answer = await call(library(), "GET", path, KEY)

    assert (answer.status, answer.error["code"]) == (404, "resource_not_found")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/books/%00",
        "/api/v1/books/\x00",
        "/api/v1/books/\udcff",
        "/api/v1/books/../../etc/passwd",
        "/api/v1/books/{book_id}",
        "/api/v1/books/\u202e",
        "*",
        "",
        "//",
        "/" + "a/" * 2000,
    ],
)
async def test_a_hostile_path_never_crashes(path):
    """Any path has an ordinary answer."""
    answer = await call(library(), "GET", path, KEY)

    assert answer.status == 404


async def test_the_probes_answer_outside_the_contract():
    """The document and the two probes need no key and count against no quota."""
    app = library()

    assert (await call(app, "GET", "/healthz")).json == {"status": "ok"}
    assert (await call(app, "GET", "/readyz")).json == {"status": "ready"}
    assert (await call(app, "GET", "/openapi.json")).json["openapi"] == "3.1.0"
    assert (await call(app, "POST", "/healthz")).headers["allow"] == "GET, HEAD"


async def test_an_api_that_is_not_ready_says_so():
    """The readiness probe is unavailable while the API cannot answer; the other one is not."""

    async def not_yet() -> bool:
        return False

    app = library(ready=not_yet)

    answer = await call(app, "GET", "/readyz")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert (await call(app, "GET", "/healthz")).status == 200


async def test_the_route_template_is_noted():
    """The exchange knows which path template was found, prefix included."""
    routes = []

    class Listener:
        def record(self, exchange) -> None:
            routes.append(exchange.route)

    app = library(recorder=Listener())
    await call(app, "GET", "/api/v1/books/1", KEY)
    await call(app, "GET", "/nowhere", KEY)

    assert routes == ["/api/v1/books/{book_id}", None]


async def test_options_reach_the_layer_around():
    """Options of `Failwell` are given where the API is built."""
    app = library(max_body=4)

    answer = await call(app, "DELETE", "/api/v1/books/1", KEY, body=b"12345")

    assert isinstance(app, Failwell)
    assert answer.error["details"][0]["code"] == "too_long"


async def test_the_api_starts_and_stops_with_the_server():
    """The lifespan is entered at start-up and left at shutdown."""
    steps = []

    @asynccontextmanager
    async def lifespan():
        steps.append("started")
        yield
        steps.append("stopped")

    events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive():
        return events.pop(0)

    async def send(message) -> None:
        steps.append(message["type"])

    await library(lifespan=lifespan)({"type": "lifespan"}, receive, send)

    assert steps == [
        "started",
        "lifespan.startup.complete",
        "stopped",
        "lifespan.shutdown.complete",
    ]


async def test_a_web_socket_is_turned_away():
    """There are none: the handshake is closed, not crashed."""
    sent = []

    async def send(message) -> None:
        sent.append(message["type"])

    await library()({"type": "websocket", "path": "/x", "headers": []}, None, send)

    assert sent == ["websocket.close"]


async def test_an_unavailable_handler_keeps_its_wait():
    """What a handler raises keeps its own numbers."""

    async def busy() -> bool:
        raise UnavailableError(reason="overload", retry_after=7)

    answer = await call(library(ready=busy), "GET", "/readyz")

    assert answer.headers["retry-after"] == "7"
