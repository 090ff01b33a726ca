"""Statements 1 to 6, 8, 14, 17 and 20 of the Connxt page: one envelope, six codes."""

import re
import time

import pytest

from failwell.core.contract import Contract
from tests.connxt.connxt_client import Connxt

AUTHENTICATION_REQUIRED = """
{
"timestamp": "2025-12-12T08:55:04Z",
"code": "4002",
"message": "Authentication required"
}
"""

NOT_FOUND = """
{
"timestamp": "2025-12-12T08:55:04Z",
"code": "4004",
"message": "Resource not found"
}
"""

INSUFFICIENT_PERMISSIONS = """
{
"timestamp": "2025-12-12T08:55:04Z",
"code": "4003",
"message": "Insufficient permissions"
}
"""

NO_FIELD = """
{
"timestamp": "2025-12-12T08:55:04Z",
"code": "4001",
"message": "Invalid request data",
"errors": []
}
"""

EVERYTHING = [
    ("GET", "/flow-types/definitions?type=PSP"),
    ("POST", "/psps/external"),
    ("GET", "/psps"),
    ("GET", "/psps/psp_mSwZ5vYUDN96gEei1kiIjCJc3g"),
    ("PUT", "/psps/psp_mSwZ5vYUDN96gEei1kiIjCJc3g"),
    ("POST", "/transactions"),
    ("GET", "/transactions/ortxggdqGELpiuCQ"),
]


def refusals(connxt: Connxt):
    """One refusal of each kind that a caller can cause."""
    return [
        connxt.get("/flow-types/definitions"),
        connxt.post("/psps/external", raw=b"{", headers={"Content-Type": "application/json"}),
        connxt.get("/psps", headers={"X-SECRET-TOKEN": None}),
        connxt.as_(connxt.known["read_only_secret_token"]).post("/psps/external", {}),
        connxt.get("/nowhere"),
        connxt.post("/psps/external", connxt.new_psp("Twice")),
    ]


def test_connxt_s01_every_error_has_the_envelope(connxt: Connxt):
    """Timestamp, code and message stand in this order; code is a text of four digits."""
    connxt.post("/psps/external", connxt.new_psp("Twice"))

    for answer in refusals(connxt):
        members = list(answer.json)
        assert members[:3] == ["timestamp", "code", "message"]
        assert members[3:] in ([], ["errors"])
        assert re.fullmatch("[0-9]{4}", answer.code)
        assert isinstance(answer.json["message"], str)
        assert answer.headers["X-Request-ID"].startswith("req_")


def test_connxt_s02_the_timestamp_is_utc_to_the_second(connxt: Connxt):
    """It is now, in ISO 8601 with seconds and Z."""
    before = int(time.time())
    moment = connxt.get("/nowhere").json["timestamp"]

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment)
    sent = time.strptime(moment, "%Y-%m-%dT%H:%M:%SZ")
    assert before <= time.mktime(sent) - time.timezone <= before + 5


def test_connxt_s03_six_codes_and_no_others():
    """The contract has the six pairs of the page's table."""
    codes = Contract.bundled("connxt").codes

    assert {code: entry.wire_status for code, entry in codes.items()} == {
        "1000": 500,
        "4001": 400,
        "4002": 401,
        "4003": 403,
        "4004": 404,
        "4005": 409,
    }


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
def test_connxt_s04_no_token_is_authentication_required(connxt: Connxt, method: str, path: str):
    """Without X-SECRET-TOKEN every endpoint gives the body of the page."""
    body = None if method == "GET" else {}

    answer = connxt.call(method, path, body, headers={"X-SECRET-TOKEN": None})

    answer.assert_page(401, AUTHENTICATION_REQUIRED)


@pytest.mark.parametrize(
    "token",
    ["", "sec_", "sec_" + "a" * 26, "sec_" + "a" * 25, "cx_" + "0" * 32, "sec_" + "!" * 26],
)
def test_connxt_s05_a_wrong_token_is_authentication_required(connxt: Connxt, token: str):
    """A token that is malformed or unknown gives the same body."""
    answer = connxt.get("/psps", headers={"X-SECRET-TOKEN": token})

    answer.assert_page(401, AUTHENTICATION_REQUIRED)


def test_connxt_s05_an_expired_token_is_authentication_required(connxt: Connxt):
    """A token works until its end, and gives the same body from then on."""
    token = connxt.issue("--expires-in", "2")["secret"]
    caller = connxt.as_(token)
    assert caller.get("/psps").status == 200

    time.sleep(2.1)

    caller.get("/psps").assert_page(401, AUTHENTICATION_REQUIRED)


