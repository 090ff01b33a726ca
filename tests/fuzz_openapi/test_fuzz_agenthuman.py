"""schemathesis, with every check on, finds nothing in AgentHuman."""

import base64
import io

import pytest
from PIL import Image

from tests.calling import issue
from tests.fuzz_openapi.documents import with_examples
from tests.fuzz_openapi.search import Search, assert_nothing_found, assert_reached

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(7200)]

API = "agenthuman"
ONE_CALL = ("coverage", "fuzzing")
KEY_END = ["deleteApiKey"]


@pytest.fixture
def known(searched, api):
    """What exists: an agent, sessions in each state, avatars."""
    demo, caller = searched.credentials[API], api.caller(searched)
    agent = caller.post("/agents", api.body(demo, "Searched")).json["agent"]["agent_id"]
    made = [caller.post("/sessions", {"agent_id": agent}).json for _ in range(4)]
    sessions = [each["session"]["session_id"] for each in made]
    return {
        "path.agent_id": [agent],
        "path.session_id": sessions,
        "path.avatar_id": [demo["avatar_id"]],
        "body.role_id": [demo["role_id"]],
        "body.avatar_id": [demo["avatar_id"]],
        "body.agent_id": [agent],
    }


@pytest.fixture
def document(strict):
    """The document, with a picture that really is one."""
    picture = io.BytesIO()
    Image.effect_noise((256, 256), 64).convert("RGB").save(picture, "PNG")
    face = {"image_base64": base64.b64encode(picture.getvalue()).decode()}
    return with_examples(strict, {"uploadFace": face})


@pytest.fixture
def doomed_keys(searched):
    """Keys of the one who deletes keys."""
    return [issue(searched, API, "--tenant", "Somebody Else")["id"] for _ in range(2)]


@pytest.fixture
def search(tmp_path, origin, document, known, doomed_keys):
    """Searches as somebody with a key."""

    def search(key, **how):
        made = Search(
            tmp_path,
            base_url=origin,
            document=document,
            auth={"auth.openapi.api_key": {"api_key": key}},
            known=known,
            doomed={"deleteApiKey": {"path.key_id": doomed_keys}},
            fetching=["uploadFace"],
        )
        return made.run(**how)

    return search


def test_nothing_is_found(searched, search, document, fuzzing, seed):
    """Every status that comes is one the operation lists, and each operation did its work."""
    examples = 1500 if fuzzing else 8

    report = search(searched.credentials[API]["api_key"], examples=examples, seed=seed, but=KEY_END)
    # It ends the key it calls with, sooner or later: it comes last, with a key of its own.
    key = issue(searched, API, "--tenant", "Somebody Else")["secret"]
    only = ["createApiKey", *KEY_END]
    last = search(key, examples=examples, seed=seed, phases=ONE_CALL, only=only)

    assert_nothing_found(report)
    assert_nothing_found(last, phases=ONE_CALL)
    assert_reached(document, searched, report)
