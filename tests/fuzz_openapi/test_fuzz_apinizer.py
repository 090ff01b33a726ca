"""schemathesis finds nothing in Apinizer, whose page knows no 405."""

import pytest

from tests.calling import issue
from tests.every_api.rows import apinizer_token
from tests.fuzz_openapi.search import (
    Search,
    answers,
    assert_nothing_found,
    good_answers,
    with_examples,
)

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(7200)]

API = "apinizer"
TOKEN_END = ["revokeToken"]
PROXY = {"apiProxyName": "Searched", "apiProxyCreationType": "REVERSE_PROXY"}
PROXIES = "/projects/DemoProject/apiProxies"


@pytest.fixture
def known(searched, api):
    """What exists: a project with a proxy, people, environments, a token."""
    demo, caller = searched.credentials[API], api.caller(searched)
    assert caller.post(f"{PROXIES}/url/", PROXY | _route("/searched")).status == 200
    token = caller.post("/auth/tokens", {"name": "Searched"}).json
    environments = caller.get("/environments/").json["resultList"]
    return {
        "path.projectName": [demo["project_name"]],
        "path.apiProxyName": [PROXY["apiProxyName"]],
        "path.environmentName": [each["name"] for each in environments],
        "path.username": [demo["member_username"]],
        "path.tokenId": [token["id"]],
        "body.client_id": [demo["username"]],
        "body.client_secret": [demo["password"]],
        "body.username": [demo["member_username"]],
    }


def _route(path):
    return {
        "clientRoute": {"relativePathList": [path]},
        "routingInfo": {"routingAddressList": [{"address": "https://backend.example.com"}]},
    }


@pytest.fixture
def document(strict):
    """The document, with a proxy that needs no server to be made of."""
    other = PROXY | {"apiProxyName": "Another"} | _route("/another")
    return with_examples(strict, {"createApiProxy": other})


@pytest.fixture
def search(tmp_path, origin, document, known):
    """Searches as somebody with a token."""

    def search(token, **how):
        made = Search(
            tmp_path,
            base_url=origin,
            document=document,
            auth={"auth.openapi.bearer": {"bearer": token}},
            known=known,
            without=["unsupported_method"],
            # What a specification is made of is known only when it was fetched.
            semantic=["createApiProxy"],
        )
        return made.run(**how)

    return search


def test_nothing_is_found(searched, search, document, fuzzing, seed):
    """Every status that comes is one the operation lists, and each operation did its work."""
    examples = 1500 if fuzzing else 8

    token = apinizer_token(searched.credentials[API])
    report = search(token, examples=examples, seed=seed, but=TOKEN_END)
    # It revokes the token it calls with, sooner or later: it comes last, with one of its own.
    token = issue(searched, API, "--tenant", "Somebody Else")["secret"]
    last = search(token, examples=examples, seed=seed, only=["createPersonalToken", *TOKEN_END])

    assert_nothing_found(report)
    assert_nothing_found(last)
    assert good_answers(document) - answers(searched) == set(), report["output"]
