"""Statements 10 and 18 of the Connxt page, and what becomes of a transaction."""

import json
import re

import pytest

from tests.connxt.connxt_client import Connxt
from tests.connxt.test_connxt_envelope import NOT_FOUND


def test_connxt_s18_a_deposit_is_answered_with_its_page(connxt: Connxt, psp: dict):
    """The redirect form of the reference, with a URL that can be opened."""
    data = connxt.transaction(psp)

    assert list(data) == ["success", "data", "error", "meta"]
    assert data["success"] is True
    assert data["error"] is None
    assert list(data["meta"]) == ["logs", "http"]
    assert data["data"]["__type"] == "success"
    inner = data["data"]["data"]
    assert list(inner) == ["navigation", "status", "orderId", "userId"]
    assert list(inner["navigation"]) == ["type", "contentType", "value"]
    assert (inner["navigation"]["type"], inner["navigation"]["contentType"]) == ("redirect", "url")
    assert (inner["status"], inner["userId"]) == ("success", "cust_001")
    assert re.fullmatch("ortx[0-9A-Za-z]{12}", inner["orderId"])
    path = inner["navigation"]["value"].removeprefix(connxt.known["base_url"])
    page = connxt.get(path, headers={"X-SECRET-TOKEN": None})
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize("action", ["WITHDRAW", "REFUND"])
def test_what_needs_no_customer_is_over_at_once(connxt: Connxt, psp: dict, action: str):
    """Withdrawals and refunds have the direct form of the reference."""
    data = connxt.transaction(psp, action)

    assert list(data) == ["txnId", "status", "pspTxnId"]
    assert data["status"] == "SUCCESS"
    assert data["pspTxnId"].startswith("sbx_")
    assert connxt.status(data["txnId"]) == "SUCCESS"


@pytest.mark.parametrize(
    ("api_key", "status", "history"),
    [
        ("sandbox-reject", "REJECTED", ["PG_REJECTED", "REJECTED"]),
        ("sandbox-fail", "FAILED", ["PG_ACCEPTED", "PG_FAILED", "FAILED"]),
    ],
)
@pytest.mark.parametrize("action", ["DEPOSIT", "WITHDRAW"])
def test_a_provider_may_refuse(connxt: Connxt, action, api_key, status, history):
    """What the provider decides is the end of the transaction, and in its history."""
    name = f"{api_key} {action}"
    psp = connxt.psp(name, credential=json.dumps({"apiKey": api_key}))

    data = connxt.transaction(psp, action)

    assert data["status"] == status
    found = connxt.get(f"/transactions/{data['txnId']}").data
    assert [each["status"] for each in found["history"]] == [
        "NEW",
        "CREATED",
        "INITIATED",
        *history,
    ]


def test_a_transaction_can_be_read(connxt: Connxt, psp: dict):
    """Everything that was said about it is there; a waiting one is INITIATED."""
    transaction_id, _ = connxt.deposit(psp, txnAmount=12.34, txnCurrency="JPY")

    found = connxt.get(f"/transactions/{transaction_id}").data

    assert list(found) == [
        "txnId",
        "status",
        "transactionType",
        "brandId",
        "environmentId",
        "flowTargetId",
        "flowActionId",
        "pspId",
        "pspTxnId",
        "txnCurrency",
        "txnAmount",
        "orderId",
        "userId",
        "createdAt",
        "updatedAt",
        "history",
    ]
    assert (found["txnId"], found["status"]) == (transaction_id, "INITIATED")
    assert (found["txnAmount"], found["txnCurrency"]) == (12.34, "JPY")
    assert (found["orderId"], found["userId"]) == ("ORDER_123", "cust_001")
    assert found["transactionType"] == "deposit"
    assert found["environmentId"] == psp["environmentId"]


@pytest.mark.parametrize("payload", [{}, {"body": None}, {"body": {"order": None}}, {"x": [1]}])
def test_a_payload_may_say_little(connxt: Connxt, psp: dict, payload: dict):
    """Order and customer need no names; the transaction has its own."""
    transaction_id, _ = connxt.deposit(psp, executePayload=payload)

    found = connxt.get(f"/transactions/{transaction_id}").data
    assert (found["orderId"], found["userId"]) == (None, None)


def test_names_may_be_numbers(connxt: Connxt, psp: dict):
    """An order that a shop names by a number keeps it, as a text."""
    payload = {"body": {"order": {"id": 17}, "customer": {"id": 4}}}
    data = connxt.transaction(psp, executePayload=payload)["data"]["data"]

    assert data["userId"] == "4"
    assert connxt.get(f"/transactions/{data['orderId']}").data["orderId"] == "17"


