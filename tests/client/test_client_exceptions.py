"""Exceptions of a client: they travel, keep secrets, and say what somebody has to know."""

import base64
import copy
import json
import multiprocessing
import pickle
import subprocess
import sys
import urllib.parse
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import failwell
from failwell import (
    ConnectError,
    Contract,
    DeadlineExceededError,
    Fault,
    FaultError,
    Location,
    NetworkError,
    NotFoundError,
    PartialFailureError,
    ReadTimeoutError,
    Situation,
    TlsError,
    Violation,
)
from failwell.core.call_history import Attempt, CallHistory
from failwell.core.redaction import without_secrets
from tests.client.searching import places_of, raised

CONNIX = Contract.bundled("connix")
NOON = datetime(2024, 1, 15, 12, tzinfo=UTC)
HISTORY = CallHistory(
    method="GET",
    url="https://api.connix.io/v1/projects/{id}",
    attempts=(
        Attempt(number=1, status=503, wait=0.2, because="503 may pass", source="backoff"),
        Attempt(number=2, error="ReadTimeoutError", phase="read_headers", wait=2.0),
        Attempt(number=3, status=404, code="project_not_found", request_id="req_1"),
    ),
    elapsed=2.5,
    ended=NOON.timestamp(),
)
FAULT = Fault(
    code="project_not_found",
    status=404,
    message="Project 'x' not found",
    detail="It was deleted",
    params={"resource_id": "x", "at": NOON, "scopes": ["a", "b"]},
    violations=(Violation(code="unknown", location=Location(("project", 0)), detail="gone"),),
    retry_after=12.5,
    request_id="req_1",
    timestamp=NOON,
    outcome="not_processed",
)
WAYS = {
    "pickle": lambda error: pickle.loads(pickle.dumps(error)),
    "oldest pickle": lambda error: pickle.loads(pickle.dumps(error, protocol=0)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
EVERY_CLASS = sorted(
    {
        kind
        for kind in vars(failwell).values()
        if isinstance(kind, type) and issubclass(kind, FaultError)
    },
    key=lambda kind: kind.__name__,
)


def of_code(code: str, contract: Contract = CONNIX, history: CallHistory | None = HISTORY):
    """What a golden body of a contract becomes at a client."""
    golden = contract.golden(code)
    found = contract.decode(golden.status, dict(golden.headers), golden.body)
    return FaultError.of(
        found.fault, entry=found.entry, api=contract.api, contract=contract.name, history=history
    )


def told(error: FaultError) -> tuple:
    """All that has to survive a journey."""
    return (
        type(error).__name__, type(error).__mro__[1:], str(error), error.code, error.status,
        error.violations, error.retry_after, error.history, error.fault, error.entry, error.api,
        error.retry_at, error.__notes__, error.user_message("de"), error.support_text(),
    )  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", EVERY_CLASS, ids=lambda kind: kind.__name__)
def test_client_n57_every_exception_is_copied_whole(kind, way):
    """Pickle, copy and deepcopy give the same type, texts and attributes, for every class."""
    error = kind.of(FAULT, api=CONNIX.api, history=HISTORY)

    twin = WAYS[way](error)

    assert type(twin) is type(error)
    assert told(twin) == told(error)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["agenthuman", "apinizer", "connix", "connxt", "ixon", "rfc9457"])
def test_client_n57_the_class_of_a_code_is_copied_too(name, way):
    """The classes of codes, made when they are needed, are the very same after the journey."""
    contract = Contract.bundled(name)
    for code in contract.codes:
        error = of_code(code, contract)

        twin = WAYS[way](error)

        assert type(twin) is type(error)
        assert told(twin) == told(error)


def test_client_n57_copies_do_not_share_their_notes():
    """A note on a copy is no note on the original."""
    error = of_code("resource_not_found")

    copy.copy(error).add_note("only here")

    assert "only here" not in error.__notes__


def test_client_n57_no_live_object_is_inside():
    """All that can be reached from an exception is data; not even its cause goes along."""
    try:
        raise of_code("gateway_timeout") from OSError("socket", object())
    except FaultError as error:
        twin = pickle.loads(pickle.dumps(error))

    assert twin.__cause__ is None
    assert twin.__traceback__ is None
    members = {name: value for name, value in vars(twin).items() if name != "__notes__"}
    assert msgspec.msgpack.encode(members)


def fail_with(code: str) -> None:
    """Runs in another process."""
    raise of_code(code)


def test_client_n57_exceptions_come_back_from_other_processes():
    """A worker that was spawned, not forked, raises; here the same exception arrives."""
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawning) as pool:
        arrived = pool.submit(fail_with, "insufficient_scope").exception(timeout=60)

    assert type(arrived) is CONNIX.exception("insufficient_scope")
    assert told(arrived) == told(of_code("insufficient_scope"))


