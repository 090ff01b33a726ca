"""N36 to N47: what an answer says is known, whatever body it says it with."""

import json
import re

import pytest

from failwell import (
    ContractError,
    FaultError,
    NotFoundError,
    RateLimitError,
    UpstreamError,
    ValidationError,
)
from failwell.client.partial import raise_for_partial
from failwell.core.contract import Contract
from failwell.core.exceptions import PartialFailureError
from failwell.core.situation import Situation
from tests.client.byte_replies import (
    bomb_reply,
    gzip_reply,
    html_reply,
    huge_reply,
    json_reply,
    reply,
)
from tests.client.byte_server import serve
from tests.client.driving import QUICK

CONNIX = Contract.bundled("connix")
KEPT = {"X-Request-Id": "req_7", "Content-Type": "application/json"}

BODIES = {
    "html": html_reply(503, headers={"X-Request-Id": "req_7"}),
    "empty": reply(503, b"", KEPT),
    "null": reply(503, b"null", KEPT),
    "number": reply(503, b"42", KEPT),
    "string": reply(503, b'"str"', KEPT),
    "array": reply(503, b"[1, 2]", KEPT),
    "error is a text": reply(503, b'{"error": "str"}', KEPT),
    "error is a list": reply(503, b'{"error": ["a", {"b": 1}]}', KEPT),
    "error is null": reply(503, b'{"error": null}', KEPT),
    "truncated": reply(503, b'{"error": {"code": "x"', KEPT),
    "cut by the line": reply(503, b'{"error": {"code": "x", "message": "m"}}', KEPT).cut(last=9),
    "bad UTF-8": reply(503, b'{"error": "\xff\xfe"}', KEPT),
    "byte order mark": reply(503, b'\xef\xbb\xbf{"error": {}}', KEPT),
    "other type": reply(503, b'{"error": {}}', {**KEPT, "Content-Type": "image/png"}),
    "no type": reply(503, b'{"error": {}}', {"X-Request-Id": "req_7"}),
    "broken type": reply(503, b"{}", {**KEPT, "Content-Type": ";;charset="}),
    "repeated names": reply(503, b'{"error": {"code": "a", "code": {}}}', KEPT),
    "nested": reply(503, b"[" * 100_000, KEPT),
    "NaN": reply(503, b'{"error": {"code": NaN}}', KEPT),
    "long number": reply(503, b'{"error": {"code": ' + b"9" * 6_000 + b"}}", KEPT),
    "UTF-16": reply(503, '{"error": {}}'.encode("utf-16"), KEPT),
}


def failing(drive, answer, **options):
    """Make one call that fails, and give its error."""
    options.setdefault("retry", None)
    with serve(answer) as server:
        client = drive.client(server.url, **options)
        with pytest.raises(FaultError) as caught:
            client.get("/v1/projects/p_17")
    return caught.value


@pytest.mark.parametrize("contract", ["connix", None])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_client_n36_status_and_id_survive_any_body(drive, body, contract):
    """The class of the status and the request id are there, whatever came with them."""
    error = failing(drive, body, contract=contract)

    assert error.http_status == 503
    assert error.request_id == "req_7"
    assert error.retryable
    assert re.match(r"\[503 \S+\] .", str(error))


QUOTA = (
    b'{"error":{"message":"You exceeded your quota","type":"insufficient_quota","param":null,'
    b'"code":"insufficient_quota"},"more":"'
)


@pytest.mark.parametrize("contract", ["openai", None])
@pytest.mark.parametrize(
    ("body", "charset"),
    [(QUOTA, "utf-8"), (QUOTA + b'caf\xe9"}', "iso-8859-1"), (b"\xef\xbb\xbf" + QUOTA + b'"}', "")],
    ids=["cut off", "Latin-1", "byte order mark"],
)
def test_client_n36_a_code_that_came_whole_is_the_code_of_its_contract(
    drive, body, charset, contract
):
    """What follows a code cannot make it another: what the contract says of it still holds."""
    media = {"Content-Type": f"application/json; charset={charset}", "Retry-After": "0"}
    with serve(reply(429, body, media)) as server:
        client = drive.client(server.url, contract=contract, retry=QUICK)
        with pytest.raises(Contract.bundled("openai").exception("insufficient_quota")):
            client.get("/")

        assert server.count == 1


