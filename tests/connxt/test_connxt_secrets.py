"""Statement 19 of the Connxt page: a credential is never seen again."""

import json
from pathlib import Path

import pytest

from tests.connxt.connxt_client import Connxt

CANARY = "canary-c0ffee-5ec2e7"


@pytest.fixture(scope="module")
def guarded(connxt: Connxt) -> dict:
    """A PSP whose credential must not be seen."""
    return connxt.psp("Guarded", credential=json.dumps({"apiKey": CANARY, "more": [CANARY]}))


def test_connxt_s19_no_answer_holds_a_credential(connxt: Connxt, guarded: dict):
    """Wherever a PSP is shown, stars stand in its place."""
    path = f"/psps/{guarded['id']}"
    body = connxt.new_psp("Guarded", credential=json.dumps({"apiKey": CANARY}))

    answers = [
        connxt.get(path),
        connxt.get("/psps?name=Guarded"),
        connxt.put(path, {"credential": json.dumps({"apiKey": CANARY})}),
        connxt.post("/psps/external", body),
        connxt.post("/transactions", connxt.new_transaction(guarded)),
        connxt.post("/transactions", connxt.new_transaction(guarded, "WITHDRAW")),
    ]

    assert guarded["credential"] == "***ENCRYPTED***"
    assert answers[0].data["credential"] == "***ENCRYPTED***"
    assert answers[3].status == 409
    for answer in answers:
        assert CANARY.encode() not in answer.body
        assert CANARY not in str(answer.headers)


@pytest.mark.parametrize(
    "change",
    [
        {"credential": json.dumps({"x": CANARY})},
        {"credential": CANARY},
        {"credential": {"apiKey": CANARY}},
        {"credential": json.dumps({"apiKey": CANARY}), "flowTargetId": CANARY},
        {"credential": json.dumps({"apiKey": CANARY}), "operations": [{CANARY: CANARY}]},
        {CANARY: CANARY, "name": None},
    ],
)
def test_connxt_s19_no_error_repeats_what_was_sent(connxt: Connxt, change: dict):
    """A refusal names fields of ours and no value of the caller's."""
    answer = connxt.post("/psps/external", connxt.new_psp("Refused") | change)

    assert answer.status in (400, 404)
    assert CANARY.encode() not in answer.body


def test_connxt_s19_files_and_log_hold_no_credential(connxt: Connxt, guarded: dict):
    """Neither the database nor its write-ahead log nor what is logged has it in clear."""
    assert connxt.post("/transactions", connxt.new_transaction(guarded)).status == 200
    directory = Path(connxt.server.data)

    for file in sorted(directory.iterdir()):
        if file.is_file():
            content = file.read_bytes()
            assert CANARY.encode() not in content, file.name
            assert guarded["name"].encode() not in content or file.name.startswith("connxt.db")
    assert b"***" not in (directory / "connxt.db").read_bytes()


def test_payment_pages_are_kept_as_hashes(connxt: Connxt, guarded: dict):
    """Who reads the database cannot open the payment pages in it."""
    _, path = connxt.deposit(guarded)
    token = path.rpartition("/")[2].encode()

    for file in connxt.server.data.iterdir():
        if file.is_file():
            assert token not in file.read_bytes(), file.name
    assert connxt.get(path).status == 200


def test_tokens_are_kept_as_hashes(connxt: Connxt):
    """No file but credentials.json holds a token."""
    for file in connxt.server.data.iterdir():
        if file.is_file() and file.name not in ("credentials.json", "test.log"):
            assert connxt.token.encode() not in file.read_bytes(), file.name
