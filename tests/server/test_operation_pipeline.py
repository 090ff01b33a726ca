"""An operation is checked in the order of its contract, and answers whole or not at all."""

import pytest

from failwell.core.exceptions import FailwellError, RateLimitError
from failwell.core.fault import Location, Violation
from failwell.server.exchange import Exchange
from failwell.server.headers import Headers
from failwell.server.operation import Call, Operation, Reply
from failwell.server.pipeline import Pipeline
from failwell.server.validation import Validators
from tests.server.library_api import CONNIX, JSON_TYPE, KEY, WRITER, Keys, call, library, quota


async def answer_strangely(_call: Call) -> Reply:
    return Reply(body={"value": object()})


async def answer_plainly(_call: Call) -> Reply:
    return Reply(body="plain")


async def nothing():
    raise AssertionError("no body was announced")


def a_call(*headers) -> Call:
    exchange = Exchange("req_1", CONNIX, "GET", 0.0)
    return Call(
        exchange=exchange, method="GET", path={}, headers=Headers(headers), address="192.0.2.1"
    )


def strange(**changes) -> Operation:
    declared = {
        "method": "GET",
        "path": "/strange",
        "handler": answer_strangely,
        "id": "strange",
        "summary": "Answer strangely.",
    }
    return Operation(**(declared | changes))


async def test_a_good_call_gets_the_declared_status():
    """What a handler returns goes out with the status its operation declares."""
    answer = await call(library(), "POST", "/api/v1/books", WRITER, JSON_TYPE, body=b'{"name":"A"}')

    assert answer.status == 201
    assert answer.json == {"id": "book_1", "name": "A"}
    assert answer.headers["content-type"] == "application/json"


async def test_nothing_to_say_is_no_body_at_all():
    """A 204 has neither a body nor fields that describe one."""
    answer = await call(library(), "DELETE", "/api/v1/books/1", KEY)

    assert (answer.status, answer.body) == (204, b"")
    assert not {"content-type", "content-length"} & set(answer.headers)


async def test_head_is_get_without_its_body():
    """Every GET answers HEAD with the same fields and no body (RFC 9110, 9.3.2)."""
    app = library()

    get = await call(app, "GET", "/api/v1/books", KEY)
    head = await call(app, "HEAD", "/api/v1/books", KEY)

    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


async def test_parameters_arrive_with_their_types_and_defaults():
    """A handler gets numbers where numbers are declared, and the default of what is absent."""
    app = library()

    given = await call(app, "GET", "/api/v1/books", KEY, search=b"limit=5&stranger=1")
    absent = await call(app, "GET", "/api/v1/books", KEY)

    assert given.json == {"limit": 5}
    assert absent.json == {"limit": 20}


async def test_a_form_is_read_like_a_query():
    """A form body arrives by the names its schema declares."""
    form = (b"content-type", b"application/x-www-form-urlencoded")

    answer = await call(library(), "POST", "/oauth2/token", form, body=b"code=a%2Bb&more=1")

    assert answer.json == {"code": "a+b"}


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ([], b"{", "invalid_api_key"),
        ([KEY], b"{", "insufficient_scope"),
        ([WRITER], b"{", "invalid_json"),
        ([WRITER, JSON_TYPE], b"{", "invalid_json"),
        ([WRITER, JSON_TYPE], b"{}", "validation_error"),
        ([WRITER, JSON_TYPE], b'{"name":"taken"}', "resource_conflict"),
    ],
)
async def test_checks_come_in_the_order_of_the_contract(headers, body, code):
    """Of several things that are wrong the earlier check answers."""
    answer = await call(library(), "POST", "/api/v1/books", *headers, body=body)

    assert answer.error["code"] == code


async def test_parents_in_the_path_come_before_permission():
    """Who asks below something that does not exist is told that, not what they may not do."""
    app = library()

    unknown = await call(app, "DELETE", "/api/v1/shelves/none", KEY)
    known = await call(app, "DELETE", "/api/v1/shelves/shelf_1", KEY)

    assert unknown.error["details"] == {"resource_type": "shelf", "resource_id": "none"}
    assert known.error["code"] == "insufficient_scope"


