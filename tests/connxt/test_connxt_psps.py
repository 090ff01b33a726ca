"""Statements 7, 9, 10, 12 and 13 of the Connxt page: setting up PSPs."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.connxt.connxt_client import Connxt
from tests.connxt.test_connxt_envelope import NOT_FOUND

VALIDATION_FAILED = """
{
  "timestamp": "2025-12-12T08:55:04Z",
  "code": "4001",
  "message": "Validation failed",
  "errors": [
    {
      "field": "flowActionId",
      "message": "Flow action ID is required"
    },
    {
      "field": "credential",
      "message": "Credential does not match credentialSchema"
    }
  ]
}
"""

DUPLICATE = """
{
  "timestamp": "2025-12-12T08:55:04Z",
  "code": "4005",
  "message": "PSP with same name already exists"
}
"""

MISMATCH = [("credential", "Credential does not match credentialSchema")]


def test_connxt_s07_the_two_faults_of_the_page(connxt: Connxt):
    """A missing flowActionId and a credential that does not fit give the page's example."""
    body = {
        "name": "S",
        "credential": '{"x":1}',
        "flowTargetId": connxt.known["flow_target_id"],
        "operations": [
            {"flowDefinitionId": connxt.known["flow_definition_id"], "status": "ENABLED"}
        ],
    }

    connxt.post("/psps/external", body).assert_page(400, VALIDATION_FAILED)


def test_connxt_s07_each_bad_operation_has_its_entry(connxt: Connxt):
    """The credential comes last, however many operations are wrong."""
    body = connxt.new_psp("S", credential="{}", operations=[{"status": "X"}, {"status": "ENABLED"}])

    assert connxt.post("/psps/external", body).errors == [
        ("flowActionId", "Flow action ID is required"),
        ("flowDefinitionId", "Flow definition ID is required"),
        ("status", "Status must be one of: ENABLED, DISABLED"),
        ("flowActionId", "Flow action ID is required"),
        ("flowDefinitionId", "Flow definition ID is required"),
        *MISMATCH,
    ]


@pytest.mark.parametrize(
    "credential",
    [
        "{}",
        "[]",
        "null",
        "5",
        '"text"',
        "no JSON",
        '{"apiKey":1}',
        '{"apiKey":null}',
        '{"apiKey":"a","apiKey":"b"}',
        '{"apiKey":"a"',
        '{"apiKey":"\\ud800"}',
        '{"apiKey":NaN}',
        "[" * 5000,
        "\u0001",
    ],
)
def test_connxt_s09_a_credential_must_fit_the_schema_of_its_target(connxt: Connxt, credential: str):
    """What is no JSON, or JSON that the schema refuses, is a mismatch and nothing else."""
    answer = connxt.post("/psps/external", connxt.new_psp("S", credential=credential))

    assert answer.status == 400
    assert answer.errors == MISMATCH


def test_connxt_s09_every_target_has_its_own_schema(connxt: Connxt):
    """A credential that fits one gateway does not fit another, which wants more and no other."""
    card = json.dumps({"apiKey": "a"})
    wallet = {"merchantEmail": "merchant@example.com", "apiKey": "a"}

    for credential in (card, json.dumps({**wallet, "more": 1})):
        body = connxt.new_psp("W", gateway="Sandbox Wallet", credential=credential)
        assert connxt.post("/psps/external", body).errors == MISMATCH
    made = connxt.psp("W", gateway="Sandbox Wallet", credential=json.dumps(wallet))
    assert json.loads(made["flowTarget"]["credentialSchema"])["required"] == [
        "merchantEmail",
        "apiKey",
    ]


@pytest.mark.parametrize(
    ("credential", "message"),
    [
        (None, "Credential is required"),
        ("", "Credential is required"),
        ("  ", "Credential is required"),
        ({"apiKey": "a"}, "Credential must be of type string"),
        ("x" * 10_001, "Credential must be at most 10000 characters"),
    ],
)
def test_connxt_s09_what_is_no_text_is_told_as_that(connxt: Connxt, credential, message: str):
    """A credential that is absent, no text or too long has one fault, not two."""
    answer = connxt.post("/psps/external", connxt.new_psp("S", credential=credential))

    assert answer.errors == [("credential", message)]


def _unknown(connxt: Connxt, field: str):
    body = connxt.new_psp("Unknown ids")
    unknown = {"flowTargetId": "ftg_", "flowActionId": "fat_", "flowDefinitionId": "fld_"}
    place = body if field == "flowTargetId" else body["operations"][0]
    for value in (unknown[field] + "0" * 26, "x", "\u00e9\n"):
        place[field] = value
        yield connxt.post("/psps/external", body)


@pytest.mark.parametrize("field", ["flowTargetId", "flowActionId", "flowDefinitionId"])
def test_connxt_s10_unknown_ids_are_not_found(connxt: Connxt, field: str):
    """An id that does not exist, of whatever form, gives the body of the page."""
    for answer in _unknown(connxt, field):
        answer.assert_page(404, NOT_FOUND)