def test_client_n57_a_process_that_knows_no_contract_reads_it():
    """Where the contract was never loaded, the class of the code is made from its words."""
    program = (
        "import pickle, sys; error = pickle.load(sys.stdin.buffer);"
        "print(type(error).__qualname__, [kind.__name__ for kind in type(error).__mro__[1:3]]);"
        "print(error)"
    )
    error = of_code("expired_token")

    done = subprocess.run(
        [sys.executable, "-c", program], input=pickle.dumps(error), capture_output=True, timeout=60
    )

    lines = done.stdout.decode().splitlines()
    assert lines == ["connix.ExpiredTokenError ['AuthenticationError', 'FaultError']", str(error)]


# Put together when it runs: a traceback shows source lines, and none has it in one piece.
CANARY = "-".join(("canary", "7f3a9c51e2d84b60"))
SECRETS = {
    "api key": f"key-{CANARY}",
    "bearer token": f"tok-{CANARY}",
    "cookie": f"sid-{CANARY}",
    "query value": f"qry-{CANARY}&=é",
    "password": f'pw-{CANARY}"/+',
}
ECHOES = {
    "plainly": lambda secret: secret,
    "in a sentence": lambda secret: f"We do not accept '{secret}' here",
    "in a query": lambda secret: f"/v1/x?a=1&k={urllib.parse.quote_plus(secret)}",
    "in Basic": lambda secret: f"Basic {base64.b64encode(secret.encode()).decode()}",
    "in JSON": lambda secret: json.dumps({"key": secret}),
}


def echoing_body(text: str) -> bytes:
    """A Connix error that repeats a text wherever it can."""
    return json.dumps(
        {
            "error": {
                "code": "validation_error",
                "message": text,
                "details": [
                    {"field": text, "message": text, "code": "required", "input": text},
                    {"field": "body", "message": "bad", "code": text, "value": {"k": [text]}},
                ],
                "request_id": text,
                "timestamp": "2024-01-15T12:00:00Z",
                text: {text: text},
            }
        }
    ).encode()


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("secret", SECRETS)
def test_client_n58_no_secret_that_was_sent_is_found_again(secret, echo):
    """A server repeats a credential in every member of its answer; it is nowhere in the error."""
    body = echoing_body(ECHOES[echo](SECRETS[secret]))
    found = CONNIX.decode(400, {"X-Request-ID": ECHOES[echo](SECRETS[secret])}, body)

    fault = without_secrets(found.fault, SECRETS.values())
    error = raised(
        FaultError.of(fault, entry=found.entry, api=CONNIX.api, contract="connix", history=HISTORY)
    )

    assert {place for place, text in places_of(error).items() if CANARY in text} == set()


@given(
    secret=st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=40),
    echo=st.sampled_from(sorted(ECHOES)),
    head=st.text(max_size=10),
)
def test_client_n58_whatever_the_secret_is(secret, echo, head):
    """Any text can be a credential, and none is found, in any form, around any other text."""
    planted = f"q7x{secret}z9k"
    fault = Fault(
        message=head + ECHOES[echo](planted),
        params={"said": [head, ECHOES[echo](planted)]},
        violations=(Violation(detail=ECHOES[echo](planted), params={"input": planted}),),
    )

    cleaned = without_secrets(fault, [planted])

    seen = repr(cleaned) + str(FaultError.of(cleaned))
    assert planted not in seen
    assert ECHOES[echo](planted) not in seen


