"""A handler that calls another API: what a client raises inside it is the upstream's word."""

import io
import json

import pytest

from failwell import Contract, Fault, FaultError, NotFoundError, ReadTimeoutError
from failwell.core.call_history import Attempt, CallHistory
from failwell.server.failwell import Failwell
from failwell.server.logs import open_log
from failwell.server.record import LogRecorder

CONNIX = Contract.bundled("connix")
IXON = Contract.bundled("ixon")
HISTORY = CallHistory(
    method="POST",
    url="https://portal.ixon.cloud/api/agents/{id}",
    attempts=(Attempt(number=1, status=404),),
    elapsed=0.5,
)


def of_ixon(code: str) -> FaultError:
    """What a client of IXON raises for one of its codes."""
    golden = IXON.golden(code)
    found = IXON.decode(golden.status, dict(golden.headers), golden.body)
    return FaultError.of(
        found.fault, entry=found.entry, api=IXON.api, contract="ixon", history=HISTORY
    )


async def answer(error: BaseException, **options: object) -> tuple[int, dict, dict, list[dict]]:
    """Status, header fields, body and log of an application that raises."""
    log, sent = io.StringIO(), []

    async def app(scope, receive, send):
        raise error

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": "/x", "raw_path": b"/x", "query_string": b"",
        "headers": [(b"host", b"h")], "http_version": "1.1", "scheme": "http",
    }  # fmt: skip
    recorder = LogRecorder(open_log("json", log))
    await Failwell(app, CONNIX, recorder=recorder, **options)(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    records = [json.loads(line) for line in log.getvalue().splitlines()]
    return sent[0]["status"], headers, json.loads(sent[1]["body"])["error"], records


@pytest.mark.parametrize("code", ["not_found", "invalid_token", "server_error", "invalid_value"])
async def test_what_an_upstream_says_is_a_bad_gateway(code):
    """Its 404 is not our 404 and its 401 not our caller's: whatever it says is our 502."""
    status, _, error, log = await answer(of_ixon(code))

    assert status == 502
    assert error["details"] == {"upstream": "IXON APIv2"}
    assert len(log) == 1


async def test_an_upstream_that_is_busy_makes_us_busy_for_as_long():
    """A 429 or 503 of the upstream is our 503, with the wait it asked for."""
    busy = FaultError.of(Fault(status=429, retry_after=17.0), api=IXON.api, history=HISTORY)

    status, headers, error, _ = await answer(busy)

    assert status == 503
    assert headers["retry-after"] == "17"
    assert error["code"] == "service_unavailable"


async def test_an_upstream_that_is_slow_is_a_gateway_timeout():
    """No answer in time becomes our 504, with the time it was given."""
    status, _, error, _ = await answer(ReadTimeoutError.of(Fault(), history=HISTORY))

    assert status == 504
    assert error["details"] == {"upstream": "portal.ixon.cloud", "timeout_seconds": 1}


async def test_the_log_has_what_the_caller_does_not():
    """The original, with its code, endpoint and request id, is in the log and nowhere else."""
    fault = Fault(code="quota_gone", status=402, message="Plan used up", request_id="up_1")
    upstream = FaultError.of(fault, api=IXON.api, history=HISTORY)

    _, _, error, log = await answer(upstream)

    assert "quota_gone" in log[0]["exception"]
    assert "request_id=up_1" in log[0]["exception"]
    assert "POST /api/agents/{id}" in log[0]["exception"]
    assert "quota_gone" not in json.dumps(error)
    assert "up_1" not in json.dumps(error)


async def test_a_code_of_an_upstream_is_no_slip_of_ours():
    """`strict` speaks of codes that we raise, not of those that an API we call has."""
    status, _, _, _ = await answer(of_ixon("not_found"), strict=True)

    assert status == 502


async def test_what_a_handler_raises_itself_is_its_own_word():
    """Without the history of a call, an error is ours, and a 4xx is not logged as trouble."""
    status, _, _, log = await answer(NotFoundError(resource_type="project", resource_id="1"))

    assert status == 404
    assert "exception" not in log[0]
