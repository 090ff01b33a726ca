"""A contract names, words and encodes what application code raises."""

import copy
import json
import pickle
from datetime import UTC, datetime

import pytest

from failwell.core.contract import Contract
from failwell.core.exceptions import (
    ConflictError,
    FailwellError,
    FaultError,
    NotFoundError,
    RateLimitError,
    UnavailableError,
    ValidationError,
)
from failwell.core.fault import Fault, Location, Violation
from failwell.core.situation import Situation

CONNIX = Contract.bundled("connix")
NOON = datetime(2024, 1, 15, 16, 20, tzinfo=UTC)


def wire(error: FaultError, api: str = "connix", route: str | None = None) -> tuple[int, dict]:
    """Status and body that an API gives to an exception."""
    contract = Contract.bundled(api)
    fault = contract.resolve(error.fault, request_id="req_1", timestamp=NOON, route=route)
    answer = contract.encode(fault)
    return answer.status, json.loads(answer.body)


@pytest.mark.parametrize(
    ("api", "status", "body"),
    [
        ("connxt", 404, {"code": "4004", "message": "Resource not found"}),
        (
            "agenthuman",
            404,
            {
                "error": {
                    "code": "session_not_found",
                    "message": "Session with ID '7' does not exist",
                }
            },
        ),
        (
            "apinizer",
            404,
            {"error": "resource_not_found", "error_description": "session '7' not found"},
        ),
        ("ixon", 404, {"data": [{"message": "Resource not found"}]}),
    ],
)
def test_one_line_of_application_code_fits_every_api(api: str, status: int, body: dict) -> None:
    """`NotFoundError(resource_type=..., resource_id=...)` comes out in each API's own words."""
    got_status, got = wire(NotFoundError(resource_type="session", resource_id="7"), api)

    assert got_status == status
    assert got.items() >= body.items()


def test_canonical_parameters_get_the_names_of_the_api() -> None:
    """A conflict's field and value are `conflicting_field` and `conflicting_value` at Connix."""
    _, body = wire(ConflictError(resource_type="project", field="name", value="My Project"))

    assert body["error"]["details"] == {
        "resource_type": "project",
        "conflicting_field": "name",
        "conflicting_value": "My Project",
    }


def test_a_wait_is_said_wherever_the_contract_says_it() -> None:
    """`Retry-After` and the member of the body are the same whole seconds, rounded up."""
    error = RateLimitError(limit=100, window="1 minute", retry_after=44.2, reset=1705334445)
    answer = CONNIX.encode(CONNIX.resolve(error.fault, request_id="r", timestamp=NOON))

    headers = dict(answer.headers)
    assert headers["Retry-After"] == "45"
    assert json.loads(answer.body)["error"]["details"]["retry_after"] == 45
    assert headers["X-RateLimit-Reset"] == "1705334445"


def test_maintenance_and_overload_are_worded_apart() -> None:
    """A choice by parameter: maintenance names its end, anything else asks for patience."""
    end = datetime(2024, 1, 15, 17, 0, tzinfo=UTC)

    _, planned = wire(UnavailableError(reason="maintenance", resume_at=end, retry_after=60))
    _, sudden = wire(UnavailableError(reason="overload", retry_after=1))

    assert planned["error"]["details"] == (
        "Scheduled maintenance in progress. Service will resume at 17:00 UTC"
    )
    assert sudden["error"]["details"] == "Please try again later"


def test_an_answer_may_depend_on_the_route() -> None:
    """Apinizer's token endpoint says `server_error` where the others say `internal_error`."""
    crash = FaultError.of(Fault(situation=Situation.CRASH))

    _, anywhere = wire(crash, "apinizer")
    _, token = wire(crash, "apinizer", route="/apiops/auth/token")

    assert anywhere["error"] == "internal_error"
    assert token["error"] == "server_error"


def test_one_violation_or_many_choose_the_form() -> None:
    """Apinizer lists violations only when there are two or more."""
    name = Violation(code="required", location=Location(("name",)))
    email = Violation(code="format", location=Location(("email",)), detail="Invalid email format")

    _, one = wire(ValidationError(violations=[name]), "apinizer")
    _, two = wire(ValidationError(violations=[name, email]), "apinizer")

    assert one == {"error": "validation_failed", "error_description": "Field 'name' is required"}
    assert [each["field"] for each in two["validation_errors"]] == ["name", "email"]


def test_a_code_of_the_apis_own_is_raised_by_name() -> None:
    """`contract.error` gives the exception of the code, worded, of the class of its situation."""
    error = CONNIX.error("resource_not_found", resource_type="agent", resource_id="agent_1")

    assert isinstance(error, NotFoundError)
    assert error.status == 404
    assert error.message == "The requested resource was not found"
    assert error.params == {"resource_type": "agent", "resource_id": "agent_1"}


@pytest.mark.parametrize(
    ("code", "params", "text"),
    [
        ("resource_notfound", {}, "did you mean 'resource_not_found'"),
        ("resource_not_found", {"resource_typ": "x"}, "did you mean 'resource_type'"),
        ("resource_not_found", {"resource_type": "x"}, "needs the param 'resource_id'"),
    ],
)
def test_a_slip_in_raising_is_told(code: str, params: dict[str, str], text: str) -> None:
    """An undeclared code, an unknown param or a missing one says which and what was meant."""
    with pytest.raises(FailwellError, match=text):
        CONNIX.error(code, **params)


def test_what_nothing_answers_becomes_the_crash() -> None:
    """A fault of no declared code and no answered situation is the contract's crash answer."""
    undeclared = CONNIX.resolve(Fault(code="no_such_code", detail="secret"))
    unanswered = CONNIX.resolve(Fault(situation=Situation.PRECONDITION))

    assert undeclared.code == unanswered.code == "internal_error"
    assert "secret" not in CONNIX.encode_body(undeclared).decode()


def test_exceptions_survive_pickling_and_copying() -> None:
    """A fault travels between processes whole, with its class."""
    error = CONNIX.error("insufficient_scope", required_scopes=["a"], provided_scopes=["b"])

    for twin in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert type(twin) is type(error)
        assert twin.fault == error.fault
        assert str(twin) == str(error) != ""


def test_every_401_has_a_challenge() -> None:
    """Each 401 of each bundled contract carries `WWW-Authenticate` (RFC 9110, 15.5.2)."""
    for api in ("agenthuman", "apinizer", "connix", "connxt", "ixon", "rfc9457"):
        contract = Contract.bundled(api)
        for code, entry in contract.codes.items():
            if entry.wire_status == 401:
                names = {name.lower() for name, _ in contract.golden(code).headers}
                assert "www-authenticate" in names, (api, code)


def test_header_values_cannot_break_out() -> None:
    """A param that reaches a header field is visible ASCII on one line, and bounded."""
    fault = CONNIX.resolve(
        Fault(
            situation=Situation.WRONG_METHOD,
            params={"method": "X", "allowed": ["GET\r\nSet-Cookie: a=1", "é" * 5000]},
        )
    )

    allow = dict(CONNIX.encode(fault).headers)["Allow"]

    assert allow.isascii()
    assert allow.isprintable()
    assert len(allow) <= 1024


def test_values_in_sentences_are_bounded() -> None:
    """A sentence repeats at most 200 characters of one value."""
    error = NotFoundError(resource_type="session", resource_id="x" * 10_000)

    _, body = wire(error, "agenthuman")

    assert body["error"]["message"] == f"Session with ID '{'x' * 200}' does not exist"
