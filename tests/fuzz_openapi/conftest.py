"""A Connix to search, with callers that a search cannot lock out."""

import json
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.connix.connix_client import Connix
from tests.running_server import RunningServer

SETTINGS = (
    "window_seconds=2",
    "connix.per_minute=1000000",
    "connix.per_hour=1000000",
    # Longer than any search.
    "connix.access_token_seconds=86400",
)


@pytest.fixture(scope="module")
def connix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connix]:
    """A server of its own: a search leaves a thousand projects behind."""
    running = RunningServer(tmp_path_factory.mktemp("searched"), settings=SETTINGS)
    yield Connix(running.wait_until_ready())
    assert running.stop() == 0


@pytest.fixture(scope="module")
def stranger(connix: Connix) -> str:
    """An access token of another organization.

    A search lists API keys and revokes what it finds; the key it calls with has to belong
    to somebody else.
    """
    return connix.issue("--kind", "access-token", "--tenant", "Somebody Else")["secret"]


@pytest.fixture(scope="module")
def origin(connix: Connix) -> str:
    """Where the API answers, without the path."""
    return connix.known["base_url"].removesuffix("/api/v1")


@pytest.fixture(scope="module")
def published(origin: str) -> dict[str, Any]:
    """The OpenAPI document as the server gives it out."""
    with urllib.request.urlopen(f"{origin}/openapi.json") as response:
        return json.load(response)


@pytest.fixture(scope="module")
def strict(published: dict[str, Any]) -> dict[str, Any]:
    """The document without ``default`` responses, which would allow any status."""
    copy = json.loads(json.dumps(published))
    for path in copy["paths"].values():
        for operation in path.values():
            del operation["responses"]["default"]
    return copy


@pytest.fixture
def known(connix: Connix) -> dict[str, list[str]]:
    """Values that exist; most operations answer 404 or 401 to all others.

    Several of each, since a search also deletes what it finds, and codes are good once.
    """
    oauth, places = connix.oauth, [_project(connix) for _ in range(4)]
    return {
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


def _project(connix: Connix) -> str:
    return connix.project(f"Searched {uuid.uuid4().hex}")


def _agents(connix: Connix, project: str) -> list[str]:
    """A stopped agent and a running one, so that it can be both started and paused."""
    stopped, running = (
        connix.post(f"/projects/{project}/agents", {"name": name}).json["id"]
        for name in ("Stopped", "Running")
    )
    assert connix.post(f"/agents/{running}/start").status == 202
    return [stopped, running]