@pytest.mark.parametrize("contract", ["connix", None])
def test_client_n36_a_body_that_cannot_be_unpacked_keeps_the_status(drive, contract):
    """A damaged gzip body costs its words and nothing else."""
    error = failing(
        drive, gzip_reply(503, {"error": {"code": "x"}}, broken=True), contract=contract
    )

    assert error.http_status == 503
    assert error.code


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_client_n37_no_error_of_a_parser_comes_out(drive, body):
    """Every error a caller sees is one of ours, and has no parser's error behind it."""
    error = failing(drive, body, contract="connix")

    assert isinstance(error, FaultError)
    assert error.__cause__ is None or "Decode" not in type(error.__cause__).__name__


def test_client_n38_a_huge_body_is_not_read(drive):
    """Of 64 MiB some are in the socket's buffers, and no more are taken."""
    with serve(huge_reply(500)) as server:
        client = drive.client(server.url, retry=None)
        with pytest.raises(FaultError) as caught:
            client.get("/")

        assert server.sent < 8 * 1024 * 1024
    assert caught.value.history.truncated
    assert len(str(caught.value)) <= 1024


def test_client_n38_a_bomb_is_not_unpacked(drive):
    """A small body that unpacks to 256 MiB is cut off."""
    error = failing(drive, bomb_reply(500))

    assert error.history.truncated
    assert len(error.message or "") < 10_000


def test_client_n39_an_unknown_code_keeps_its_text(drive):
    """A code that came after the client was written gives the class of its status."""
    wire = CONNIX.golden("resource_not_found")
    body = wire.body.replace(b"resource_not_found", b"workspace_archived")

    error = failing(drive, reply(wire.status, body, wire.headers), contract="connix")

    assert type(error) is NotFoundError
    assert error.code == "workspace_archived"
    assert error.entry is None


def test_client_n39_a_missing_code_is_made_of_the_status(drive):
    """Without a code there is ``http_502``, and it is known that the contract was broken."""
    error = failing(drive, reply(502, b"{}", KEPT), contract="connix")

    assert error.code == "http_502"
    assert error.guessed
    assert error.history.violated
    assert isinstance(error, UpstreamError)


def test_client_n39_a_type_of_your_own_is_no_broken_contract(drive):
    """RFC 9457 leaves types to each API: an unknown one is the code, and its members are kept."""
    body = {"type": "https://example.com/out-of-credit", "title": "t", "detail": "d", "balance": 30}
    media = {"Content-Type": "application/problem+json"}

    error = failing(drive, json_reply(403, body, media), contract="rfc9457")

    assert error.code == "https://example.com/out-of-credit"
    assert error.params["details"] == {"balance": 30}
    assert (error.guessed, error.history.violated) == (False, False)


def test_client_n39_jsonapi_need_not_have_codes(drive):
    """Where the contract knows no codes, an error without one breaks nothing."""
    body = {"errors": [{"detail": "d", "source": {"pointer": "/data/a"}}]}
    media = {"Content-Type": "application/vnd.api+json"}

    error = failing(drive, json_reply(422, body, media), contract="jsonapi")

    assert (error.code, error.message) == ("http_422", "d")
    assert error.violations[0].location.path == ("data", "a")
    assert not error.history.violated


def test_client_n40_the_class_is_that_of_the_code_below_that_of_the_status(drive):
    """``except`` works with the class of the code, of what it means, and of all errors."""
    wire = CONNIX.golden("resource_not_found")

    error = failing(drive, reply(wire.status, wire.body, wire.headers), contract="connix")

    assert isinstance(error, CONNIX.exception("resource_not_found"))
    assert isinstance(error, NotFoundError)


