"""A receiver of webhooks beside a test: real sockets, in a thread with a loop of its own."""

import asyncio
import contextlib
import json
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.webhooks.endpoint_host import OK, receive

__all__ = ["Arrival", "ReceivingThread", "receiving"]


class Arrival(NamedTuple):
    """One request as it arrived, before it was answered."""

    path: str
    webhook_id: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def request_id(self) -> str:
        return self.body["data"]["request_id"]


class ReceivingThread:
    """Answers 200 to everything after a while, except on paths that hang.

    Args:
        seconds: How long it takes for an answer.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.hanging: set[str] = set()
        self.arrived: list[Arrival] = []
        self.answered: list[Arrival] = []
        self.open = 0
        self.most_open: Counter[str] = Counter()
        self._open_by_path: Counter[str] = Counter()
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def answered_requests(self) -> set[str]:
        return {arrival.request_id for arrival in tuple(self.answered)}

    @property
    def again(self) -> int:
        """How many arrivals were not the first of their event at their endpoint."""
        arrived = tuple(self.arrived)
        return len(arrived) - len({(each.path, each.webhook_id) for each in arrived})

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(5)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    def _run(self) -> None:
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._converse, "127.0.0.1", 0, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
            while True:
                await self._answer(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received = await receive(reader)
        path = received.line.split(" ")[1]
        arrival = Arrival(path, received.headers["webhook-id"], received.headers, received.body)
        self.arrived.append(arrival)
        with self._counted(path):
            await asyncio.sleep(3600 if path in self.hanging else self.seconds)
            writer.write(OK)
            await writer.drain()
            self.answered.append(arrival)

    @contextlib.contextmanager
    def _counted(self, path: str) -> Iterator[None]:
        self.open += 1
        self._open_by_path[path] += 1
        self.most_open[path] = max(self.most_open[path], self._open_by_path[path])
        self.most_open[""] = max(self.most_open[""], self.open)
        try:
            yield
        finally:
            self.open -= 1
            self._open_by_path[path] -= 1


@contextlib.contextmanager
def receiving(*, seconds: float = 0.0) -> Iterator[ReceivingThread]:
    """Let a receiver listen until the block ends."""
    receiver = ReceivingThread(seconds)
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.close()