def test_connxt_s10_what_is_wrong_with_the_body_comes_first(connxt: Connxt):
    """With an unknown target the other faults are told, and nothing is said of the credential."""
    body = connxt.new_psp("", flowTargetId="ftg_unknown", credential="{}")

    assert connxt.post("/psps/external", body).errors == [("name", "PSP name is required")]


def test_connxt_s10_actions_of_another_target_are_not_found(connxt: Connxt):
    """An operation must name an action of its own target, with the definition of that action."""
    card, wallet = connxt.target("Sandbox Card"), connxt.target("Sandbox Wallet")
    foreign = wallet["by_name"]["DEPOSIT"]
    mixed = card["by_name"]["WITHDRAW"]
    for action_id, definition_id in (
        (foreign["id"], foreign["definition"]["id"]),
        (card["by_name"]["DEPOSIT"]["id"], mixed["definition"]["id"]),
    ):
        operation = {
            "flowActionId": action_id,
            "flowDefinitionId": definition_id,
            "status": "ENABLED",
        }
        body = connxt.new_psp("Mixed up", operations=[operation])
        connxt.post("/psps/external", body).assert_page(404, NOT_FOUND)


def test_connxt_s10_a_disabled_gateway_is_not_found(connxt: Connxt):
    """Nobody can set up a PSP of a gateway that is disabled."""
    credential = json.dumps({"merchantId": 1, "secret": "long enough"})
    body = connxt.new_psp("V", gateway="Sandbox Voucher", credential=credential)

    connxt.post("/psps/external", body).assert_page(404, NOT_FOUND)


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_connxt_s10_an_unknown_psp_is_not_found(connxt: Connxt, method: str):
    """Whatever stands in the path, what does not exist is not found."""
    for psp_id in ("psp_mSwZ5vYUDN96gEei1kiIjCJc3g", "x", "%00", "%F0%9F%92%B6", "a" * 1000):
        body = None if method == "GET" else {"name": "New name"}
        connxt.call(method, f"/psps/{psp_id}", body).assert_page(404, NOT_FOUND)


def test_connxt_s12_the_same_name_for_the_same_target_is_a_conflict(connxt: Connxt):
    """The second PSP of a name gives the body of the page; nothing of it is kept."""
    first = connxt.psp("Taken")

    connxt.post("/psps/external", connxt.new_psp("Taken")).assert_page(409, DUPLICATE)

    assert [each["id"] for each in connxt.get("/psps?name=Taken").data] == [first["id"]]


def test_connxt_s12_another_name_works_and_the_existing_one_can_be_reused(connxt: Connxt):
    """The page's two ways out: another name, or reading the PSP that is there."""
    first = connxt.psp("Reused")

    assert connxt.psp("Reused 2")["id"] != first["id"]
    assert connxt.get("/psps?name=Reused").data == [first]
    assert connxt.get(f"/psps/{first['id']}").data == first


def test_connxt_s12_a_rename_onto_a_taken_name_is_a_conflict(connxt: Connxt):
    """PUT keeps names unique too, and leaves everything as it was."""
    first, second = connxt.psp("Rename 1"), connxt.psp("Rename 2")
    change = {"name": first["name"], "status": "DISABLED"}

    connxt.put(f"/psps/{second['id']}", change).assert_page(409, DUPLICATE)

    assert connxt.get(f"/psps/{second['id']}").data == second
    assert connxt.put(f"/psps/{first['id']}", {"name": first["name"]}).status == 200


def test_connxt_s12_of_two_at_once_one_wins(connxt: Connxt):
    """Requests that race for a name are told apart by the database."""
    body = connxt.new_psp("Raced for")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: connxt.post("/psps/external", body), range(6)))

    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409, 409, 409]


def test_connxt_s13_the_same_name_for_another_target_is_allowed(connxt: Connxt):
    """Names are unique for a flow target, not for the environment."""
    wallet = json.dumps({"merchantEmail": "merchant@example.com", "apiKey": "a"})

    connxt.psp("Two gateways")

    assert connxt.psp("Two gateways", gateway="Sandbox Wallet", credential=wallet)


