"""Deadlines where no socket of ours is: bodies that are being made, transports of others."""

import time

import anyio
import httpx2

from failwell.core.exceptions import DeadlineExceededError
from tests.client.byte_server import json_reply, reply, serve
from tests.client.driving import driving, outcome

OK = json_reply(200, {"ok": True})


async def endless():
    """A body whose second piece never comes."""
    yield b"one"
    await anyio.sleep(30)


def test_client_n29_the_deadline_covers_a_body_that_is_never_made():
    """A task that makes the body too slowly ends with the call."""
    for world in ("asyncio", "trio"):
        with driving(world) as drive, serve(OK) as server:
            client = drive.client(server.url, deadline=0.3)
            started = time.monotonic()
            error = outcome(lambda client=client: client.put("/", content=endless()))

            assert time.monotonic() - started < 1.5
            assert isinstance(error, DeadlineExceededError)


def test_client_n29_the_deadline_covers_a_transport_that_knows_none():
    """Whatever sends the request, a call of a task ends at its deadline."""

    async def never(request: httpx2.Request) -> httpx2.Response:
        await anyio.sleep(30)
        return httpx2.Response(200)

    for world in ("asyncio", "trio"):
        with driving(world) as drive:
            client = drive.client(
                "http://api.test", transport=httpx2.MockTransport(never), deadline=0.3
            )
            error = outcome(lambda client=client: client.get("/"))

            assert isinstance(error, DeadlineExceededError)


def test_client_n72_a_response_knows_how_long_it_took(drive):
    """``elapsed`` is there, as httpx2 has it."""
    with serve(OK.after(0.1)) as server:
        answer = drive.client(server.url).get("/")

    assert 0.09 < answer.elapsed.total_seconds() < 5


def test_client_n45_an_empty_answer_is_no_page(drive):
    """Without a body there is nothing that could be HTML, whatever its type says."""
    for status in (200, 204):
        with serve(reply(status, b"", {"Content-Type": "text/html"})) as server:
            assert drive.client(server.url, contract="connix").delete("/").status_code == status
