"""schemathesis, with every check on, finds nothing in Connix."""

import json
import random

import pytest

from tests.fuzz_openapi.search import Search, assert_nothing_found

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(7200)]

ONE_CALL = ("coverage", "fuzzing")
PEER_PHASES = ("fuzzing", "stateful")
AGENT_MOVES = ("startAgent", "pauseAgent", "stopAgent", "invokeAgent")


@pytest.fixture
def seed(fuzzing):
    """The same search in every quick run, another one in every long run."""
    return random.SystemRandom().randrange(2**32) if fuzzing else 1


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
    search = Search(tmp_path, base_url=origin, document=strict, auth=own_auth, known=known)

    # First of all, for a search of everything soon deletes the agents there are.
    early = search.run(
        examples=100 if fuzzing else 10, seed=seed, phases=ONE_CALL, only=AGENT_MOVES
    )
    report = search.run(examples=1500 if fuzzing else 25, seed=seed)

    assert_nothing_found(early, phases=ONE_CALL)
    assert_nothing_found(report)
    assert report["operations"]["tested"] == len(list(_operations(strict)))
    # It knocked at no closed doors: each operation did its work at least once.
    assert _good_answers(strict) - _answers(connix.server) == set(), report["output"]


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
    """The document as it is given out fits too."""
    search = Search(tmp_path, base_url=origin, document=published, auth=own_auth, known=known)

    assert_nothing_found(search.run(examples=300 if fuzzing else 3, seed=seed))


def test_nothing_is_found_between_two_organizations(
    tmp_path, origin, strict, peers, known, fuzzing, seed
):
    """Whatever one organization reads is read again as the other one, and is not there."""
    search = Search(tmp_path, base_url=origin, document=strict, auth=peers, known=known)

    report = search.run(examples=300 if fuzzing else 8, seed=seed, phases=PEER_PHASES)

    assert_nothing_found(report, phases=PEER_PHASES)


def _operations(document):
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield method.upper(), path, operation


def _good_answers(document):
    return {
        (method, path, int(status))
        for method, path, operation in _operations(document)
        for status in operation["responses"]
        if status[0] in "23"
    }


def _answers(server):
    return {
        (line.get("method"), line.get("route"), line.get("status")) for line in server.log_lines
    }
