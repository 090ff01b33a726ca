"""Whole stories of people who call Connix, over real sockets, from the error to the way out."""

import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import quote

import pytest

from tests.connix.connix_client import Connix
from tests.running_server import RunningServer

QUOTA = 10
SETTINGS = (
    "window_seconds=2",
    f"connix.per_minute={QUOTA}",
    "connix.access_token_seconds=2",
)


@pytest.fixture(scope="module")
def connix(tmp_path_factory):
    """A server where quotas and tokens end soon."""
    running = RunningServer(tmp_path_factory.mktemp("journeys"), settings=SETTINGS)
    yield Connix(running.wait_until_ready())
    assert running.stop() == 0


@pytest.fixture
def key(connix):
    """A key of an organization of its own, so that no story disturbs another."""
    return connix.issue("--tenant", f"Tenant {uuid.uuid4().hex}")["secret"]


def test_a_name_that_is_taken(connix, key):
    """The conflict names what is in the way; who follows it finds the project and changes it."""
    wanted = {"name": "My Project", "enabled_tools": ["code_execution"]}
    first = connix.post("/projects", {"name": "My Project"}, key=key)
    assert first.status == 201

    refused = connix.post("/projects", wanted, key=key)
    assert (refused.status, refused.code) == (409, "resource_conflict")
    conflict = refused.details
    assert conflict == {
        "resource_type": "project",
        "conflicting_field": "name",
        "conflicting_value": "My Project",
    }

    found = connix.get(f"/projects?search={quote(conflict['conflicting_value'])}", key=key)
    [existing] = found.json["projects"]
    assert existing["id"] == first.json["id"]

    changed = connix.patch(f"/projects/{existing['id']}", wanted, key=key)
    assert changed.status == 200
    assert changed.json["enabled_tools"] == ["code_execution"]
    assert connix.post("/projects", {"name": "Another Project"}, key=key).status == 201
    assert connix.get("/projects", key=key).json["pagination"]["total"] == 2


def test_a_token_that_expires(connix):
    """The expired token says so; its refresh token buys a new one, and the same call succeeds."""
    tokens = connix.tokens()
    answer = connix.get("/projects", token=tokens["access_token"])
    assert answer.status == 200

    end = time.monotonic() + 15
    while answer.status == 200:
        assert time.monotonic() < end, "the token never expired"
        time.sleep(0.4)
        answer = connix.get("/projects", token=tokens["access_token"])
    assert (answer.status, answer.code) == (401, "expired_token")
    expiry = answer.details.removeprefix("Token expired at ")
    assert expiry <= answer.error["timestamp"]

    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    renewed = connix.trade(**refresh)
    assert renewed.status == 200
    assert connix.get("/projects", token=renewed.json["access_token"]).status == 200

    # Rotation: the used one is worth nothing any more.
    assert connix.trade(**refresh).status in (400, 401)


def test_a_burst_that_is_too_large(connix, key):
    """Thirty calls at once: some are refused, all wait as told, and in the end all succeed."""
    together = Barrier(3 * QUOTA)

    def call(number):
        together.wait(10)
        return patiently(connix.post, "/projects", {"name": f"Burst {number}"}, key=key)

    with ThreadPoolExecutor(3 * QUOTA) as pool:
        outcomes = list(pool.map(call, range(3 * QUOTA)))

    assert Counter(answers[-1].status for answers in outcomes) == {201: 3 * QUOTA}
    assert sum(len(answers) > 1 for answers in outcomes) >= QUOTA
    for refused in (answer for answers in outcomes for answer in answers[:-1]):
        wait = int(refused.headers["Retry-After"])
        assert refused.details == {"limit": QUOTA, "window": "2 seconds", "retry_after": wait}
        assert refused.headers["X-RateLimit-Remaining"] == "0"
    listed = patiently(connix.get, "/projects?limit=1", key=key)[-1]
    assert listed.json["pagination"]["total"] == 3 * QUOTA


def patiently(send, *what, **how):
    """Send again as long as 429 says when, and return all answers, the last one last."""
    answers = [send(*what, **how)]
    end = time.monotonic() + 30
    while answers[-1].status == 429:
        assert time.monotonic() < end, "it was never its turn"
        time.sleep(int(answers[-1].headers["Retry-After"]))
        answers.append(send(*what, **how))
    return answers
