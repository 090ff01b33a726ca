"""A server whose own upstream is an API: what that one says becomes what this one may say."""

import json
import uuid
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx2
import pytest

from failwell.client import AsyncClient, yielding_to
from failwell.client.auth import ApiKey
from failwell.core.contract import Contract
from failwell.core.exceptions import ConflictError, NotFoundError
from failwell.server import Failwell
from tests.calling import issue
from tests.client.byte_server import HANG, closed_port, serve
from tests.running_server import RunningServer

OURS = Contract.bundled("agenthuman")
QUOTA = 3

Work = Callable[[AsyncClient], Awaitable[Any]]


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A Connix with a small quota."""
    settings = (f"connix.per_minute={QUOTA}",)
    running = RunningServer(tmp_path_factory.mktemp("upstream"), settings=settings)
    yield running.wait_until_ready()
    running.stop()


@pytest.fixture
def secret(upstream: RunningServer) -> str:
    """A key of an organization of its own, which may only read."""
    flags = ("--tenant", f"Tenant {uuid.uuid4().hex}", "--scope", "projects:read")
    return str(issue(upstream, "connix", *flags)["secret"])


async def answered(base_url: str, secret: str, work: Work, **headers: str) -> httpx2.Response:
    """Ask a server of ours, with AgentHuman's contract, that does some work at Connix."""

    async def handler(scope: Any, receive: Any, send: Any) -> None:
        fields = {name.decode(): value.decode() for name, value in scope["headers"]}
        auth = ApiKey(secret)
        async with AsyncClient(base_url, contract="connix", auth=auth, deadline=1.0) as connix:
            with yielding_to(fields):
                await work(connix)

    transport = httpx2.ASGITransport(Failwell(handler, OURS))
    async with httpx2.AsyncClient(transport=transport, base_url="http://ours.example") as caller:
        return await caller.get("/work", headers=headers)


async def test_its_refusal_is_not_ours(upstream: RunningServer, secret: str) -> None:
    """A 403 of the upstream is our 502: our caller has done nothing wrong, and learns no more."""
    answer = await answered(
        upstream.connix["base_url"],
        secret,
        lambda connix: connix.post("projects", json={"name": "Not allowed"}),
    )

    assert answer.status_code == 502
    read = OURS.decode(answer.status_code, answer.headers, answer.content)
    assert (read.fault.code, read.deviations) == ("bad_gateway", ())
    assert "scope" not in answer.text
    assert secret not in answer.text


async def test_its_limit_is_passed_on_as_a_wait(upstream: RunningServer, secret: str) -> None:
    """A 429 of the upstream, too long to wait for, is our 503 with the same Retry-After."""

    async def often(connix: AsyncClient) -> None:
        for _ in range(QUOTA + 1):
            await connix.get("projects")

    answer = await answered(upstream.connix["base_url"], secret, often)

    assert answer.status_code == 503
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert json.loads(answer.content)["error"]["code"] == "service_unavailable"


async def test_its_absence_is_a_bad_gateway() -> None:
    """Nobody listens: our 502, in our envelope, and no address of ours behind in it."""
    url = f"http://127.0.0.1:{closed_port()}"

    answer = await answered(url, "cx_0", lambda connix: connix.get("projects"))

    assert answer.status_code in (502, 503)
    assert OURS.decode(answer.status_code, answer.headers, answer.content).deviations == ()


async def test_its_silence_is_a_gateway_timeout() -> None:
    """It never answers: our own deadline ends the call, as what AgentHuman calls that."""
    with serve(HANG) as silent:
        answer = await answered(silent.url, "cx_0", lambda connix: connix.get("projects"))

    # AgentHuman's page knows no 504: a timeout of what is behind it is a bad gateway there.
    assert answer.status_code == 502


async def test_a_handler_may_say_what_an_error_means_here(
    upstream: RunningServer, secret: str
) -> None:
    """Who expects an error catches it, and raises what it means to our own caller."""

    async def translating(connix: AsyncClient) -> None:
        try:
            await connix.get("projects/proj_0000000000000000")
        except NotFoundError as error:
            raise ConflictError(resource_type="project", field="project") from error

    answer = await answered(upstream.connix["base_url"], secret, translating)

    assert answer.status_code == 409


async def test_a_request_we_make_wrongly_is_not_our_callers_fault(
    upstream: RunningServer, secret: str
) -> None:
    """What the check before sending refuses is no 400 for who has asked us for something else."""
    base_url = upstream.connix["base_url"]

    async def wrongly(connix: AsyncClient) -> None:
        address = base_url.removesuffix("/api/v1") + "/openapi.json"
        document = (await connix.get(address)).json()
        async with AsyncClient(base_url, contract="connix", openapi=document) as checked:
            await checked.post("projects", json={"name": ""})

    answer = await answered(base_url, secret, wrongly)

    assert answer.status_code >= 500
    assert "name" not in answer.text


async def test_retries_belong_to_one_layer(upstream: RunningServer, secret: str) -> None:
    """A caller that is repeating already says so, and our client leaves the repeating to it."""
    start = len(upstream.log_lines)

    async def often(connix: AsyncClient) -> None:
        for _ in range(QUOTA + 1):
            await connix.get("projects", deadline=200.0)

    answer = await answered(upstream.connix["base_url"], secret, often, **{"X-Retry-Count": "1"})

    assert answer.status_code == 503
    statuses = [line["status"] for line in upstream.log_lines[start:] if line.get("status")]
    assert statuses == [200] * QUOTA + [429]
