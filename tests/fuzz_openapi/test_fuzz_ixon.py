"""schemathesis, with every check on, finds nothing in IXON."""

import json

import pyotp
import pytest

from tests.every_api.rows import ixon_token
from tests.fuzz_openapi.documents import with_examples, with_short_enums, without
from tests.fuzz_openapi.search import Search, assert_nothing_found, assert_reached

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(7200)]

API = "ixon"
ONE_CALL = ("coverage", "fuzzing")
# They end the token they are called with, or change how its owner logs in: they come last,
# each group with a token of its own.
LAST = (
    ["deleteAccessToken"],
    ["deleteMyAccessToken"],
    ["deleteAccessTokenList"],
    ["postMyUserOtpAuthEnable", "postMyUserOtpAuthVerify", "postMyUserOtpAuthDisable"],
)
LATE = [operation for group in LAST for operation in group]


@pytest.fixture
def demo(searched):
    """What the demo caller knows."""
    return searched.credentials[API]


@pytest.fixture
def strong_token(demo):
    """A token made with a one-time password: no role that a search changes can lock it out."""
    return ixon_token(demo, "otp_", pyotp.TOTP(demo["otp_secret"]).now())


@pytest.fixture
def known(searched, api):
    """What exists: agents, a role, the token of somebody else."""
    caller = api.caller(searched)
    agents = [each["publicId"] for each in caller.get("/agents").json["data"]]
    role = caller.post("/roles", {"name": "Searched"}).json["data"]["publicId"]
    token = caller.get("/access-tokens").json["data"][0]["publicId"]
    return {"path.agent_id": agents, "path.public_id": [agents[0], role, token]}


@pytest.fixture
def document(searched, api, known, strict):
    """The document, with bodies that name what exists."""
    caller, agent = api.caller(searched), known["path.agent_id"][0]
    source = caller.get(f"/agents/{agent}/data-sources").json["data"][0]["publicId"]
    tag = caller.get(f"/agents/{agent}/data-tags?fields=slug").json["data"][0]["slug"]
    wanted = {
        "start": "2026-01-01T00:00:00Z",
        "end": "2026-01-02T00:00:00Z",
        "source": {"publicId": source},
        "tags": [{"slug": tag, "queries": [{"limit": 1}]}],
    }
    membership = {
        "user": {"publicId": caller.get("/users").json["data"][0]["publicId"]},
        "group": {"publicId": caller.get("/groups").json["data"][0]["publicId"]},
        "role": {"publicId": known["path.public_id"][1]},
    }
    examples = {"postDataList": wanted, "postUserMembershipList": membership}
    return without(with_examples(with_short_enums(strict), examples), _the_same_elsewhere)


def _the_same_elsewhere(operation, parameter):
    """Whether a parameter is searched at another operation, where it is the same one."""
    chosen = parameter["name"] in ("fields", "filters") and operation != "getAgentList"
    return parameter["in"] == "header" or chosen


@pytest.fixture
def doomed_tokens(demo, api, searched):
    """Names of tokens that may be deleted, all of the one who deletes them."""
    for _ in range(2):
        ixon_token(demo)
    listed = api.caller(searched).get("/access-tokens?page-size=100").json["data"]
    return [each["publicId"] for each in listed][-2:]


@pytest.fixture
def search(tmp_path, origin, document, known, doomed_tokens, demo):
    """Searches as somebody with a token."""

    def search(token, **how):
        made = Search(
            tmp_path,
            base_url=origin,
            document=document,
            auth={
                "auth.openapi.bearer": {"bearer": token},
                "auth.openapi.member": {"bearer": token},
                "auth.openapi.basic": {
                    "username": demo["email"],
                    "password": f":{demo['password']}",
                },
            },
            known=known,
            doomed={"deleteAccessToken": {"path.public_id": doomed_tokens}},
            always={
                "Api-Version": "2",
                "Api-Application": demo["application_id"],
                "Api-Company": demo["company_id"],
            },
            fetching=["postDataList"],
            # A moment before another, a name of something that is not there.
            semantic=["postDataList", "postUserMembershipList", *LATE],
        )
        return made.run(**how)

    return search


def test_nothing_is_found_in_header_fields(tmp_path, api, origin, strict, demo, fuzzing, seed):
    """Fields that every endpoint has are searched at one that needs no company, and no token."""
    document = json.loads(json.dumps(strict))
    parameters = document["paths"]["/api/server-time"]["get"]["parameters"]
    # Where a field may be left out, schemathesis tries values outside its pattern as good ones.
    parameters[:] = [each for each in parameters if each["required"]]
    search = Search(tmp_path, base_url=origin, document=document, auth={}, known={})

    report = search.run(
        examples=1500 if fuzzing else 20, seed=seed, phases=ONE_CALL, only=["getServerTime"]
    )

    assert_nothing_found(report, phases=ONE_CALL)


def test_nothing_is_found(searched, search, strong_token, demo, document, fuzzing, seed):
    """Every status that comes is one the operation lists, and each operation did its work."""
    examples = 1500 if fuzzing else 3

    report = search(strong_token, examples=examples, seed=seed, but=LATE)
    last = [
        search(ixon_token(demo), examples=4 * examples, seed=seed, phases=ONE_CALL, only=group)
        for group in LAST
    ]

    assert_nothing_found(report, semantic=True)
    for each in last:
        assert_nothing_found(each, phases=ONE_CALL, semantic=True)
    # A code is good for half a minute: tests/ixon prove that one verifies.
    verify = "/api/users/me/otp-auth/verify"
    assert_reached(document, searched, report, but=[verify])
