"""``failwell report`` tells everything about an error by its request id, and no secret."""

import asyncio
import json
import re
import shlex
import sqlite3
import subprocess
import sys

import msgspec
import pytest

from failwell.cli.fault_report import fault_report
from failwell.cli.fault_report_text import fault_report_text
from failwell.cli.reproduction import reproduction
from failwell.core.contract import Contract
from failwell.stores.database import Database
from failwell.stores.endpoints_sql import SqlEndpointStore
from failwell.stores.faults import UNMATCHED, FaultRecord, RecordBatch
from failwell.stores.faults_sql import SqlFaultStore
from failwell.stores.outbox import Delivery
from failwell.stores.tables import MIGRATIONS
from tests.calling import Caller
from tests.stores.outbox_values import make_delivery, make_endpoint

HOSTILE = "\x1b[31m<script>alert(1)</script>\u202egnp.exe\x9b2J\u2066\r\nforged: line\x00\x07"
OBEYED = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What a terminal obeys instead of showing it."""


def make_record(**fields):
    """A record of Connix, complete."""
    usual = {
        "request_id": "req_0123456789abcdef",
        "at": 1_705_335_600.75,
        "api": "connix",
        "route": "/api/v1/projects/{project_id}",
        "method": "GET",
        "code": "resource_not_found",
        "status": 404,
        "severity": "low",
        "situation": "not_found",
        "message": "The requested resource was not found",
        "parent_id": "mine-1",
        "tenant": "org_1",
        "user_id": "user_1",
        "credential_id": "key_1",
        "affected": ("proj_1234567890abcdef",),
        "headers": (("content-type", "application/json"), ("x-request-id", "req_0123456789abcdef")),
        "body": '{"error":{"code":"resource_not_found"}}',
        "seconds": 0.012,
        "cause": 'Traceback: in "handler"\n  KeyError: the private cause',
    }
    return FaultRecord(**usual | fields)


@pytest.fixture
def recorded(data):
    """Put records, and what was told of them, into the data directory."""

    def put(*records, deliveries=()):
        async def write(database):
            await SqlEndpointStore(database).add(make_endpoint())
            batch = RecordBatch(id="b", records=records, deliveries=deliveries)
            await SqlFaultStore(database).append(batch)

        with Database(data / "failwell.db", migrations=MIGRATIONS) as database:
            asyncio.run(write(database))

    return put


@pytest.fixture
def report(failwell, data):
    """Run the command on the data directory."""

    def run(*arguments):
        return failwell("report", *arguments, "--data", data)

    return run


def test_everything_support_asks_for_is_there(recorded, report):
    """Request id, message and code, steps, endpoint and method, time, expected and actual."""
    recorded(make_record())

    text = report("req_0123456789abcdef").out

    for part in (
        "404 resource_not_found: The requested resource was not found",
        "Request ID   req_0123456789abcdef (the caller's own: mine-1)",
        "Endpoint     GET /api/v1/projects/{project_id} (Connix)",
        "Time         2024-01-15 16:20:00 UTC",
        "Caller       tenant org_1, user user_1, credential key_1",
        "Affected     proj_1234567890abcdef",
        "Expected     a 2xx answer, once the request is changed",
        "Actual       404 resource_not_found after 12 ms: The requested resource was not found",
        "https://api.connix.io/api/v1/projects/proj_1234567890abcdef",
        "-H 'X-API-Key: CREDENTIAL'",
        "content-type: application/json",
        '"code": "resource_not_found"',
        "nobody was told of it",
    ):
        assert part in text
    for part in Contract.bundled("connix").codes["resource_not_found"].causes:
        assert part in text


def test_a_program_gets_the_same(recorded, report):
    """--json has every part under a name of its own."""
    recorded(make_record())

    found = report("req_0123456789abcdef", "--json").json

    assert found["request_id"] == "req_0123456789abcdef"
    assert found["timestamp"] == "2024-01-15T16:20:00.750000Z"
    assert (found["method"], found["route"]) == ("GET", "/api/v1/projects/{project_id}")
    assert (found["status"], found["code"]) == (404, "resource_not_found")
    assert found["body"] == {"error": {"code": "resource_not_found"}}
    assert found["explained"]["code"] == "resource_not_found"
    assert found["reproduce"].startswith("curl ")
    assert (found["deliveries"], found["older"], found["cause"]) == ([], [], None)


def test_deliveries_are_listed(recorded, report):
    """Whoever reads the report sees who was told of the error, and how far that is."""
    new = make_delivery(request_id="req_0123456789abcdef", event_id="msg_1")
    recorded(make_record(), deliveries=(new, make_delivery(request_id="req_other")))

    text, found = report("req_0123456789abcdef").out, report("mine-1", "--json").json

    assert f"{new.id} to whk_one: pending, 0 attempts" in text
    assert [each["event_id"] for each in found["deliveries"]] == ["msg_1"]


def test_how_far_a_delivery_is_reads_well():
    """One attempt or several, the last outcome and the next moment are all told."""
    new = msgspec.structs.asdict(make_delivery(id="dlv_1"))
    failed = Delivery(**new, seq=1, attempts=1, last_error="timeout", next_at=1_705_335_600.0)
    arrived = Delivery(**new | {"state": "delivered"}, seq=2, attempts=2, last_status=204)

    text = fault_report_text(fault_report(make_record(), (failed, arrived)))

    assert (
        "  dlv_1 to whk_one: pending, 1 attempt, the last one timeout,"
        " next at 2024-01-15 16:20:00 UTC\n"
        "  dlv_1 to whk_one: delivered, 2 attempts, the last one 204"
    ) in text


def test_the_callers_own_id_finds_all_that_carry_it(recorded, report):
    """The newest comes first; text shows five of them and says how many there are."""
    recorded(*(make_record(request_id=f"req_{n}", at=1e9 + n, cause=None) for n in range(7)))

    text, found = report("mine-1").out, report("mine-1", "--json").json

    assert re.findall(r"Request ID   (\w+)", text) == ["req_6", "req_5", "req_4", "req_3", "req_2"]
    assert "2 older ones carry this id, too" in text
    assert [found["request_id"], *(each["request_id"] for each in found["older"])] == [
        f"req_{n}" for n in range(6, -1, -1)
    ]


def test_the_private_cause_has_to_be_asked_for(recorded, report):
    """A report may go to a caller; what only the operator may see is not in it by accident."""
    recorded(make_record())

    plain = report("req_0123456789abcdef").out + report("req_0123456789abcdef", "--json").out
    asked = report("req_0123456789abcdef", "--cause").out
    as_json = report("req_0123456789abcdef", "--cause", "--json").json

    assert "private cause" not in plain.lower()
    assert "  Traceback: in" in asked
    assert "KeyError: the private cause" in asked
    assert as_json["cause"].endswith("the private cause")


def test_an_unknown_id_says_how_far_back_records_reach(recorded, report):
    """Whoever asks too late, or mistypes, learns why nothing is found, and what time it is."""
    nothing = report("req_1")
    recorded(make_record())
    other = report("req_1")

    assert (nothing.code, other.code) == (1, 1)
    assert "no error is recorded at all" in nothing.err
    assert "req_1: no error under this id" in other.err
    assert "records reach back to 2024-01-15 16:20:00 UTC" in other.err
    assert re.search(r"it is now \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", other.err)


def test_an_id_that_may_wait_in_the_spool_is_said_to(data, report):
    """While the database could not be written, records are elsewhere for a moment."""
    (data / "spool.jsonl").write_text("{}\n", "utf-8")

    assert "some still wait in" in report("req_1").err


def test_an_id_that_nobody_keeps_is_said_to_be_none(report):
    """A caller whose own id is too odd to be kept learns that it is not found for this reason."""
    reason = "of callers' own ids those of 8 to 64 plain characters are kept"

    assert reason in report("short-1").err
    assert reason not in report("long-enough-1").err


def test_reading_needs_no_lock(recorded, report, data):
    """While another process holds the file to write, what is in it can be reported."""
    recorded(make_record())
    other = sqlite3.connect(data / "failwell.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    result = report("req_0123456789abcdef")

    other.close()
    assert result.code == 0


def test_a_code_without_a_catalogue_is_reported_all_the_same(recorded, report):
    """An API whose contract is not ours has no explanation, and everything else."""
    recorded(make_record(api="library", code="odd", body="plain text", parent_id=None))

    text, found = report("req_0123456789abcdef").out, report("req_0123456789abcdef", "--json").json

    assert "Endpoint     GET /api/v1/projects/{project_id} (library)" in text
    assert "Expected     a 2xx answer\n" in text
    assert "https://HOST/api/v1/projects/" in text
    assert "  plain text\n" in text
    assert (found["explained"], found["body"]) == (None, "plain text")


def test_maintenance_is_no_mistake_of_the_caller(recorded, report):
    """A planned answer says what it is."""
    planned = make_record(code="service_unavailable", status=503, planned=True)
    recorded(planned)

    text = report("req_0123456789abcdef").out

    assert "Severity     low, planned maintenance" in text
    assert "once the maintenance is over" in text


def test_hostile_strings_are_shown_as_what_they_are(recorded, report):
    """Nothing that a caller may have sent moves the cursor, the colours or the order of letters."""
    recorded(
        make_record(
            **dict.fromkeys(
                ("message", "parent_id", "tenant", "user_id", "credential_id", "environment"),
                HOSTILE,
            ),
            method=HOSTILE,
            code=HOSTILE,
            route=f"/{HOSTILE}/{{id}}",
            affected=(HOSTILE,),
            headers=((HOSTILE, HOSTILE),),
            body=HOSTILE,
            cause=HOSTILE,
        )
    )

    text = report("req_0123456789abcdef", "--cause").out
    as_json = report("req_0123456789abcdef", "--cause", "--json").out

    assert not OBEYED.search(text)
    assert not OBEYED.search(as_json)
    assert "\nforged" not in text
    assert r"\x1b[31m<script>" in text
    assert json.loads(as_json)["message"] == HOSTILE


@pytest.mark.parametrize("wanted", ["", " ", HOSTILE, "x" * 10_000, "\ud800", "'"])
def test_hostile_ids_are_only_unknown(recorded, report, wanted):
    """Whatever is pasted, the answer is one harmless line."""
    recorded(make_record())

    result = report(wanted)

    assert result.code == 1
    assert result.out == ""
    assert not OBEYED.search(result.err.rstrip("\n"))
    assert len(result.err) < 600


def test_steps_to_reproduce_do_reproduce(server, eventually, failwell):
    """With a credential filled in, the command gets the same error from the same server."""
    caller = Caller(server.connix["base_url"], headers={"X-API-Key": server.connix["api_key"]})
    request_id = caller.get("/projects/proj_00000000deadbeef").headers["X-Request-ID"]

    found = eventually(lambda: _found(failwell, request_id, server.data))
    line = found["reproduce"].replace("CREDENTIAL", server.connix["api_key"])
    done = subprocess.run(shlex.split(line), capture_output=True, text=True, timeout=10)

    assert "/projects/proj_00000000deadbeef" in line
    head, _, body = done.stdout.partition("\n\n")
    assert " 404 " in head.splitlines()[0]
    assert json.loads(body)["error"]["code"] == found["code"] == "resource_not_found"


def _found(failwell, request_id, data):
    result = failwell("report", request_id, "--json", "--data", data)
    return result.json if result.code == 0 else None


def test_what_is_not_recorded_stands_in_capitals():
    """Names, unknown ids, bodies and unmatched paths are for the reader to fill in."""
    contract = Contract.bundled("apinizer")

    def line(**fields):
        return reproduction(make_record(**fields), contract, base="http://127.0.0.1:8704/apiops")

    assert "http://127.0.0.1:8704/proxies/NAME/PROJECT_ID" in line(
        route="/proxies/{name}/{project_id}", affected=()
    )
    assert "/proxies/NAME/p_1" in line(route="/proxies/{name:str}/{project_id}", affected=("p_1",))
    assert "/a/A_ID/b/B_ID" in line(route="/a/{a_id}/b/{b_id}", affected=("b_1",))
    assert "http://127.0.0.1:8704/PATH" in line(route=UNMATCHED)
    assert "-H 'Authorization: Bearer CREDENTIAL'" in line()
    assert "-d @BODY.json" in line(method="POST")
    assert "-d " not in line(method="DELETE")


def test_a_call_without_credential_is_repeated_without_one():
    """A public operation is not made to look as if it needed a key; a refused call is."""
    contract = Contract.bundled("connix")

    assert "CREDENTIAL" not in reproduction(make_record(credential_id=None), contract, base=None)
    refused = make_record(credential_id=None, status=401)
    assert "CREDENTIAL" in reproduction(refused, contract, base=None)


def test_nothing_of_a_record_can_leave_the_command_line():
    """Pasting the line runs one curl, whatever the record holds."""
    odd = make_record(
        method="GET; rm -rf /", route="/$(touch x)/`id`/{id}\n; ls", affected=("'; reboot #",)
    )

    words = shlex.split(reproduction(odd, None, base=None))

    assert words[:4] == ["curl", "-i", "-X", "GET; rm -rf /"]
    assert len(words) == 5
    assert words[4].startswith("https://HOST/$(touch x)/`id`/")


def test_help_does_not_wait_for_the_database():
    """`failwell --help` stays quick: the command loads its stores when it runs."""
    code = "import sys, failwell.cli.commands.report as m; sys.exit('sqlalchemy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == 0
