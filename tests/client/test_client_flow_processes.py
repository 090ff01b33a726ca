"""One client in several event loops, threads and processes."""

import asyncio
import os
import subprocess
import sys
import threading

import pytest

from failwell.client import AsyncClient, Client
from failwell.core.exceptions import FailwellError
from tests.client.byte_server import json_reply, serve

OK = json_reply(200, {"ok": True})


def test_client_n69_a_second_event_loop_is_refused_in_words():
    """Connections of one loop are never used in another; the error says what to do."""
    with serve(OK) as server:
        client = AsyncClient(server.url)

        async def once():
            return await client.get("/")

        async def at_last():
            with pytest.raises(FailwellError, match="another event loop"):
                await client.get("/")

        first = asyncio.new_event_loop()
        try:
            first.run_until_complete(once())
            asyncio.run(at_last())
            first.run_until_complete(client.aclose())
        finally:
            first.close()


def test_client_n69_a_closed_client_may_be_used_in_another_loop():
    """After ``aclose`` nothing ties it to its loop."""
    with serve(OK) as server:
        client = AsyncClient(server.url)

        async def once():
            async with client:
                return (await client.get("/")).status_code

        assert asyncio.run(once()) == 200
        assert asyncio.run(once()) == 200


FORKING = """
import os, sys, threading
from failwell.client import Client
from failwell.resilience.policy import RetryPolicy

client = Client(sys.argv[1], retry=RetryPolicy(base=0.01))
assert client.get("/parent").status_code == 200
child = os.fork()
if child == 0:
    codes = []
    for _ in range(3):
        codes.append(client.get("/child").status_code)
    client.close()
    os._exit(0 if codes == [200] * 3 else 1)
for _ in range(3):
    assert client.get("/parent").status_code == 200
assert os.waitpid(child, 0)[1] == 0
client.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_client_n69_a_client_is_usable_after_a_fork():
    """Parent and child never read each other's answers: the child makes connections of its own."""
    with serve(OK) as server:
        done = subprocess.run(
            [sys.executable, "-W", "error::ResourceWarning", "-c", FORKING, server.url],
            capture_output=True,
            text=True,
            timeout=30,
        )

        assert (done.returncode, done.stderr) == (0, "")
        of = {seen.target: set() for seen in server.requests}
        for seen in server.requests:
            of[seen.target].add(seen.connection)
        assert of["/parent"].isdisjoint(of["/child"])


def test_client_n69_threads_share_a_client():
    """Many threads, one client, every answer to whom it belongs."""

    def answer(seen):
        return json_reply(200, {"target": seen.target})

    from tests.client.byte_server import ByteServer

    wrong = []
    with ByteServer(answer) as server, Client(server.url) as client:

        def work(name):
            for number in range(20):
                target = f"/{name}/{number}"
                if client.get(target).json()["target"] != target:
                    wrong.append(target)

        threads = [threading.Thread(target=work, args=(name,)) for name in "abcdefgh"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
