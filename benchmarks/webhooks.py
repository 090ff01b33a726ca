"""How fast webhooks are delivered, against a bare loop that posts the same bodies."""

import asyncio
import contextlib
import itertools
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import aiohttp
import msgspec

from benchmarks.load import pin
from benchmarks.result import Result
from failwell.core.clock import SystemClock
from failwell.outbound.address import AddressGuard
from failwell.outbound.attempt import AttemptSender
from failwell.outbound.target import TargetRules
from failwell.security.encryption import Vault
from failwell.stores.database import Database
from failwell.stores.endpoints import Endpoint
from failwell.stores.endpoints_sql import SqlEndpointStore
from failwell.stores.outbox import Delivery, NewDelivery, Outcome
from failwell.stores.outbox_sql import SqlOutboxStore
from failwell.stores.tables import MIGRATIONS
from failwell.webhooks.courier import Courier
from failwell.webhooks.dispatcher import Dispatcher
from failwell.webhooks.payload import Event, standard
from failwell.webhooks.policy import DispatchPolicy
from failwell.webhooks.secret import first_secret
from failwell.webhooks.sending import Sender
from failwell.webhooks.steady_clock import SteadyClock
from failwell.webhooks.tally import Tally

__all__ = ["KEPT", "Speed", "measure", "results"]

KEPT = 0.6
"""Least share of the bare posts per second that is left."""

_IN_FLIGHT = 50
_ENDPOINTS = 10
_LONGEST = 60.0
_ROOT = Path(__file__).parent.parent


class Speed(msgspec.Struct, frozen=True):
    """What one way of posting achieved, each the best of its turns."""

    per_second: float
    """Posts a second."""

    cpu: float
    """Processor seconds a post, of every thread.

    What else runs on the machine cannot change it much, so promises are held against this.
    """

    def or_better(self, other: "Speed | None") -> "Speed":
        """The best of both."""
        if other is None:
            return self
        return Speed(max(self.per_second, other.per_second), min(self.cpu, other.cpu))


async def measure(*, turns: int = 8, posts: int = 1_000) -> dict[str, Speed]:
    """Post so many bodies in each of the two ways, in turns.

    Both ways run in this process and post to the same receiver; ``deliveries`` claims from an
    outbox on disk, signs, checks the target, and stores every attempt.
    """
    best: dict[str, Speed] = {}
    with _switching(0.0005):
        async with _receiver() as url, _Outbox.opened(url) as outbox:
            bare = _Bare(url)
            ways = {"bare": bare.turn, "deliveries": outbox.turn}
            # The first turn warms up.
            for turn in range(turns + 1):
                for name, way in ways.items():
                    speed = await way(posts)
                    if turn:
                        best[name] = speed.or_better(best.get(name))
            await bare.close()
    return best


@contextlib.contextmanager
def _switching(seconds: float) -> Iterator[None]:
    """Let threads take turns as often as those of ``failwell serve``."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(seconds)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


async def results() -> AsyncIterator[Result]:
    """Compare deliveries with a bare loop."""
    speeds = await measure()
    bare, ours = speeds["bare"], speeds["deliveries"]
    rates = f"{ours.per_second:,.0f} against {bare.per_second:,.0f} a second"
    costs = f"{ours.cpu * 1e6:.0f} against {bare.cpu * 1e6:.0f} us of processor"
    share = ours.per_second / bare.per_second
    yield Result(
        name="signed deliveries against bare posts",
        value=bare.cpu / ours.cpu,
        at_least=KEPT,
        note=f"{costs}; {rates} ({share:.2f})",
    )


class _Bare:
    """As many posts at once, each read to its end, and nothing else."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._body = _body("req_0000000000000000")
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=_IN_FLIGHT))

    async def turn(self, posts: int) -> Speed:
        left = iter(range(posts))
        return await _timed(posts, lambda: asyncio.gather(*map(self._post, [left] * _IN_FLIGHT)))

    async def _post(self, left: Sequence[int]) -> None:
        headers = {"content-type": "application/json"}
        for _ in left:
            async with self._session.post(self._url, data=self._body, headers=headers) as answer:
                await answer.read()

    async def close(self) -> None:
        await self._session.close()


