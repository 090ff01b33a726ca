"""schemathesis, with every check on, finds nothing in Connix."""

import json
import uuid

import pytest

from tests.connix.connix_client import Connix
from tests.fuzz_openapi.search import PHASES, Search, assert_nothing_found, assert_reached

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(7200)]

API = "connix"
ONE_CALL = ("coverage", "fuzzing")
PEER_PHASES = ("fuzzing", "stateful")
SEMANTIC = ("createWebhook", "changeWebhook")
EARLY = ("startAgent", "pauseAgent", "stopAgent", "invokeAgent", "redeliver", "getRecovery")


@pytest.fixture(scope="module")
def connix(searched):
    """A caller of the Connix that is searched."""
    return Connix(searched)


@pytest.fixture(scope="module")
def stranger(connix):
    """An access token of another organization.

    A search lists API keys and revokes what it finds; the key it calls with has to belong
    to somebody else.
    """
    return connix.issue("--kind", "access-token", "--tenant", "Somebody Else")["secret"]


@pytest.fixture
def known(connix):
    """Values that exist; most operations answer 404 or 401 to all others.

    Several of each, since a search also deletes what it finds, and codes are good once.
    """
    oauth, places = connix.oauth, [_project(connix) for _ in range(4)]
    hooks = [_webhook(connix) for _ in range(2)]
    return {
        "path.webhook_id": hooks,
        "path.delivery_id": [_sample(connix, hook) for hook in hooks],
        "path.agent_id": [agent for place in places for agent in _agents(connix, place)],
        "path.project_id": places,
        "path.org_id": [connix.known["organization_id"]],
        "query.client_id": [oauth["client_id"]],
        "query.redirect_uri": [oauth["redirect_uri"]],
        "body.client_id": [oauth["client_id"]],
        "body.client_secret": [oauth["client_secret"]],
        "body.redirect_uri": [oauth["redirect_uri"]],
        "body.email": [connix.known["email"]],
        "body.password": [connix.known["password"]],
        "body.code": [connix.code() for _ in range(4)],
        "body.refresh_token": [connix.tokens()["refresh_token"] for _ in range(4)],
    }


@pytest.fixture
def own_auth(connix, stranger):
    """Each security scheme with a credential of its own, as the document declares them."""
    return {
        "auth.openapi.api_key": {"api_key": connix.key},
        "auth.openapi.bearer": {"bearer": stranger},
    }


@pytest.fixture
def peers(tmp_path, connix, stranger):
    """Two organizations that must not see each other's objects."""
    tokens = {"demo": connix.oauth["access_token"], "stranger": stranger}
    users = [
        {
            "name": name,
            "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {token}"}],
        }
        for name, token in tokens.items()
    ]
    file = tmp_path / "users.json"
    file.write_text(json.dumps({"auth": users}), "utf-8")
    return {"auth.wfc": {"path": str(file), "user": "demo", "peers": list(tokens)}}


def test_nothing_is_found_against_the_strict_document(
    tmp_path, connix, origin, strict, own_auth, known, fuzzing, seed
):
    """Without ``default`` responses, every status that comes is one the operation lists."""
    # The others pause and start, enable and disable what they share; these stay as they are.
    quiet = _webhook(connix)
    recovery = _recovery(connix, quiet)
    doomed = {
        "stopAgent": {"path.agent_id": _running_agents(connix, 6)},
        "getRecovery": {"path.webhook_id": [quiet], "path.recovery_id": [recovery]},
        "redeliver": {"path.delivery_id": [_sample(connix, quiet) for _ in range(4)]},
    }
    search = Search(
        tmp_path,
        base_url=origin,
        document=strict,
        auth=own_auth,
        known=known,
        doomed=doomed,
        semantic=SEMANTIC,
    )

    # First of all, for a search of everything soon deletes the agents and webhooks there are.
    early = search.run(examples=100 if fuzzing else 10, seed=seed, phases=ONE_CALL, only=EARLY)
    report = search.run(examples=1500 if fuzzing else 15, seed=seed)

    assert_nothing_found(early, phases=ONE_CALL)
    assert_nothing_found(report, semantic=True)
    assert report["operations"]["tested"] == sum(map(len, strict["paths"].values()))
    assert_reached(strict, connix.server, report)


def test_a_lie_in_the_document_is_found(tmp_path, origin, strict, own_auth):
    """A search that could find nothing would prove nothing: a status left out is reported."""
    lying = json.loads(json.dumps(strict))
    del lying["paths"]["/api/v1/hello"]["get"]["responses"]["400"]
    search = Search(tmp_path, base_url=origin, document=lying, auth=own_auth, known={})

    report = search.run(examples=5, seed=1, phases=("coverage",), only=("hello",))

    assert report["exit_code"] == 1
    assert "Documented: 200, 401, 429, 500, 503" in report["output"]


def test_nothing_is_found_against_the_published_document(
    tmp_path, origin, published, own_auth, known, fuzzing, seed
):
    """The document as it is given out fits too; what the strict one has shown is not repeated."""
    search = Search(
        tmp_path,
        base_url=origin,
        document=published,
        auth=own_auth,
        known=known,
        semantic=SEMANTIC,
    )
    phases = PHASES if fuzzing else ("fuzzing",)

    report = search.run(examples=300 if fuzzing else 3, seed=seed, phases=phases)

    assert_nothing_found(report, phases=phases, semantic=True)


def test_nothing_is_found_between_two_organizations(
    tmp_path, origin, strict, peers, known, fuzzing, seed
):
    """Whatever one organization reads is read again as the other one, and is not there."""
    search = Search(
        tmp_path, base_url=origin, document=strict, auth=peers, known=known, semantic=SEMANTIC
    )

    report = search.run(examples=300 if fuzzing else 8, seed=seed, phases=PEER_PHASES)

    assert_nothing_found(report, phases=PEER_PHASES, semantic=True)


def _webhook(connix):
    """A webhook that leads nowhere, and is not told of each of a search's many errors."""
    hook = {
        "url": "http://connix.invalid/hook",
        "events": ["error.occurred"],
        "filters": {"severity": ["critical"]},
    }
    return connix.post("/webhooks", hook).json["id"]


def _sample(connix, hook):
    return connix.post(f"/webhooks/{hook}/test").json["delivery_id"]


def _recovery(connix, hook):
    since = connix.get(f"/webhooks/{hook}").json["created_at"]
    return connix.post(f"/webhooks/{hook}/recover", {"since": since}).json["id"]


def _project(connix):
    return connix.project(f"Searched {uuid.uuid4().hex}")


def _agents(connix, project):
    """A stopped agent and a running one, so that it can be both started and paused."""
    stopped, running = (
        connix.post(f"/projects/{project}/agents", {"name": name}).json["id"]
        for name in ("Stopped", "Running")
    )
    assert connix.post(f"/agents/{running}/start").status == 202
    return [stopped, running]


def _running_agents(connix, count):
    place = _project(connix)
    return [_agents(connix, place)[1] for _ in range(count)]