@pytest.mark.parametrize(
    "header", ["sk-", "sk_live_", "cx_", "ah_live_", "sec_", "ghp_", "xoxb-12345678-"]
)
def test_client_n58_keys_nobody_sent_are_known_by_their_form(header):
    """A key of somebody else that a server repeats is not carried on either."""
    key = header + CANARY.replace("-", "").removeprefix("canary")
    fault = without_secrets(Fault(message=f"Incorrect API key provided: {key}.", status=401))

    error = raised(FaultError.of(fault, history=HISTORY))

    assert {place for place, text in places_of(error).items() if key in text} == set()
    assert "Incorrect API key provided: ***." in str(error)


def test_client_n59_one_line_says_it_all():
    """Status, code, message, method, path template, request id and attempts, in one line."""
    assert str(FaultError.of(FAULT, history=HISTORY)) == (
        "[404 project_not_found] Project 'x' not found "
        "(GET /v1/projects/{id}, request_id=req_1, attempts=3)"
    )


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (FaultError(), "[fault] no message"),
        (NotFoundError(resource_type="project"), "[not_found] no message"),
        (NotFoundError("No such project"), "[not_found] No such project"),
        (FaultError.of(Fault(status=502)), "[502] no message"),
        (FaultError.of(Fault(code="x")), "[x] no message"),
        (
            FaultError.of(Fault(situation=Situation.CRASH, status=500, request_id="r")),
            "[500 crash] no message (request_id=r)",
        ),
        (ReadTimeoutError.of(Fault()), "[read_timeout] The answer did not come in time"),
        (
            ConnectError.of(Fault(message="nobody listens"), history=HISTORY),
            "[connect_error] nobody listens (GET /v1/projects/{id}, attempts=3)",
        ),
        (FaultError.of(Fault(message="  \n ", code=" ")), "[fault] no message"),
    ],
)
def test_client_n59_what_is_unknown_is_left_out(error, text):
    """Only what is there is said, and something always is."""
    assert str(error) == text


LONG = st.text(st.characters(exclude_categories=[]), max_size=3000)


@given(LONG, LONG, LONG, LONG, LONG)
def test_client_n59_a_line_is_short_and_harmless(code, message, request_id, method, url):
    """Whatever a server says: one line, at most 1 KiB, printable, never empty."""
    history = CallHistory(method=method, url=url, attempts=HISTORY.attempts)
    fault = Fault(code=code, message=message, request_id=request_id, status=599)

    text = str(FaultError.of(fault, history=history))

    assert text.strip()
    assert text.isprintable()
    assert len(text.encode()) <= 1024


def test_client_n59_direction_and_screen_are_not_taken_over():
    """Bidi overrides, escape sequences and line ends are written as escapes or blanks."""
    said = "safe\u202egpj.exe\x1b[2Jgone\r\nERROR forged\u2028next"

    text = str(FaultError.of(Fault(message=said, status=400)))

    assert text == "[400] safe\\u202egpj.exe\\x1b[2Jgone ERROR forged next"


def test_client_n59_the_rest_stands_in_notes():
    """What the line has no room for is in the notes, which a traceback shows below it."""
    error = FaultError.of(FAULT, api=CONNIX.api, history=HISTORY)

    assert error.__notes__ == ["It was deleted", "project.0: gone", "see https://docs.connix.io"]


def test_client_n60_a_person_reads_the_text_of_the_catalogue():
    """English and German come from the contract, and nothing the server said."""
    error = of_code("insufficient_scope")

    assert error.user_message() == "You don't have permission to perform this action."
    assert error.user_message("de-AT") == "Sie haben keine Berechtigung für diese Aktion."


@pytest.mark.parametrize("locale", ["en", "de", "de-CH", "fr", "zh-Hant-TW", "", "<script>"])
@pytest.mark.parametrize("kind", EVERY_CLASS, ids=lambda kind: kind.__name__)
def test_client_n60_an_unknown_code_gets_a_safe_text(kind, locale):
    """Where the catalogue has no text, one of ours stands: never the server's, never HTML."""
    said = "<script>alert(1)</script>"
    error = kind.of(Fault(code=said, message=said, detail=said, status=400), history=HISTORY)

    text = error.user_message(locale)

    assert text.endswith(".")
    assert not set("<>{}&") & set(text)


