"""What a record holds: everything support needs, and nothing the caller would not show around."""

import json
import logging

import pytest

from failwell.core.exceptions import ConflictError, FaultError, NotFoundError, ValidationError
from failwell.core.fault import Fault, Location, Violation
from failwell.core.situation import Situation
from failwell.server.exchange import Principal
from failwell.server.fault_recorder import FaultRecorder
from tests.record.answering import CONNIX, Shelf, api, ask

PROJECT = "proj_1234567890abcdef"
CALLER = Principal(id="key_1", kind="api_key", tenant="org_1", user="user_1", environment="live")


async def recorded(handler, *asked, **request):
    """Ask once and return answer and record."""
    shelf = Shelf()
    recorder = FaultRecorder(shelf)
    answer = await ask(api(handler, recorder), *asked, **request)
    await recorder.close()
    (record,) = shelf.records
    return answer, record


async def miss(exchange, scope):
    exchange.principal, exchange.route = CALLER, "/projects/{project_id}"
    scope["path_params"] = {"project_id": PROJECT}
    raise NotFoundError(resource_type="project", resource_id=PROJECT)


async def test_a_record_holds_what_support_asks_for():
    """Ids, route, method, code, message, severity, the caller and the body as it was sent."""
    answer, record = await recorded(
        miss, f"/api/v1/projects/{PROJECT}", headers={"x-request-id": "caller-1234"}
    )

    assert record.request_id == answer.request_id
    assert record.parent_id == "caller-1234"
    assert (record.api, record.route, record.method) == ("connix", "/projects/{project_id}", "GET")
    assert (record.code, record.status) == ("resource_not_found", 404)
    assert (record.severity, record.situation, record.failure) == ("low", "not_found", None)
    assert (record.tenant, record.user_id, record.credential_id) == ("org_1", "user_1", "key_1")
    assert (record.environment, record.planned, record.cause) == ("live", False, None)
    assert record.affected == (PROJECT,)
    assert json.loads(record.body) == answer.body
    assert record.message == answer.body["error"]["message"]
    assert dict(record.headers)["x-request-id"] == answer.request_id


async def test_the_cause_of_a_crash_is_kept_apart_and_the_caller_is_told_nothing():
    """The trace is in the cause alone."""

    async def crash(_exchange, _scope):
        raise RuntimeError("the table of books has no legs")

    answer, record = await recorded(crash)

    assert "no legs" in record.cause
    assert (record.severity, record.failure) == ("high", "bug")
    assert "no legs" not in record.body + str(record.message) + json.dumps(answer.body)


SEVERE = {"crash": "high", "unavailable": "high"} | dict.fromkeys(
    ("bad_gateway", "gateway_timeout", "rate_limited"), "medium"
)


@pytest.mark.parametrize(
    "situation", [each for each in Situation if CONNIX.knows(Fault(situation=each))]
)
async def test_severity_follows_from_what_happened(situation):
    """Crashes and absences are high, upstreams and limits medium, mistakes of callers low."""

    async def refuse(_exchange, _scope):
        raise FaultError.of(Fault(situation=situation))

    _, record = await recorded(refuse)

    assert record.severity == SEVERE.get(situation, "low")


async def test_only_who_raises_or_a_contract_makes_an_error_critical():
    """A raise may say how much it matters."""

    async def refuse(_exchange, _scope):
        raise FaultError.of(Fault(situation=Situation.CRASH, severity="critical"))

    _, record = await recorded(refuse)

    assert record.severity == "critical"


CANARY = "c4n4ry-Zz9-tweet"


async def echo(_exchange, _scope):
    raise ConflictError(resource_type="project", field="name", value=CANARY)


async def echo_id(_exchange, _scope):
    raise NotFoundError(resource_type="flow_target", resource_id=CANARY)


async def echo_invalid(_exchange, _scope):
    found = Violation(code="x", location=Location((CANARY,)), params={"provided": CANARY})
    raise ValidationError(situation=Situation.INVALID, violations=(found,))


async def crash_with_it(_exchange, _scope):
    raise RuntimeError(f"could not store {CANARY}")


async def no_route(_exchange, scope):
    raise NotFoundError(situation=Situation.NO_ROUTE, path=scope["path"])


SPOKEN = {
    "authorization": ({"headers": {"Authorization": f"Bearer {CANARY}"}}, crash_with_it),
    "basic": ({"headers": {"Authorization": "Basic dTpjNG40cnktWno5LXR3ZWV0"}}, crash_with_it),
    "cookie": ({"headers": {"Cookie": f"a=b; session={CANARY}"}}, crash_with_it),
    "header": ({"headers": {"X-Whatever": CANARY}}, crash_with_it),
    "query": ({"query": f"name={CANARY}&limit=5"}, crash_with_it),
    "path": ({}, no_route),
    "value": ({}, echo),
    "id": ({}, echo_id),
    "violation": ({}, echo_invalid),
}


@pytest.mark.parametrize(("request_", "handler"), SPOKEN.values(), ids=SPOKEN)
async def test_what_a_caller_said_is_nowhere_in_a_record(request_, handler, caplog):
    """A planted canary is masked wherever answer or cause repeat it; the log is not asked."""
    caplog.set_level(logging.CRITICAL)
    path = f"/api/v1/{CANARY}" if handler is no_route else "/api/v1/projects"

    _, record = await recorded(handler, path, **request_)

    assert CANARY not in str(record)
    assert handler is crash_with_it or "***" in f"{record.message}{record.body}"


async def test_a_known_form_of_secret_is_masked_wherever_it_comes_from():
    """A key in an exception's text is a key, although nobody sent it."""

    async def crash(_exchange, _scope):
        raise RuntimeError("postgres://admin:hunter2@db/books and sk_live_1234567890abcdef")

    _, record = await recorded(crash)

    assert "hunter2" not in record.cause
    assert "sk_live_1234567890abcdef" not in record.cause
    assert "RuntimeError" in record.cause


async def test_ids_are_named_and_nothing_else_of_the_path():
    """What stands under the name of an id and looks like one is affected; a name is not."""

    async def refuse(_exchange, scope):
        scope["path_params"] = {
            "agent_id": "agent_1",
            "publicId": "aB3dE6gH9kLm",
            "companyId": "4711-0815-abcd-ef",
            "otherId": "hunter2",
            "name": "project_7",
            "project_id": "../../etc/passwd",
            "key_id": "sk_live_1234567890abcdef",
        }
        raise NotFoundError(resource_type="agent", resource_id="agent_1")

    _, record = await recorded(refuse, "/api/v1/agents/agent_1")

    assert record.affected == ("agent_1", "aB3dE6gH9kLm")


async def test_a_record_is_bounded():
    """Long methods, messages and bodies are cut, whoever made them so long."""

    async def refuse(exchange, _scope):
        exchange.error = RuntimeError("x" * 100_000)
        raise NotFoundError("y" * 100_000, resource_type="z" * 100_000, resource_id="1")

    _, record = await recorded(refuse, method="A" * 1000)

    assert len(record.method) == 32
    assert len(record.message) <= 1000
    assert len(record.body) <= 8192
