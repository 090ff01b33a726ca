"""Many calls, tokens that end all the time, and calls that are cancelled at any moment."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from failwell.client import AsyncClient, Client
from failwell.client.auth import OAuth2
from failwell.core.exceptions import FaultError
from failwell.resilience.policy import RetryPolicy
from tests.client.driving import driving
from tests.client.token_server import CLIENT_SECRET, FIRST_REFRESH_TOKEN, TokenServer

QUICK = RetryPolicy(base=0.01, throttle_base=0.01, cap=0.05)
SECONDS = 1.5


def log_in(server, **how):
    return OAuth2(server.token_url, "app", CLIENT_SECRET, FIRST_REFRESH_TOKEN, **how)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_client_n52_calls_cancelled_at_any_moment_never_reuse_a_refresh_token(backend):
    """Rotation and random cancellations: nobody is locked out, and each token was stored."""
    stored, done = [], []

    async def call(client, chance):
        with anyio.move_on_after(chance.random() * chance.choice([0.02, 0.05, 0.5])):
            await client.get("/x")
            done.append(1)

    async def store(tokens):
        await anyio.sleep(0.002)
        stored.append(tokens.refresh_token)

    async def main():
        chance = random.Random(7)
        ends = time.monotonic() + SECONDS
        auth = log_in(server, on_tokens=store)
        async with AsyncClient(server.url, auth=auth, retry=QUICK, deadline=5) as client:
            while time.monotonic() < ends:
                server.end_tokens()
                async with anyio.create_task_group() as group:
                    for _ in range(10):
                        group.start_soon(call, client, chance)
            for _ in range(10):
                assert (await client.get("/last")).status_code == 200

    with TokenServer(delay=0.005) as server:
        anyio.run(main, backend=backend)

    assert server.reused == []
    assert server.issued > 5
    assert done
    assert stored == [f"planted-refresh-{number}" for number in range(1, server.issued + 1)]


def test_client_n50_threads_and_tasks_share_a_token_that_ends_all_the_time():
    """Three clients, many threads, short deadlines: no refresh token is used twice."""
    stop = threading.Event()
    good = []

    def work(client, seed):
        chance = random.Random(seed)
        while not stop.is_set():
            try:
                client.get("/x", deadline=chance.choice([0.01, 0.05, 5.0]))
                good.append(1)
            except FaultError as error:
                assert error.code in (None, "token_refused", "deadline_exceeded"), error
                assert "invalid_grant" not in str(error)

    with TokenServer(delay=0.01) as server, driving("asyncio") as one, driving("trio") as two:
        auth = log_in(server)
        others = [world.client(server.url, auth=auth, retry=QUICK) for world in (one, two)]
        with (
            Client(server.url, auth=auth, retry=QUICK) as client,
            ThreadPoolExecutor(12) as pool,
        ):
            working = [pool.submit(work, [client, *others][n % 3], n) for n in range(12)]
            ends = time.monotonic() + SECONDS
            while time.monotonic() < ends:
                time.sleep(0.03)
                server.end_tokens()
            stop.set()
            for each in working:
                each.result()
            assert client.get("/last").status_code == 200

    assert server.reused == []
    assert server.issued > 5
    assert good
