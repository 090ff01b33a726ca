"""Hostile input is refused or kept as it is; it is never a server error."""

import json

import pytest

from tests.connxt.connxt_client import Connxt

JSON_TYPE = {"Content-Type": "application/json"}

TEXTS = [
    "\0",
    "a\0b",
    "\u202e\u0000",
    "';DROP TABLE psps;--",
    "%s%n{0}{}",
    "\U0001f4b6" * 30,
    "\r\nX-Injected: 1",
]


@pytest.mark.parametrize("text", TEXTS)
def test_names_are_kept_or_refused(connxt: Connxt, text: str):
    """A name is kept to the character, or refused by its field; no other field is touched."""
    answer = connxt.post("/psps/external", connxt.new_psp(text))

    if "\0" in text:
        expected = "PSP name is required" if text == "\0" else "PSP name is invalid"
        assert answer.status == 400
        assert answer.errors in ([("name", expected)], [("name", "PSP name is invalid")])
    else:
        assert answer.status in (200, 409)
        assert answer.status == 409 or answer.data["name"] == text


@pytest.mark.parametrize("text", [*TEXTS, "x" * 300])
@pytest.mark.parametrize("place", ["order", "customer"])
def test_texts_of_a_payload_are_kept_or_refused(connxt: Connxt, psp: dict, text, place):
    """What a shop calls its orders and customers comes back as it was, or is refused."""
    body = connxt.new_transaction(psp, executePayload={"body": {place: {"id": text}}})

    answer = connxt.post("/transactions", body)

    if "\0" in text or len(text) > 200:
        assert (answer.status, [field for field, _ in answer.errors]) == (400, ["id"])
    else:
        found = connxt.get(f"/transactions/{answer.data['data']['data']['orderId']}").data
        assert found["orderId" if place == "order" else "userId"] == text


def test_half_a_surrogate_pair_is_no_json(connxt: Connxt, psp: dict):
    """A body with one is refused as a whole, wherever it stands."""
    payment = json.dumps(connxt.new_transaction(psp)).replace("ORDER_123", "\\ud800")
    named = json.dumps(connxt.new_psp("NAME")).replace("NAME", "\\udfff")

    for path, raw in (("/transactions", payment), ("/psps/external", named)):
        answer = connxt.post(path, raw=raw.encode(), headers=JSON_TYPE)
        assert (answer.status, answer.json["errors"]) == (400, [])


def test_a_payload_may_be_deep_and_strange(connxt: Connxt, psp: dict):
    """What is only passed on may be anything that is JSON."""
    deep: object = 1
    for _ in range(60):
        deep = [deep]
    strange = {"body": {"": None, "\0": "\0", "deep": deep, "large": 10**18, "small": 1e-300}}

    assert connxt.transaction(psp, executePayload=strange)["success"]


@pytest.mark.parametrize("amount", [0.01, 1, 1.1, 123456789.12, 1e12, 5e-324, 10**12])
def test_amounts_come_back_as_they_were(connxt: Connxt, psp: dict, amount: float):
    """An amount is the same number afterwards, and whole ones have no point."""
    transaction_id, path = connxt.deposit(psp, txnAmount=amount)

    answer = connxt.get(f"/transactions/{transaction_id}")

    assert answer.data["txnAmount"] == amount
    assert b'"txnAmount":1,' in answer.body or amount != 1
    assert connxt.get(path).status == 200


@pytest.mark.parametrize(
    "host", ["shop.example", "shop.example:8443", "[::1]:80", "a" * 200 + ".example"]
)
def test_the_page_is_where_the_caller_is(connxt: Connxt, psp: dict, host: str):
    """A caller that came by another name gets the page under that name."""
    answer = connxt.post("/transactions", connxt.new_transaction(psp), headers={"Host": host})

    value = answer.data["data"]["data"]["navigation"]["value"]
    assert value.startswith(f"http://{host}/connxt/v2/gateway/pay_")


def test_a_huge_list_of_operations_is_refused_quickly(connxt: Connxt):
    """Many wrong operations give a bounded list of errors."""
    answer = connxt.post("/psps/external", connxt.new_psp("Many", operations=[{}] * 5000))

    assert answer.status == 400
    assert len(answer.errors) <= 100


def test_wrong_types_everywhere(connxt: Connxt, psp: dict):
    """Whatever kind of JSON stands where, the fault is the caller's."""
    for value in (None, True, 5, 1.5, "x", [], {}, [[]], {"a": {}}):
        for path, good in (
            ("/psps/external", connxt.new_psp("Types")),
            ("/transactions", connxt.new_transaction(psp)),
        ):
            for name in good:
                answer = connxt.post(path, good | {name: value})
                assert answer.status in (200, 400, 404, 409), (path, name, value)
        for name in ("name", "logo", "credential", "operations", "status"):
            answer = connxt.put(f"/psps/{psp['id']}", {name: value})
            assert answer.status in (200, 400, 404, 409), (name, value)
