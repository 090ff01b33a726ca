"""Statements 1, 2 and 9 of the IXON page: how every 4xx looks."""

import pytest

from failwell.core.contract import Contract
from tests.ixon.ixon_client import ORDER, Answer, Ixon

CONTRACT = Contract.bundled("ixon")

REFUSALS = {
    "no company": lambda ixon: ixon.get("/agents", company=None),
    "another company": lambda ixon: ixon.get("/agents", company="0000-0000-0000-0000-0000"),
    "no version": lambda ixon: ixon.get("/users/me", headers={"Api-Version": None}),
    "no token": lambda ixon: ixon.get("/users/me", token=None),
    "a short token": lambda ixon: ixon.get("/users/me", token="short"),
    "an unknown token": lambda ixon: ixon.get("/users/me", token="0" * 32),
    "a wrong password": lambda ixon: ixon.enter(password="wrong"),
    "no second factor": lambda ixon: ixon.enter_carefully(),
    "no path": lambda ixon: ixon.get("/nothing"),
    "no agent": lambda ixon: ixon.get("/agents/000000000000"),
    "a method": lambda ixon: ixon.delete("/agents"),
    "no JSON": lambda ixon: ixon.post(
        "/roles", raw=b"{", headers={"Content-Type": "application/json"}
    ),
    "no type": lambda ixon: ixon.post("/roles", raw=b"{}"),
    "a field": lambda ixon: ixon.post("/roles", {"name": ""}),
    "fields of a list": lambda ixon: ixon.post("/roles", [{"name": ""}, {}]),
    "a query": lambda ixon: ixon.get("/roles?page-size=0"),
}


@pytest.fixture(params=REFUSALS.values(), ids=list(REFUSALS))
def refusal(request: pytest.FixtureRequest, ixon: Ixon) -> Answer:
    """A request that is refused for a reason of its own."""
    return request.param(ixon)


def test_ixon_s01_every_4xx_has_the_four_members(refusal: Answer):
    """Type, data, moreAfter and status, and nothing else; the last two never vary."""
    assert tuple(refusal.json) == ORDER
    assert refusal.json["type"] == "Error"
    assert refusal.json["moreAfter"] is None
    assert refusal.json["status"] == "error"


def test_ixon_s02_the_reason_stands_in_the_messages(refusal: Answer):
    """There is at least one item; each has a message, and perhaps says where."""
    assert refusal.data
    for each in refusal.data:
        assert each["message"]
        assert set(each) <= {"message", "propertyName", "listIndex"}


def test_ixon_s09_content_errors_are_4xx(refusal: Answer):
    """The status says whose fault it is."""
    assert 400 <= refusal.status < 500
    assert refusal.headers["Content-Type"] == "application/json"


def test_ixon_every_refusal_is_read_back(refusal: Answer):
    """The contract knows each body, with the code that has this status, and no difference."""
    decoded = CONTRACT.decode(refusal.status, dict(refusal.headers), refusal.body)

    assert decoded.entry is not None
    assert decoded.fault.status == refusal.status
    assert [each for each in decoded.deviations if each.level == "error"] == []


def test_ixon_every_answer_is_named(ixon: Ixon, refusal: Answer):
    """Good and bad answers carry a request id, in the header only."""
    good = ixon.get("/users/me")

    assert refusal.headers["X-Request-ID"] != good.headers["X-Request-ID"]
    assert "request" not in refusal.body.decode().lower() or b"Invalid request" in refusal.body
