"""The server behind an API: the bundled one, the operator's, and what both are called."""

import asyncio
import contextlib

import pytest

from failwell.core.exceptions import FailwellError, UpstreamError
from failwell.outbound.local_host import LocalAnswer, LocalHost
from failwell.outbound.upstream import Upstream


async def echo(request):
    """Tell what was asked."""
    if request.path == "/picture":
        return LocalAnswer(content=b"\x89PNG", media="image/png")
    if request.path == "/away":
        return LocalAnswer(status=503, content={"error": "away"})
    if request.path == "/slow":
        await asyncio.sleep(30)
    said = {"method": request.method, "path": request.path, "body": request.body.decode()}
    return LocalAnswer(content=said | {"type": request.headers.get("content-type")})


@pytest.fixture
async def host():
    """A small server on loopback."""
    made = LocalHost(echo)
    await made.start()
    yield made
    await made.close()


async def test_the_bundled_server_is_started_and_asked():
    """Without an address the bundled server answers, though loopback is private."""
    upstream = Upstream("archive", local=LocalHost(echo), deadline=5)
    await upstream.start()

    answer = await upstream.fetch(
        "/books?a=1", method="POST", headers={"Content-Type": "text/plain"}, body=b"hello"
    )
    picture = await upstream.fetch("/picture")
    away = await upstream.fetch("/away")
    await upstream.close()

    assert answer.json() == {
        "method": "POST",
        "path": "/books?a=1",
        "body": "hello",
        "type": "text/plain",
    }
    assert (picture.body, picture.headers["content-type"]) == (b"\x89PNG", "image/png")
    assert (away.status, away.json()) == (503, {"error": "away"})


async def test_the_operators_server_is_asked_at_its_address(host):
    """With an address nothing else is started, and a path is put behind it."""
    upstream = Upstream("archive", url=f"{host.url}/base/", local=LocalHost(echo), deadline=5)
    await upstream.start()

    below = (await upstream.fetch("/books")).json()["path"]
    itself = (await upstream.fetch()).json()["path"]
    await upstream.close()

    assert (below, itself) == ("/base/books", "/base/")


async def test_failures_have_its_name_and_nothing_else(host):
    """A server that is gone or slow is an upstream error under the name, without the address."""
    upstream = Upstream("archive", url=host.url, deadline=0.2)
    await upstream.start()
    with pytest.raises(UpstreamError) as slow:
        await upstream.fetch("/slow")
    await host.close()
    with pytest.raises(UpstreamError) as gone:
        await upstream.fetch("/books")
    await upstream.close()

    assert (slow.value.situation, gone.value.situation) == ("gateway_timeout", "bad_gateway")
    for error in (slow.value, gone.value):
        assert error.params["upstream"] == "archive"
        assert "127.0.0.1" not in str(error)


def test_there_must_be_something_to_ask():
    """Neither address nor bundled server is a mistake of the programmer."""
    with pytest.raises(FailwellError, match="archive: give its address"):
        Upstream("archive", deadline=1)


@pytest.mark.parametrize("request_bytes", [b"nonsense\r\n\r\n", b"GET\r\n\r\n", b"\xff" * 70_000])
async def test_what_is_no_http_ends_the_connection_and_not_the_server(host, request_bytes):
    """The next caller is answered."""
    port = int(host.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request_bytes)
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()

    upstream = Upstream("archive", url=host.url, deadline=5)
    await upstream.start()
    assert (await upstream.fetch("/books")).status == 200
    await upstream.close()
