"""The definitions of a flow type: what gateways there are and what they need."""

import re

import jsonschema_rs

from tests.connxt.connxt_client import Connxt


def test_definitions_tell_all_about_the_gateways(connxt: Connxt):
    """Every target has its schemas and its actions; members stand as the reference has them."""
    data = connxt.get("/flow-types/definitions?type=PSP").data

    assert list(data) == ["name", "targets"]
    assert data["name"] == "PSP"
    for target in data["targets"]:
        assert list(target) == [
            "id",
            "name",
            "logo",
            "status",
            "credentialSchema",
            "inputSchema",
            "actions",
        ]
        assert re.fullmatch("ftg_[0-9a-z]{26}", target["id"])
        assert list(target["inputSchema"]) == ["paymentMethods", "countries", "currencies"]
        jsonschema_rs.Draft7Validator(target["credentialSchema"])
        for action in target["actions"]:
            assert list(action) == ["id", "name", "definition"]
            assert re.fullmatch("fat_[0-9a-z]{26}", action["id"])
            if action["definition"] is not None:
                assert list(action["definition"]) == ["id", "description", "inputSchema"]
                assert re.fullmatch("fld_[0-9a-z]{26}", action["definition"]["id"])


def test_there_are_gateways_of_every_kind(connxt: Connxt):
    """One can be used for everything, one lacks an action, one is disabled."""
    targets = {each["name"]: each for each in connxt.targets()}

    card = {each["name"]: each["definition"] for each in targets["Sandbox Card"]["actions"]}
    wallet = {each["name"]: each["definition"] for each in targets["Sandbox Wallet"]["actions"]}
    assert set(card) == {"DEPOSIT", "WITHDRAW", "REFUND"}
    assert all(card.values())
    assert wallet["REFUND"] is None
    assert targets["Sandbox Voucher"]["status"] == "DISABLED"


def test_the_demo_ids_belong_to_one_gateway(connxt: Connxt):
    """Target, action and definition of credentials.json go together: a deposit."""
    target = next(each for each in connxt.targets() if each["id"] == connxt.known["flow_target_id"])
    action = next(
        each for each in target["actions"] if each["id"] == connxt.known["flow_action_id"]
    )

    assert action["name"] == "DEPOSIT"
    assert action["definition"]["id"] == connxt.known["flow_definition_id"]


def test_the_type_is_required(connxt: Connxt):
    """Without a type, or with a blank one, the query is to blame."""
    for query in ("", "?type=", "?type=%20"):
        answer = connxt.get(f"/flow-types/definitions{query}")
        assert (answer.status, answer.code) == (400, "4001")
        assert answer.errors == [("type", "Flow type is required")]
    assert connxt.get("/flow-types/definitions?type=PSP&type=PSP").status == 400


def test_an_unknown_type_is_not_found(connxt: Connxt):
    """Names are told apart by upper and lower case."""
    for name in ("NOPE", "psp", "%00x", "x" * 100):
        answer = connxt.get(f"/flow-types/definitions?type={name}")
        assert answer.status == (400 if name == "%00x" else 404)
