"""A real server, killed and starved: what was acknowledged is told, and hardly twice."""

import contextlib
import http.client
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.conftest import UNLIMITED
from tests.connix.connix_client import Connix
from tests.faults.other_process import held, room_for
from tests.running_server import RunningServer
from tests.webhooks.receiving_thread import ReceivingThread, receiving

ERRORS = 2_000
KILLS = (0.25, 0.5, 0.75)
IN_FLIGHT = 50
CALLERS = 6
# Requests that fail, each on a route of its own, so that each error has one subscriber.
FAILING = {
    "/projects/{project_id}": ("GET", "/projects/proj_0000000000000000", None),
    "/agents/{agent_id}": ("GET", "/agents/agent_0000000000000000", None),
    "/projects": ("POST", "/projects", {"name": ""}),
    "/webhooks/{webhook_id}": ("GET", "/webhooks/whk_0000000000000000", None),
    "/projects/{project_id}/agents": ("GET", "/projects/proj_0000000000000000/agents", None),
}

Eventually = Callable[..., object]


@pytest.fixture
def eventually() -> Eventually:
    """Wait until the answer is true; fail when that takes too long."""

    def wait(question: Callable[[], object], *, within: float = 60.0) -> None:
        waiting = threading.Event()
        for _ in range(int(within / 0.02)):
            if question():
                return
            waiting.wait(0.02)
        pytest.fail("it never happened")

    return wait