@pytest.mark.parametrize(
    ("order", "second"), [(("rate_limit", "credentials"), "refused"), ((), "answered")]
)
async def test_a_contract_may_reorder_the_checks(order, second):
    """With the rate limit before credentials an address is counted, not who is calling."""
    pipeline = Pipeline(
        strange(auth=("api_key",), handler=answer_plainly),
        validators=Validators({}),
        order=order,
        authenticator=Keys(),
        quota=quota(1),
    )

    await pipeline.run(a_call(KEY), nothing)
    try:
        await pipeline.run(a_call(WRITER), nothing)
        found = "answered"
    except RateLimitError:
        found = "refused"

    assert found == second


async def test_a_body_that_cannot_be_written_is_a_crash():
    """A handler's own mistake is answered as one; half a body never leaves."""
    answer = await call(library(strange()), "GET", "/api/v1/strange")

    assert (answer.status, answer.error["code"]) == (500, "internal_error")


async def test_all_faults_of_query_and_body_come_at_once():
    """What is wrong with the query and the body is one list, the query first."""
    both = strange(
        method="POST",
        body={"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}}},
        query={"type": "object", "required": ["q"], "properties": {"q": {"type": "string"}}},
    )

    answer = await call(library(both), "POST", "/api/v1/strange", JSON_TYPE, body=b"{}")

    assert [item["field"] for item in answer.error["details"]] == ["q", "b"]


async def test_what_no_schema_can_say_joins_the_list():
    """A check beside the schema sees the faulty body too, and its faults come last."""

    async def never_twice(call: Call) -> tuple[Violation, ...]:
        if call.body.get("b") != call.body.get("a"):
            return ()
        return (Violation(code="invalid_format", detail="Same", location=Location(("a",))),)

    checked = strange(
        method="POST",
        body={"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}}},
        further_check=never_twice,
    )
    app = library(checked)

    both = await call(app, "POST", "/api/v1/strange", JSON_TYPE, body=b"{}")
    one = await call(app, "POST", "/api/v1/strange", JSON_TYPE, body=b'{"a":"x","b":"x"}')

    assert [item["field"] for item in both.error["details"]] == ["b", "a"]
    assert [item["field"] for item in one.error["details"]] == ["a"]


async def test_a_place_is_told_once():
    """What the schema says of a value is enough: a check beside it adds nothing there."""

    async def never(_call: Call) -> tuple[Violation, ...]:
        where = [Location(("a",)), Location(("b",))]
        return tuple(Violation(code="invalid_format", detail="No", location=w) for w in where)

    checked = strange(
        method="POST",
        body={"type": "object", "properties": {"a": {"type": "string"}}},
        further_check=never,
    )

    answer = await call(library(checked), "POST", "/api/v1/strange", JSON_TYPE, body=b'{"a":1}')

    assert [item["field"] for item in answer.error["details"]] == ["a", "b"]
    assert answer.error["details"][0]["message"] != "No"


def test_an_operation_that_cannot_be_run_is_refused_at_once():
    """A declaration without what it needs fails when the API is built, with what to do."""
    with pytest.raises(FailwellError, match="give an authenticator"):
        library(strange(auth=("api_key",)), authenticator=None)
    with pytest.raises(FailwellError, match="declare its `auth`"):
        library(strange(scopes=("books:read",)))
    with pytest.raises(FailwellError, match="remove one"):
        library(strange(), strange(id="again"))
    with pytest.raises(FailwellError, match="no security scheme"):
        library(strange(auth=("magic",)))


async def test_a_public_operation_has_no_caller():
    """Asking who is calling where nobody was asked is a mistake of the handler."""

    async def ask(call: Call) -> Reply:
        return Reply(body=call.caller.id)

    answer = await call(library(strange(handler=ask)), "GET", "/api/v1/strange")

    assert answer.error["code"] == "internal_error"
