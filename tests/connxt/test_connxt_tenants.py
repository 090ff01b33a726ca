"""Statements 6 and 11 of the Connxt page: brands and environments never see each other."""

from urllib.parse import quote

import pytest

from tests.connxt.connxt_client import Answer, Connxt
from tests.connxt.test_connxt_envelope import NOT_FOUND


@pytest.fixture(scope="module")
def brand(connxt: Connxt) -> Connxt:
    """A caller of another brand, with all permissions."""
    return connxt.as_(connxt.issue("--tenant", "Strangers")["secret"])


@pytest.fixture(params=["another brand", "another environment"])
def stranger(request: pytest.FixtureRequest, connxt: Connxt, brand: Connxt) -> Connxt:
    """A caller that must not see what the demo environment has."""
    return brand if request.param == "another brand" else connxt.other_environment


def _without_moment(answer: Answer) -> dict:
    return {name: value for name, value in answer.json.items() if name != "timestamp"}


def test_connxt_s11_foreign_ids_do_not_exist(connxt: Connxt, stranger: Connxt, psp: dict):
    """Ids of another environment answer like ids that were never given out, and not with 403."""
    transaction_id, _ = connxt.deposit(psp)
    own = stranger.psp(f"Own {psp['id']}")
    foreign_psp = stranger.new_psp("Spy") | {"flowTargetId": psp["flowTargetId"]}
    foreign_action = stranger.new_psp("Spy") | {"operations": psp["operations"]}
    asked = [
        ("GET", f"/psps/{psp['id']}", None),
        ("PUT", f"/psps/{psp['id']}", {"name": "Stolen"}),
        ("PUT", f"/psps/{own['id']}", {"operations": psp["operations"]}),
        ("POST", "/psps/external", foreign_psp),
        ("POST", "/psps/external", foreign_action),
        ("POST", "/transactions", connxt.new_transaction(psp)),
        ("POST", "/transactions", stranger.new_transaction(own) | {"pspId": psp["id"]}),
        ("GET", f"/transactions/{transaction_id}", None),
    ]

    for method, path, body in asked:
        stranger.call(method, path, body).assert_page(404, NOT_FOUND)
    assert connxt.get(f"/psps/{psp['id']}").data == psp
    assert connxt.status(transaction_id) == "INITIATED"


def test_connxt_s11_a_foreign_target_hides_its_schema(connxt: Connxt, stranger: Connxt):
    """A credential is never held against a foreign schema: the target is not found either way."""
    target = connxt.known["flow_target_id"]

    for credential in ("{}", '{"apiKey":"a"}'):
        body = stranger.new_psp("Spy", flowTargetId=target, credential=credential)
        stranger.post("/psps/external", body).assert_page(404, NOT_FOUND)


def test_connxt_s06_lists_hold_only_what_is_ones_own(connxt: Connxt, stranger: Connxt, psp: dict):
    """PSPs of others are on no list, whatever filter asks for them."""
    for query in ("", f"?name={quote(psp['name'])}", f"?flowTargetId={psp['flowTargetId']}"):
        assert psp["id"] not in {each["id"] for each in stranger.get(f"/psps{query}").data}


def test_names_of_others_are_free(connxt: Connxt, stranger: Connxt, psp: dict):
    """A name taken elsewhere is free here, and nobody can find out that it is taken."""
    name = f"Shared {psp['id']}"
    connxt.psp(name)

    assert stranger.psp(name)["environmentId"] != psp["environmentId"]
    assert stranger.post("/psps/external", stranger.new_psp(name)).status == 409


def test_members_of_the_body_choose_no_environment(connxt: Connxt, brand: Connxt, psp: dict):
    """brandId and environmentId of a body are ignored: the token decides."""
    place = {"brandId": psp["brandId"], "environmentId": psp["environmentId"]}

    made = brand.psp(f"Elsewhere {psp['id']}", **place)

    assert made["brandId"] != psp["brandId"]
    assert made["environmentId"] != psp["environmentId"]


def test_an_answer_tells_nothing_of_others(connxt: Connxt, stranger: Connxt, psp: dict):
    """A foreign id and one that nobody has get the same answer, moment and name aside."""
    foreign = stranger.get(f"/psps/{psp['id']}")
    nobodys = stranger.get("/psps/psp_" + "0" * 26)

    assert _without_moment(foreign) == _without_moment(nobodys)
    assert foreign.headers.keys() == nobodys.headers.keys()


def test_an_operator_can_name_brand_and_environment(connxt: Connxt):
    """``--tenant BRAND/ENVIRONMENT`` finds or makes both; the demo's names find the demo's."""
    usual = connxt.as_(connxt.issue("--tenant", "Demo/development")["secret"])
    other = connxt.as_(connxt.issue("--tenant", "Demo/production")["secret"])
    brand_id = connxt.psp("Whose")["brandId"]
    third = connxt.as_(connxt.issue("--tenant", f"{brand_id}/staging")["secret"])

    targets = {caller.token: caller.targets()[0]["id"] for caller in (usual, other, third)}
    assert targets[usual.token] == connxt.known["flow_target_id"]
    assert targets[other.token] == connxt.other_environment.targets()[0]["id"]
    assert len(set(targets.values())) == 3
    assert third.psp("Whose")["brandId"] == brand_id


def test_a_new_tenant_can_work_at_once(connxt: Connxt):
    """The first token of a new brand finds gateways, sets up a PSP and pays."""
    issued = connxt.issue("--tenant", "Newcomers", "--plan", "pro", "--user", "ops@example.com")
    newcomer = connxt.as_(issued["secret"])

    assert issued["kind"] == "secret-token"
    assert newcomer.get("/psps").data == []
    assert newcomer.transaction(newcomer.psp("First"))["success"]