def test_client_n40_numeric_codes_are_text_and_case_counts(drive):
    """A number is kept as text; a code in another case is another code."""
    body = {"code": 20404, "message": "m", "more_info": "https://x", "status": 404}

    error = failing(drive, json_reply(404, body), contract="twilio")
    other = failing(drive, json_reply(404, {"error": {"code": "RESOURCE_NOT_FOUND"}}))

    assert error.code == "20404"
    assert isinstance(error, Contract.bundled("twilio").exception("20404"))
    assert other.code == "RESOURCE_NOT_FOUND"


FIELDS = {
    "pointer": (
        {"errors": [{"detail": "d", "source": {"pointer": "/data/a/0"}}]},
        ("data", "a", 0),
    ),
    "dots": ({"errors": [{"field": "a.b.0", "message": "d"}]}, ("a", "b", 0)),
    "brackets": ({"error": {"param": "a[b][0]", "message": "d"}}, ("a", "b", 0)),
    "loc": ({"detail": [{"loc": ["body", "a", 0], "msg": "d", "type": "t"}]}, ("a", 0)),
    "tree": ({"errors": {"a": {"b": ["d"]}}}, ("a", "b")),
    "DRF": ({"a": {"0": ["d"]}}, ("a", 0)),
    "Discord": ({"errors": {"a": {"0": {"_errors": [{"code": "c", "message": "d"}]}}}}, ("a", 0)),
    "Okta": ({"errorCauses": [{"errorSummary": "login: d"}]}, ("login",)),
}


@pytest.mark.parametrize(("body", "path"), FIELDS.values(), ids=FIELDS)
def test_client_n41_fields_are_one_notation(drive, body, path):
    """Whichever way an API writes where a fault sits, it is one tuple of names and indexes."""
    error = failing(drive, json_reply(422, body))

    assert isinstance(error, ValidationError)
    found = error.violations[0]
    assert found.location.path in (path, ("body", *path))
    assert found.detail == "d"


CLOUDFLARE = """
contract: 1
api: Cloudflare
applies: [2XX, 4XX, 5XX]
envelope:
  success: false
  errors: [{code: '$code:int', message: $message}]
codes:
  '10000':
    {name: bad_login, status: [200, 403], says: a, causes: [b], fix: [c]}
"""

IN_A_SUCCESS = {
    "Slack": ("slack", json_reply(200, {"ok": False, "error": "missing_scope"}), "missing_scope"),
    "Slack, new code": ("slack", json_reply(200, {"ok": False, "error": "new_one"}), "new_one"),
    "GraphQL": (
        "graphql",
        json_reply(200, {"errors": [{"message": "m", "extensions": {"code": "FORBIDDEN"}}]}),
        "FORBIDDEN",
    ),
    "Cloudflare": (
        Contract.loads(CLOUDFLARE),
        json_reply(200, {"success": False, "errors": [{"code": 10000, "message": "m"}]}),
        "10000",
    ),
    "S3": (
        None,
        reply(200, b"<?xml version='1.0'?>\n<Error><Code>SlowDown</Code></Error>"),
        "SlowDown",
    ),
}


@pytest.mark.parametrize(("contract", "answer", "code"), IN_A_SUCCESS.values(), ids=IN_A_SUCCESS)
def test_client_n42_a_200_that_is_an_error_is_one(drive, contract, answer, code):
    """What the contract calls an error is raised, and the status line is still told."""
    error = failing(drive, answer, contract=contract)

    assert error.code == code
    assert error.http_status == 200


WELL = {
    "Slack": ("slack", {"ok": True, "error": "missing_scope"}),
    "GraphQL": ("graphql", {"data": {"errors": [1]}}),
    "GraphQL, no errors": ("graphql", {"data": {}, "errors": []}),
    "Connix": ("connix", {"error": None, "id": 1}),
    "nobody's": (None, {"ok": False, "error": "missing_scope", "success": False}),
}


@pytest.mark.parametrize(("contract", "body"), WELL.values(), ids=WELL)
def test_client_n42_a_success_that_looks_like_an_error_is_a_success(drive, contract, body):
    """Only what the contract says is an error; nothing is guessed of a 200."""
    with serve(json_reply(200, body)) as server:
        response = drive.client(server.url, contract=contract).get("/")

    assert response.json() == body


