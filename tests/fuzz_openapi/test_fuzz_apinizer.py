"""schemathesis finds nothing in Apinizer, whose page knows no 405."""

import pytest

from tests.calling import issue
from tests.every_api.rows import apinizer_token
from tests.fuzz_openapi.documents import with_examples
from tests.fuzz_openapi.search import Search, assert_nothing_found, assert_reached

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(7200)]

API = "apinizer"
ONE_CALL = ("coverage", "fuzzing")
ENDS = ["undeployApiProxy", "deleteApiProxy", "removeMember"]
TOKEN_END = ["revokeToken"]
PROXIES = "/projects/DemoProject/apiProxies"


@pytest.fixture
def known(searched, api):
    """What exists: a project with a proxy, people, environments, a token."""
    demo, caller = searched.credentials[API], api.caller(searched)
    assert caller.post(f"{PROXIES}/url/", _proxy("Searched")).status == 200
    token = caller.post("/auth/tokens", {"name": "Searched"}).json
    environments = caller.get("/environments/").json["resultList"]
    return {
        "path.projectName": [demo["project_name"]],
        "path.apiProxyName": ["Searched"],
        "path.environmentName": [each["name"] for each in environments],
        "path.username": [demo["member_username"]],
        "path.tokenId": [token["id"]],
        "body.client_id": [demo["username"]],
        "body.client_secret": [demo["password"]],
        "body.username": [demo["member_username"]],
    }


def _proxy(name):
    return {
        "apiProxyName": name,
        "apiProxyCreationType": "REVERSE_PROXY",
        "clientRoute": {"relativePathList": [f"/{name.lower()}"]},
        "routingInfo": {"routingAddressList": [{"address": "https://backend.example.com"}]},
    }


@pytest.fixture
def doomed(searched, api, known):
    """What may be deleted: proxies, deployed and not, a token of somebody else."""
    caller, names = api.caller(searched), [f"Doomed{number}" for number in range(8)]
    environment = known["path.environmentName"][0]
    for name in names:
        assert caller.post(f"{PROXIES}/url/", _proxy(name)).status == 200
        deployed = caller.post(f"{PROXIES}/{name}/environments/{environment}/")
        assert deployed.status == 200
    here = {"path.projectName": ["DemoProject"]}
    token = issue(searched, API, "--tenant", "Somebody Else")["id"]
    return {
        "undeployApiProxy": here
        | {"path.apiProxyName": names[:4], "path.environmentName": [environment]},
        "deleteApiProxy": here | {"path.apiProxyName": names[4:]},
        # Whoever is removed is made a member again by the search of everything.
        "removeMember": {
            "path.projectName": ["DemoProject"],
            "path.username": known["path.username"],
        },
        "revokeToken": {"path.tokenId": [token]},
    }


@pytest.fixture
def document(strict):
    """The document, with a proxy that needs no server to be made of."""
    return with_examples(strict, {"createApiProxy": _proxy("Another")})


@pytest.fixture
def search(tmp_path, origin, document, known, doomed):
    """Searches as somebody with a token."""

    def search(token, **how):
        made = Search(
            tmp_path,
            base_url=origin,
            document=document,
            auth={"auth.openapi.bearer": {"bearer": token}},
            known=known,
            doomed=doomed,
            without=["unsupported_method"],
            # A specification is judged when it was fetched, a date by the clock.
            semantic=["createApiProxy", "createPersonalToken", "createCredential"],
        )
        return made.run(**how)

    return search


def test_nothing_is_found(searched, search, document, fuzzing, seed):
    """Every status that comes is one the operation lists, and each operation did its work."""
    examples = 1500 if fuzzing else 8

    token = apinizer_token(searched.credentials[API])
    # First, for a search of everything soon takes the project away.
    early = search(token, examples=examples, seed=seed, phases=ONE_CALL, only=ENDS)
    report = search(token, examples=examples, seed=seed, but=TOKEN_END)
    # It revokes the token it calls with, sooner or later: it comes last, with one of its own.
    token = issue(searched, API, "--tenant", "Somebody Else")["secret"]
    only = ["createPersonalToken", *TOKEN_END]
    last = search(token, examples=examples, seed=seed, phases=ONE_CALL, only=only)

    assert_nothing_found(early, phases=ONE_CALL, semantic=True)
    assert_nothing_found(report, semantic=True)
    assert_nothing_found(last, phases=ONE_CALL, semantic=True)
    assert_reached(document, searched, report)