def test_missing_members_are_all_told(connxt: Connxt):
    """Each required member has its sentence, in the order of the reference."""
    assert connxt.post("/transactions", {}).errors == [
        ("flowActionId", "Flow action ID is required"),
        ("flowTargetId", "Flow target ID is required"),
        ("pspId", "PSP ID is required"),
        ("txnCurrency", "Currency is required"),
        ("txnAmount", "Amount is required"),
        ("executePayload", "Execute payload is required"),
    ]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"txnCurrency": "XYZ"}, ("txnCurrency", "Currency must be an ISO 4217 code")),
        ({"txnCurrency": "usd"}, ("txnCurrency", "Currency must be an ISO 4217 code")),
        ({"txnCurrency": 840}, ("txnCurrency", "Currency must be of type string")),
        ({"txnAmount": 0}, ("txnAmount", "Amount must be greater than 0")),
        ({"txnAmount": -5}, ("txnAmount", "Amount must be greater than 0")),
        ({"txnAmount": "200"}, ("txnAmount", "Amount must be of type number")),
        ({"txnAmount": True}, ("txnAmount", "Amount must be of type number")),
        ({"txnAmount": 1e13}, ("txnAmount", "Amount must be at most 1000000000000")),
        ({"executePayload": []}, ("executePayload", "Execute payload must be of type object")),
        ({"pspId": " "}, ("pspId", "PSP ID is required")),
        (
            {"executePayload": {"body": {"successUrl": "javascript:alert(1)"}}},
            ("successUrl", "Success URL must be a valid URL"),
        ),
    ],
)
def test_values_that_cannot_be_are_refused(connxt: Connxt, psp: dict, change: dict, error):
    """Unknown currencies, amounts that are none, addresses nobody can go to."""
    answer = connxt.post("/transactions", connxt.new_transaction(psp, **change))

    assert (answer.status, answer.errors) == (400, [error])


def test_a_gateway_takes_its_own_currencies_only(connxt: Connxt):
    """A currency that the target's inputSchema leaves out is to blame by its field."""
    credential = json.dumps({"merchantEmail": "merchant@example.com", "apiKey": "a"})
    psp = connxt.psp("Currencies", gateway="Sandbox Wallet", credential=credential)

    refused = connxt.post("/transactions", connxt.new_transaction(psp, txnCurrency="CHF"))

    assert (refused.status, refused.json["message"]) == (400, "Validation failed")
    assert refused.errors == [("txnCurrency", "Currency must be one of: EUR, INR, USD")]
    assert connxt.transaction(psp, txnCurrency="INR")["success"]


@pytest.mark.parametrize("field", ["pspId", "flowTargetId", "flowActionId"])
@pytest.mark.parametrize("value", ["unknown", "psp_mSwZ5vYUDN96gEei1kiIjCJc3g", "\U0001f600"])
def test_connxt_s10_unknown_ids_of_a_transaction(connxt: Connxt, psp: dict, field, value):
    """Whichever id does not exist, the answer is the body of the page."""
    body = connxt.new_transaction(psp, **{field: value})

    connxt.post("/transactions", body).assert_page(404, NOT_FOUND)


def test_connxt_s10_ids_must_go_together(connxt: Connxt, psp: dict):
    """A target or an action that exists, but not with this PSP, is not found."""
    wallet = connxt.target("Sandbox Wallet")

    for change in (
        {"flowTargetId": wallet["id"]},
        {"flowActionId": wallet["by_name"]["DEPOSIT"]["id"]},
    ):
        body = connxt.new_transaction(psp, **change)
        connxt.post("/transactions", body).assert_page(404, NOT_FOUND)


def test_connxt_s10_what_is_disabled_is_not_found(connxt: Connxt, psp: dict):
    """A disabled operation, an absent one and a disabled PSP cannot be paid through."""
    path, deposit = f"/psps/{psp['id']}", connxt.new_transaction(psp)
    operations = psp["operations"]

    connxt.put(path, {"operations": [operations[0] | {"status": "DISABLED"}]})
    connxt.post("/transactions", deposit).assert_page(404, NOT_FOUND)
    connxt.put(path, {"operations": operations[1:]})
    connxt.post("/transactions", deposit).assert_page(404, NOT_FOUND)
    connxt.put(path, {"operations": operations, "status": "DISABLED"})
    connxt.post("/transactions", deposit).assert_page(404, NOT_FOUND)
    connxt.put(path, {"status": "ENABLED"})
    assert connxt.post("/transactions", deposit).status == 200


def test_connxt_s10_an_unknown_transaction_is_not_found(connxt: Connxt):
    """Whatever stands in the path, what does not exist is not found."""
    for transaction_id in ("ortxggdqGELpiuCQ", "x", "%00", "a" * 1000):
        connxt.get(f"/transactions/{transaction_id}").assert_page(404, NOT_FOUND)