class _Outbox:
    """An outbox on disk and a dispatcher, as a server has them."""

    def __init__(self, database: Database, post: AttemptSender, url: str) -> None:
        self._vault = Vault(random.randbytes(32))
        self._endpoints = SqlEndpointStore(database)
        self._outbox = SqlOutboxStore(database, endpoints=self._endpoints)
        self._post = post
        self._url = url
        self._numbers = itertools.count()

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(cls, url: str) -> AsyncIterator["_Outbox"]:
        with tempfile.TemporaryDirectory() as directory:
            database = Database(Path(directory, "failwell.db"), migrations=MIGRATIONS)
            post = AttemptSender(TargetRules(guard=AddressGuard(["127.0.0.1"], strict=True)))
            with database:
                database.migrate()
                outbox = cls(database, post, url)
                for number in range(_ENDPOINTS):
                    await outbox.add_endpoint(f"whk_{number:016x}")
                yield outbox
            await post.close()

    async def add_endpoint(self, endpoint_id: str) -> None:
        now = time.time()
        _, secret = first_secret(self._vault, endpoint_id=endpoint_id)
        endpoint = Endpoint(
            id=endpoint_id,
            api=None,
            tenant=None,
            url=f"{self._url}/{endpoint_id}",
            events=("error.occurred",),
            filters={},
            secrets=(secret,),
            created_at=now,
            updated_at=now,
        )
        await self._endpoints.add(endpoint)

    async def turn(self, posts: int) -> Speed:
        await self._outbox.enqueue([self._delivery(next(self._numbers)) for _ in range(posts)])
        courier, dispatcher = self._dispatcher()

        courier.tally = goal = _Goal(posts)

        async def deliver() -> None:
            await dispatcher.start()
            async with asyncio.timeout(_LONGEST):
                await goal.reached.wait()

        try:
            return await _timed(posts, deliver)
        finally:
            await dispatcher.close()

    def _dispatcher(self) -> tuple[Courier, Dispatcher]:
        clock, policy = SystemClock(), DispatchPolicy(in_flight=_IN_FLIGHT)
        sender = Sender(self._post, sealer=self._vault, clock=clock, connect=5.0, total=15.0)
        courier = Courier(
            self._outbox,
            self._endpoints,
            sender,
            clock=clock,
            steady=SteadyClock(clock),
            policy=policy,
            random=random.random,
        )
        return courier, Dispatcher(courier, policy=policy)

    def _delivery(self, number: int) -> NewDelivery:
        return NewDelivery(
            id=f"dlv_{number:016x}",
            event_id=f"msg_{number:032x}",
            endpoint_id=f"whk_{number % _ENDPOINTS:016x}",
            api="connix",
            tenant=None,
            event_type="error.occurred",
            body=_body(f"req_{number:016x}"),
            created_at=time.time(),
            request_id=f"req_{number:016x}",
            code="internal_error",
            status=500,
            severity="high",
            route="/api/v1/projects/{project_id}",
        )


class _Goal(Tally):
    """Tells when so many were delivered and stored as such."""

    def __init__(self, posts: int) -> None:
        super().__init__()
        self.reached = asyncio.Event()
        self._posts = posts

    def note(self, outcome: Outcome, delivery: Delivery) -> None:
        super().note(outcome, delivery)
        if self.finished["delivered"] == self._posts:
            self.reached.set()


def _body(request_id: str) -> bytes:
    return standard(
        Event(
            id="msg_0000000000000000",
            type="error.occurred",
            at=1_705_335_600.0,
            api="connix",
            route="/api/v1/projects/{project_id}",
            code="internal_error",
            status=500,
            severity="high",
            message="Database connection failed",
            affected=("proj_1234567890abcdef",),
            user_id="user_1234567890abcdef",
            request_id=request_id,
        )
    )


async def _timed(posts: int, work: Callable[[], Awaitable[object]]) -> Speed:
    begun, cpu = time.perf_counter(), time.process_time()
    await work()
    seconds = time.perf_counter() - begun
    return Speed(posts / seconds, (time.process_time() - cpu) / posts)


@contextlib.asynccontextmanager
async def _receiver() -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.webhook_receiver", stdout=subprocess.PIPE, cwd=_ROOT
    )
    assert process.stdout is not None
    try:
        pin(process.pid, 1)
        yield f"http://127.0.0.1:{int(await process.stdout.readline())}"
    finally:
        process.terminate()
        await process.wait()