def test_client_n42_partial_data_is_kept(drive):
    """GraphQL may give half of the data with its errors, and the caller gets it."""
    body = {
        "errors": [{"message": "m", "path": ["a"], "extensions": {"code": "FORBIDDEN"}}],
        "data": {"a": None, "b": 2},
    }

    error = failing(drive, json_reply(200, body), contract="graphql")

    assert error.params["data"] == {"a": None, "b": 2}


def test_client_n42_the_cost_of_a_query_tells_the_wait(drive):
    """A throttled query is repeated when its bucket has filled up, as the answer tells."""
    cost = {
        "requestedQueryCost": 30,
        "throttleStatus": {"currentlyAvailable": 20, "restoreRate": 50.0},
    }
    throttled = {
        "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
        "extensions": {"cost": cost},
    }
    with serve(json_reply(200, throttled), json_reply(200, {"data": {"a": 1}})) as server:
        client = drive.client(server.url, contract="graphql", retry=QUICK)

        assert client.post("/graphql", json={"query": "{a}"}).json() == {"data": {"a": 1}}
        assert 0.19 <= server.gaps[0] < 1.5


def test_client_n42_a_page_where_json_belongs_is_a_gateways(drive):
    """A 200 with HTML from an API that speaks JSON is no success."""
    error = failing(drive, html_reply(200, "<html><title>Log in</title>"), contract="connix")

    assert isinstance(error, UpstreamError)
    assert error.http_status == 200
    assert error.history.gateway


@pytest.mark.parametrize("body", [b'{"items": [1, 2', b'{"a": "b'])
def test_client_n42_half_an_object_is_no_answer(drive, body):
    """A 200 whose JSON stops in the middle is no success."""
    answer = reply(200, body, {"Content-Type": "application/json"})

    error = failing(drive, answer, contract="connix")

    assert error.http_status == 200
    assert error.outcome == "processed"


def test_client_n44_items_that_failed_are_told_with_their_indexes(drive):
    """A 207 in which some items failed is an error that holds each of them."""
    items = [
        {"status": 201, "id": "a"},
        {"status": 409, "error": {"code": "taken", "message": "m"}},
        {"status": 429, "body": json.loads(CONNIX.golden("rate_limit_exceeded").body)},
    ]
    with serve(json_reply(207, {"results": items})) as server:
        client = drive.client(server.url, contract="connix", retry=QUICK)
        with pytest.raises(PartialFailureError) as caught:
            client.post("/v1/batch", json=[1, 2, 3])

        assert server.count == 1

    error = caught.value
    assert [index for index, _ in error.items] == [1, 2]
    assert [fault.code for _, fault in error.items] == ["taken", "rate_limit_exceeded"]
    assert error.items[1][1].situation is Situation.RATE_LIMITED
    assert (error.http_status, error.outcome) == (207, "processed")


def test_client_n44_a_207_without_failures_is_a_success(drive):
    """Where every item went well there is nothing to raise."""
    with serve(json_reply(207, [{"status": 200}, {"status": 201}])) as server:
        assert drive.client(server.url).post("/v1/batch").status_code == 207


BULKS = {
    "Elasticsearch": {
        "took": 3,
        "errors": True,
        "items": [
            {"index": {"_id": "1", "status": 201}},
            {
                "create": {
                    "_id": "2",
                    "status": 429,
                    "error": {"type": "es_rejected", "reason": "r"},
                }
            },
        ],
    },
    "Microsoft Graph": {
        "responses": [
            {"id": "1", "status": 200, "body": {}},
            {"id": "2", "status": 429, "body": {"error": {"code": "es_rejected", "message": "r"}}},
        ]
    },
    "Kinesis": {
        "FailedRecordCount": 1,
        "Records": [{"SequenceNumber": "1"}, {"ErrorCode": "es_rejected", "ErrorMessage": "r"}],
    },
}