def test_connxt_s05_a_revoked_token_is_authentication_required(connxt: Connxt):
    """A token that was taken back gives the same body within a second."""
    issued = connxt.issue()
    caller = connxt.as_(issued["secret"])
    assert caller.get("/psps").status == 200

    connxt.command("credentials", "revoke", issued["id"])
    time.sleep(1.0)

    caller.get("/psps").assert_page(401, AUTHENTICATION_REQUIRED)


def test_connxt_s06_a_token_opens_its_own_environment(connxt: Connxt):
    """The two environments of one brand have ids of their own and share no PSP."""
    own, other = connxt, connxt.other_environment
    psp = own.psp("In one environment only")

    assert {each["id"] for each in own.targets()}.isdisjoint(each["id"] for each in other.targets())
    assert psp["id"] not in {each["id"] for each in other.get("/psps").data}
    foreign = other.psp("In the other environment")
    assert foreign["brandId"] == psp["brandId"]
    assert foreign["environmentId"] != psp["environmentId"]


def test_connxt_s08_details_are_field_and_message(connxt: Connxt):
    """Each item of errors has exactly these two members, and a list is always there."""
    answer = connxt.post("/psps/external", {"operations": [{}, 5]})

    assert answer.status == 400
    assert all(list(item) == ["field", "message"] for item in answer.json["errors"])
    assert answer.errors == [
        ("name", "PSP name is required"),
        ("credential", "Credential is required"),
        ("flowTargetId", "Flow target ID is required"),
        ("flowActionId", "Flow action ID is required"),
        ("flowDefinitionId", "Flow definition ID is required"),
        ("status", "Status is required"),
        ("operations", "Operations must be of type object"),
    ]


@pytest.mark.parametrize(
    ("method", "path"), [each for each in EVERYTHING if each[0] in ("POST", "PUT")]
)
def test_connxt_s14_a_token_without_the_permission_is_forbidden(
    connxt: Connxt, method: str, path: str
):
    """A token for reading may not write, whatever it sends."""
    reader = connxt.as_(connxt.known["read_only_secret_token"])

    for body in ({}, connxt.new_psp("Not allowed")):
        reader.call(method, path, body).assert_page(403, INSUFFICIENT_PERMISSIONS)


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("flows:read", "/flow-types/definitions?type=PSP"),
        ("psps:read", "/psps"),
        ("transactions:read", "/transactions/ortxggdqGELpiuCQ"),
    ],
)
def test_connxt_s14_a_token_may_do_what_its_permission_says(
    connxt: Connxt, scope: str, allowed: str
):
    """With one permission for reading, exactly that can be read."""
    caller = connxt.as_(connxt.issue("--scope", scope)["secret"])

    for path in (
        "/flow-types/definitions?type=PSP",
        "/psps",
        "/psps/psp_1",
        "/transactions/ortxggdqGELpiuCQ",
    ):
        granted = path.split("/")[1].split("?")[0] == allowed.split("/")[1].split("?")[0]
        assert (caller.get(path).status != 403) == granted, path


def test_connxt_s17_the_status_alone_tells_success_from_error(connxt: Connxt):
    """What worked has a 2xx status and the code 200 as a text; what did not has neither."""
    good = connxt.get("/psps")
    assert (good.status, good.code, list(good.json)) == (
        200,
        "200",
        ["timestamp", "code", "message", "data"],
    )
    assert good.json["message"] == "Operation completed successfully"

    for answer in refusals(connxt):
        assert answer.status >= 400
        assert answer.code != "200"
        assert "data" not in answer.json


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nowhere"),
        ("GET", "/"),
        ("POST", "/psps"),
        ("GET", "/psps/external"),
        ("DELETE", "/psps/psp_1"),
        ("PATCH", "/transactions"),
        ("GET", "/psps/"),
        ("GET", "/gateway/nothing"),
    ],
)
def test_connxt_s20_unknown_paths_and_methods_are_not_found(connxt: Connxt, method: str, path: str):
    """The page knows no 405: what cannot be done there is not there."""
    connxt.call(method, path).assert_page(404, NOT_FOUND)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b'"text"', b"null", b"5", b'{"name":"a","name":"b"}', b'{"a":NaN}', b"\xff"],
)
def test_connxt_s20_a_body_that_cannot_be_read_blames_no_field(connxt: Connxt, raw: bytes):
    """Bad JSON, or JSON that is no object, is 4001 with an empty list."""
    sent = {"Content-Type": "application/json"}

    for path in ("/psps/external", "/transactions"):
        connxt.post(path, raw=raw, headers=sent).assert_page(400, NO_FIELD)


def test_connxt_s20_a_body_of_another_type_blames_no_field(connxt: Connxt):
    """What is not said to be JSON is not read as JSON."""
    answer = connxt.post("/psps/external", raw=b"{}", headers={"Content-Type": "text/plain"})

    answer.assert_page(400, NO_FIELD)
