"""One server for each API that is searched, and callers that a search cannot lock out."""

import json
import random
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import UNLIMITED
from tests.every_api.rows import ApiRow, row_of
from tests.running_server import RunningServer

SETTINGS = (
    *UNLIMITED,
    "window_seconds=2",
    # Longer than any search.
    "connix.access_token_seconds=86400",
    "apinizer.token_seconds=86400",
    # Far shorter than any search.
    "ixon.deadline=1",
    # Most of what a search does is an error, and each of its webhooks would hear of all of them.
    "webhooks.flood_per_minute=1",
)


@pytest.fixture
def seed(fuzzing: bool) -> int:
    """The same search in every quick run, another one in every long run."""
    return random.SystemRandom().randrange(2**32) if fuzzing else 1


@pytest.fixture(scope="module")
def api(request: pytest.FixtureRequest) -> ApiRow:
    """The API that the module searches."""
    return row_of(request.module.API)


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of its own: a search leaves a thousand things behind."""
    running = RunningServer(tmp_path_factory.mktemp("searched"), settings=SETTINGS)
    yield running.wait_until_ready()
    assert running.stop() == 0


@pytest.fixture(scope="module")
def origin(searched: RunningServer, api: ApiRow) -> str:
    """Where the API answers, without the path."""
    return f"http://127.0.0.1:{api.port(searched)}"


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