class Site:
    """A server that is started again and again on the same files and the same port."""

    def __init__(self, data: Path) -> None:
        self.settings = (*UNLIMITED, "outbound.allow=127.0.0.1/32")
        self.server = RunningServer(data, settings=self.settings).wait_until_ready()

    @property
    def database(self) -> Path:
        return self.server.data / "failwell.db"

    def kill(self) -> None:
        self.server.kill()

    def start(self) -> None:
        self.server = RunningServer(
            self.server.data, settings=self.settings, port=self.server.port
        ).wait_until_ready()

    def connix(self) -> Connix:
        return Connix(self.server)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server that these tests kill, and starve, one after the other."""
    site = Site(tmp_path_factory.mktemp("crash"))
    yield site
    site.server.stop()


class Callers:
    """Cause errors over kept-alive connections until so many were acknowledged."""

    def __init__(self, connix: Connix, errors: int) -> None:
        self.acknowledged: set[str] = set()
        self._connix = connix
        self._left = errors
        self._turns = itertools.cycle(FAILING.values())
        self._lock = threading.Lock()
        self._wait = threading.Event()

    def call(self) -> None:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._connix.port)) as line:
            while (turn := self._take()) is not None:
                try:
                    self.acknowledged.add(self._cause(line, *turn))
                except (OSError, http.client.HTTPException):
                    # Nobody said that this one happened: another one instead.
                    line.close()
                    self._give_back()
                    self._wait.wait(0.05)

    def _cause(self, line, method, path, body) -> str:
        fields = {"X-API-Key": self._connix.key, "Content-Type": "application/json"}
        line.request(method, self._connix.prefix + path, body and json.dumps(body), fields)
        answer = line.getresponse()
        answer.read()
        assert answer.status in {400, 404}
        return answer.headers["X-Request-ID"]

    def _take(self):
        with self._lock:
            if self._left == 0:
                return None
            self._left -= 1
            return next(self._turns)

    def _give_back(self) -> None:
        with self._lock:
            self._left += 1


@contextlib.contextmanager
def calling(connix: Connix, errors: int) -> Iterator[Callers]:
    """Let callers cause errors beside the block; at its end all of them were acknowledged."""
    callers = Callers(connix, errors)
    with ThreadPoolExecutor(CALLERS) as pool:
        running = [pool.submit(callers.call) for _ in range(CALLERS)]
        yield callers
        for each in running:
            each.result()
    assert len(callers.acknowledged) == errors


@contextlib.contextmanager
def subscribed(connix: Connix, receiver: ReceivingThread) -> Iterator[dict[str, Webhook]]:
    """One webhook for each kind of error until the block ends; path -> what verifies it."""
    verifiers, ids = {}, []
    for number, route in enumerate(FAILING):
        path = f"/hook/{number}"
        hook = {
            "url": receiver.url(path),
            "events": ["error.occurred"],
            "filters": {"endpoint": [connix.prefix + route]},
        }
        answer = connix.post("/webhooks", hook)
        assert answer.status == 201, answer.body
        ids.append(answer.json["id"])
        verifiers[path] = Webhook(answer.json["secret"])
    yield verifiers
    for webhook_id in ids:
        assert connix.delete(f"/webhooks/{webhook_id}").status == 204


def test_webhooks_w34_what_operators_allow_is_logged_at_start(site: Site) -> None:
    """Whoever reads the log sees which private networks this server calls."""
    (line,) = [each for each in site.server.log_lines if each["event"] == "outbound_allow"]

    assert "127.0.0.1/32" in line["networks"]


def test_webhooks_w31_the_servers_own_ports_are_no_targets(site: Site) -> None:
    """Though loopback is allowed, no webhook leads back to this server: neither API nor console."""
    for port in range(site.server.port, site.server.port + 6):
        hook = {"url": f"http://127.0.0.1:{port}/hook", "events": ["error.occurred"]}

        assert site.connix().post("/webhooks", hook).status == 400


def test_webhooks_w15_killed_at_25_50_75_percent_nothing_is_lost(
    site: Site, eventually: Eventually
) -> None:
    """Killed three times amid 2,000 deliveries: all are told, few of them twice (W16)."""
    in_flight = []
    with receiving(seconds=0.1) as receiver, subscribed(site.connix(), receiver) as verifiers:
        with calling(site.connix(), ERRORS) as callers:
            for share in KILLS:
                eventually(
                    lambda share=share: len(receiver.answered) >= ERRORS * share and receiver.open
                )
                in_flight.append(receiver.open)
                site.kill()
                site.start()
        eventually(lambda: callers.acknowledged <= receiver.answered_requests())
        eventually(lambda: receiver.open == 0)

        again = receiver.again
        print(f"{len(receiver.arrived)} arrivals, {again} again; in flight at kills: {in_flight}")
        assert again <= IN_FLIGHT * len(KILLS)
        for arrival in receiver.arrived[::20]:
            verifiers[arrival.path].verify(arrival.raw, arrival.headers)


def test_webhooks_w16_without_a_crash_nothing_comes_twice(
    site: Site, eventually: Eventually
) -> None:
    """As long as nothing breaks, each event comes once, and never more at once than allowed."""
    errors = 300
    with receiving(seconds=0.02) as receiver, subscribed(site.connix(), receiver):
        with calling(site.connix(), errors) as callers:
            pass
        eventually(lambda: callers.acknowledged <= receiver.answered_requests())
        eventually(lambda: pending(site.connix()) == 0)

        assert (len(receiver.arrived), receiver.again) == (errors, 0)
        assert receiver.most_open[""] <= IN_FLIGHT
        assert all(receiver.most_open[f"/hook/{number}"] <= 10 for number in range(len(FAILING)))


def pending(connix: Connix) -> int:
    """How many deliveries still wait, as their owner sees it."""
    hooks = connix.get("/webhooks").json["webhooks"]
    pages = [connix.get(f"/webhooks/{each['id']}/deliveries?state=pending") for each in hooks]
    return sum(len(page.json["deliveries"]) for page in pages)


def test_webhooks_w15_errors_of_a_held_file_survive_a_kill(
    site: Site, eventually: Eventually
) -> None:
    """failwell.db is held, errors are acknowledged, the server is killed: all are told later."""
    errors = 60
    with receiving() as receiver, subscribed(site.connix(), receiver):
        with held(site.database):
            with calling(site.connix(), errors) as callers:
                pass
            assert not receiver.arrived
            site.kill()
        site.start()

        eventually(lambda: callers.acknowledged <= receiver.answered_requests())
        assert receiver.again == 0


@pytest.mark.parametrize("trouble", ["held", "full"])
def test_webhooks_w16_trouble_amid_deliveries_costs_few_duplicates(
    site: Site, eventually: Eventually, trouble: str
) -> None:
    """Outcomes that cannot be stored are stored later: nothing is lost, and nobody helps."""
    errors = 400
    with receiving(seconds=0.02) as receiver, subscribed(site.connix(), receiver):
        with calling(site.connix(), errors) as callers:
            eventually(lambda: len(receiver.answered) >= errors // 4)
            with held(site.database) if trouble == "held" else room_for(site.server, 0):
                # Longer than a writer waits for the file.
                threading.Event().wait(2.5)
        eventually(lambda: callers.acknowledged <= receiver.answered_requests())

        print(f"{trouble}: {receiver.again} again")
        assert receiver.again <= IN_FLIGHT