def test_a_psp_looks_as_the_reference_shows_it(connxt: Connxt):
    """Members, their order and the form of ids and moments are those of the reference."""
    body = connxt.new_psp("Form", logo="https://example.com/logo.png")
    body |= {"brandId": "brn_other", "environmentId": "env_other", "unknown": 1}

    answer = connxt.post("/psps/external", body)

    psp = answer.data
    assert answer.status == 200
    assert list(psp) == [
        "id",
        "name",
        "description",
        "logo",
        "credential",
        "brandId",
        "environmentId",
        "flowTargetId",
        "status",
        "createdAt",
        "updatedAt",
        "createdBy",
        "updatedBy",
        "operations",
        "flowTarget",
    ]
    assert re.fullmatch("psp_[0-9A-Za-z]{26}", psp["id"])
    assert re.fullmatch("brn_[0-9A-Za-z]{26}", psp["brandId"])
    assert re.fullmatch("env_[0-9A-Za-z]{26}", psp["environmentId"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", psp["createdAt"])
    assert psp["description"] is None
    assert (psp["logo"], psp["status"]) == ("https://example.com/logo.png", "ENABLED")
    assert psp["createdBy"] == psp["updatedBy"] == psp["environmentId"]
    assert psp["operations"] == body["operations"]
    target = psp["flowTarget"]
    assert list(target) == [
        "id",
        "credentialSchema",
        "flowTypeId",
        "currencies",
        "countries",
        "paymentMethods",
        "supportedActions",
    ]
    assert isinstance(target["credentialSchema"], str)
    assert target["flowTypeId"].startswith("ftp_")


def test_a_change_leaves_out_what_stays(connxt: Connxt, psp: dict):
    """PUT changes what is given and nothing else."""
    path = f"/psps/{psp['id']}"

    renamed = connxt.put(path, {"name": "Renamed", "logo": None}).data
    fewer = connxt.put(path, {"operations": psp["operations"][:1]}).data
    disabled = connxt.put(path, {"status": "DISABLED"}).data

    assert renamed == psp | {"name": "Renamed", "updatedAt": renamed["updatedAt"]}
    assert fewer["operations"] == psp["operations"][:1]
    assert disabled["status"] == "DISABLED"
    assert disabled["name"] == "Renamed"
    assert connxt.put(path, {}).data["operations"] == psp["operations"][:1]
    assert connxt.get(path).data["flowTargetId"] == psp["flowTargetId"]


def test_a_changed_credential_must_fit_too(connxt: Connxt, psp: dict):
    """PUT holds a credential against the schema of the PSP's own target."""
    path = f"/psps/{psp['id']}"

    refused = connxt.put(path, {"name": "", "credential": "{}"})

    assert refused.errors == [("name", "PSP name is required"), *MISMATCH]
    assert connxt.put(path, {"credential": '{"apiKey":"new"}'}).data["credential"] == (
        "***ENCRYPTED***"
    )


def test_changed_operations_must_exist_too(connxt: Connxt, psp: dict):
    """PUT looks for actions and definitions as POST does, and changes nothing if one lacks."""
    unknown = [psp["operations"][0], {**psp["operations"][1], "flowActionId": "fat_unknown"}]

    answer = connxt.put(f"/psps/{psp['id']}", {"name": "Lost", "operations": unknown})

    answer.assert_page(404, NOT_FOUND)
    assert connxt.get(f"/psps/{psp['id']}").data == psp


def test_an_action_can_be_used_once(connxt: Connxt):
    """Two operations of one action contradict each other, so the second is refused."""
    body = connxt.new_psp("Twice the same")
    first = body["operations"][0]
    body["operations"] = [first, {**first, "status": "DISABLED"}]

    answer = connxt.post("/psps/external", body)

    assert answer.errors == [("flowActionId", "Flow action ID is used twice")]


def test_equal_operations_are_refused(connxt: Connxt):
    """The same operation twice is told as one fault of the list."""
    body = connxt.new_psp("Twice equal")
    body["operations"] = body["operations"][:1] * 2

    answer = connxt.post("/psps/external", body)

    assert answer.errors == [("operations", "Operations must differ from each other")]


@pytest.mark.parametrize("operations", [None, [], "absent"])
def test_operations_are_required(connxt: Connxt, operations):
    """A PSP that can do nothing is told so in one entry."""
    body = connxt.new_psp("Idle", operations=operations)
    if operations == "absent":
        del body["operations"]

    answer = connxt.post("/psps/external", body)

    assert answer.errors == [("operations", "Operations are required")]


def test_lists_can_be_narrowed(connxt: Connxt):
    """By target, name and status, and part by part; the oldest comes first."""
    made = [connxt.psp(f"Listed {index}") for index in range(3)]
    connxt.put(f"/psps/{made[1]['id']}", {"status": "DISABLED"})
    target = made[0]["flowTargetId"]

    everything = connxt.get("/psps").data
    disabled = connxt.get("/psps?status=DISABLED&name=Listed+1").data
    page = connxt.get(f"/psps?flowTargetId={target}&limit=2&offset=1").data

    ids = [each["id"] for each in everything]
    assert [each["id"] for each in made] == [i for i in ids if i in {m["id"] for m in made}]
    assert [each["id"] for each in disabled] == [made[1]["id"]]
    of_target = [each["id"] for each in everything if each["flowTargetId"] == target]
    assert [each["id"] for each in page] == of_target[1:3]
    assert connxt.get("/psps?flowTargetId=ftg_unknown").data == []
    assert connxt.get("/psps?status=GONE&limit=0").errors == [
        ("status", "Status must be one of: ENABLED, DISABLED"),
        ("limit", "Limit must be between 1 and 1000"),
    ]
