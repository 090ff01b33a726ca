"""schemathesis finds nothing in Connxt, whose page knows no 405."""

import pytest

from tests.fuzz_openapi.documents import with_examples
from tests.fuzz_openapi.search import Search, assert_nothing_found, assert_reached

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(7200)]

API = "connxt"


@pytest.fixture
def known(searched, api):
    """What exists: the flows of the demo environment, a PSP, a payment, its page."""
    demo, caller = searched.credentials[API], api.caller(searched)
    psp_body = api.body(demo, "Searched")
    psp = caller.post(api.create, psp_body).json["data"]["id"]
    body = {
        "flowActionId": demo["flow_action_id"],
        "flowTargetId": demo["flow_target_id"],
        "pspId": psp,
        "transactionType": "DEPOSIT",
        "txnCurrency": "EUR",
        "txnAmount": 10,
        "executePayload": {"body": {}},
    }
    started = [caller.post("/transactions", body).json for _ in range(4)]
    begun = [each["data"]["data"]["data"] for each in started]
    return {
        "query.type": ["PSP"],
        "path.pspId": [psp],
        "path.token": [each["navigation"]["value"].rpartition("/")[2] for each in begun],
        "path.txnId": [each["orderId"] for each in begun],
        "body.credential": [psp_body["credential"]],
        "body.flowActionId": [demo["flow_action_id"]],
        "body.flowTargetId": [demo["flow_target_id"]],
        "body.pspId": [psp],
    }


def test_nothing_is_found(tmp_path, searched, api, origin, strict, known, fuzzing, seed):
    """Every status that comes is one the operation lists, and each operation did its work."""
    search = Search(
        tmp_path,
        base_url=origin,
        document=with_examples(
            strict, {"createPsp": api.body(searched.credentials[API], "Another one")}
        ),
        auth={"auth.openapi.secret_token": {"api_key": searched.credentials[API]["secret_token"]}},
        known=known,
        without=["unsupported_method"],
        semantic=["createPsp", "changePsp", "createTransaction"],
    )

    report = search.run(examples=1500 if fuzzing else 10, seed=seed)

    assert_nothing_found(report, semantic=True)
    assert_reached(strict, searched, report)