@pytest.mark.parametrize("body", BULKS.values(), ids=BULKS)
def test_client_n44_bulk_answers_are_asked_for(drive, body):
    """A bulk answer with a 200 is an error for whoever asks whether all items went well."""
    with serve(json_reply(200, body)) as server:
        response = drive.client(server.url).post("/_bulk")

    with pytest.raises(PartialFailureError) as caught:
        raise_for_partial((200, {}, response.content))
    (index, fault), *others = caught.value.items
    assert (index, fault.code, fault.message, others) == (1, "es_rejected", "r", [])


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"errors": false, "items": [{}]}', b'{"responses": [1]}', b"["]
)
def test_client_n44_other_answers_have_no_items(body):
    """An answer of another form is given back."""
    assert raise_for_partial((200, {}, body)) == (200, {}, body)


@pytest.mark.parametrize("status", [404, 503])
def test_client_n45_an_error_to_head_has_no_body_and_is_not_waited_for(drive, status):
    """HEAD announces a length and sends no body; the error is there at once."""
    head = f"HTTP/1.1 {status} X\r\ncontent-length: 500\r\nx-request-id: req_7\r\n\r\n".encode()
    with serve(reply(status).__class__(data=head)) as server:
        client = drive.client(server.url, contract="connix", retry=None, timeout=2.0)
        with pytest.raises(FaultError) as caught:
            client.head("/v1/projects")

    assert (caught.value.http_status, caught.value.request_id) == (status, "req_7")


@pytest.mark.parametrize("status", [204, 304])
def test_client_n45_answers_that_never_have_a_body_are_well(drive, status):
    """204, and a 304 that was asked for, are no errors for having no body."""
    asked = {"If-None-Match": '"v1"'}
    with serve(reply(status, length="")) as server:
        client = drive.client(server.url, contract="connix")

        assert client.get("/", headers=asked).status_code == status


def test_client_n46_the_charset_counts_and_what_it_cannot_say_is_replaced(drive):
    """Latin-1 is read as Latin-1 when the answer says so; bytes that are no UTF-8 do not break."""
    body = b'{"code": "x", "message": "caf\xe9"}'
    latin = {"Content-Type": "application/json; charset=iso-8859-1"}

    assert failing(drive, reply(400, body, latin)).message == "café"
    assert failing(drive, reply(400, body, KEPT)).message == "caf\N{REPLACEMENT CHARACTER}"


def test_client_n46_a_message_cannot_forge_a_log(drive):
    """Line ends, control characters and turned writing are escaped in the one line."""
    message = "a\nb\x1b[31m\u202ec\x00"

    error = failing(drive, json_reply(400, {"code": "x", "message": message}))

    assert not re.search(r"[\x00-\x1f\u202e]", str(error))


def test_client_n47_a_gateway_is_told_and_never_shown(drive):
    """The page of a proxy is known as one, and its words are not for people."""
    page = html_reply(502, "<html><title>cloudflare oops</title>", {"Server": "cloudflare"})

    error = failing(drive, page, contract="connix")

    assert error.history.gateway
    assert "oops" not in error.user_message("en")
    assert not failing(drive, json_reply(502, {"code": "x"}, {"Server": "nginx"})).history.gateway


def test_an_api_without_a_contract_is_recognised(drive):
    """The code of an API everybody knows is understood without being told which it is."""
    body = {"error": {"message": "m", "type": "t", "param": None, "code": "insufficient_quota"}}
    with serve(json_reply(429, body, {"Retry-After": "0"})) as server:
        client = drive.client(server.url, retry=QUICK)
        with pytest.raises(RateLimitError) as caught:
            client.get("/")

        assert server.count == 1
    assert caught.value.code == "insufficient_quota"
    assert caught.value.retry == "never"
    assert caught.value.api.name == "OpenAI"


def test_a_contract_for_the_test_above_is_valid():
    """The contract written in this file is one."""
    with pytest.raises(ContractError):
        Contract.loads(CLOUDFLARE + "  broken: {}")