def test_client_n61_everything_is_an_attribute():
    """Code, status, message, violations, ids, waits, address, attempts, time, outcome, hope."""
    error = FaultError.of(FAULT, api=CONNIX.api, history=HISTORY)

    assert (error.code, error.status, error.http_status) == ("project_not_found", 404, 404)
    assert (error.message, error.detail) == ("Project 'x' not found", "It was deleted")
    assert error.violations[0].location.dotted == "project.0"
    assert (error.request_id, error.retry_after) == ("req_1", 12.5)
    assert error.retry_at == datetime(2024, 1, 15, 12, 0, 12, 500_000, tzinfo=UTC)
    assert (error.doc_url, error.method) == ("https://docs.connix.io", "GET")
    assert error.url_template == "/v1/projects/{id}"
    assert [each.number for each in error.attempts] == [1, 2, 3]
    assert [each.wait for each in error.attempts] == [0.2, 2.0, None]
    assert (error.elapsed, error.retryable, error.outcome) == (2.5, False, "not_processed")


def test_client_n61_a_support_team_gets_what_it_asks_for():
    """Request id, error, endpoint, method, time, every attempt, and where to write to."""
    text = of_code("rate_limit_exceeded").support_text()

    assert text.splitlines() == [
        "Request ID: req_1234567890abcdef",
        "Error: [429 rate_limit_exceeded] Rate limit exceeded for this endpoint",
        "Endpoint: GET https://api.connix.io/v1/projects/{id}",
        "Time: 2024-01-15T12:00:00+00:00",
        "Attempt 1: 503, waited 0.200 s (backoff)",
        "Attempt 2: ReadTimeoutError, broke at read_headers, waited 2.000 s",
        "Attempt 3: 404 project_not_found, req_1",
        "Duration: 2.500 s",
        "API: Connix",
        "Status page: https://status.connix.io",
        "Documentation: https://docs.connix.io",
        "Support: engineering@connix.io",
    ]


def test_client_n61_an_error_is_data():
    """`to_problem` is plain JSON, in the form of RFC 9457, with the history of the call."""
    problem = FaultError.of(FAULT, api=CONNIX.api, history=HISTORY).to_problem()

    assert json.loads(json.dumps(problem)) == problem
    assert problem["title"] == "Project 'x' not found"
    assert (problem["status"], problem["code"], problem["api"]) == (
        404, "project_not_found", "Connix",
    )  # fmt: skip
    assert problem["errors"] == [
        {"code": "unknown", "detail": "gone", "part": "body", "path": ["project", 0]}
    ]
    assert problem["params"]["at"] == "2024-01-15T12:00:00Z"
    assert [each["number"] for each in problem["call"]["attempts"]] == [1, 2, 3]


def test_client_n61_items_of_a_partial_failure_are_data_too():
    """Each item that failed is there with its index and its code."""
    items = ((2, Fault(code="duplicate", message="There is one")),)

    problem = PartialFailureError.of(Fault(status=207, params={"items": items})).to_problem()

    assert problem["params"]["items"] == [
        {"index": 2, "code": "duplicate", "message": "There is one"}
    ]
    assert json.dumps(problem)


@pytest.mark.parametrize(
    "kind",
    [kind for kind in EVERY_CLASS if issubclass(kind, NetworkError)],
    ids=lambda kind: kind.__name__,
)
def test_client_n62_a_call_without_an_answer_has_phase_outcome_and_text(kind):
    """Also where the HTTP library says nothing, as it does of async timeouts."""
    cause = TimeoutError()
    with pytest.raises(kind) as caught:
        raise kind.of(Fault(message="")) from cause

    error = caught.value
    assert error.__cause__ is cause
    assert error.phase is not None or kind is NetworkError
    assert error.outcome in ("not_sent", "unknown")
    assert len(str(error)) > 20
    assert error.retryable


def test_client_n62_the_phase_is_as_exact_as_is_known():
    """The phase of the last attempt is the one of the error; before there is one, the fault's."""
    assert ConnectError.of(Fault(params={"phase": "dns"})).phase == "dns"
    assert TlsError.of(Fault()).phase == "tls"
    history = CallHistory(method="GET", url="/", attempts=(Attempt(number=1, phase="read_body"),))
    assert DeadlineExceededError.of(Fault(), history=history).phase == "read_body"
