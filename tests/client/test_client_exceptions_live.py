"""Exceptions as a real client raises them, over sockets, in every world with the same outcome."""

import copy
import importlib
import json
import logging
import pickle
from urllib.parse import urlsplit

import pytest

from failwell import (
    AuthenticationError,
    ConnectError,
    Contract,
    FaultError,
    NetworkError,
    ReadTimeoutError,
    UnavailableError,
    UpstreamError,
    ValidationError,
)
from failwell.client.auth.fixed import ApiKey, Bearer
from failwell.client.auth.oauth2 import OAuth2
from failwell.client.responses import raise_for_fault
from failwell.resilience.policy import RetryPolicy
from tests.client.byte_server import (
    HANG,
    LOST,
    ByteServer,
    Reply,
    Seen,
    closed_port,
    html_reply,
    json_reply,
    reply,
    serve,
)
from tests.client.searching import places_of

QUICK = RetryPolicy(base=0.01, throttle_base=0.01, cap=0.02, floor=0.0)
ONCE = RetryPolicy(attempts=1)

# Put together when it runs: a traceback shows source lines, and none has it in one piece.
CANARY = "x".join(("canary", "7f3a9c51e2d84b60"))
PLANTED = {
    place: f"{place}{CANARY}{number}"
    for number, place in enumerate(("bearer", "field", "cookie", "query", "user", "body", "path"))
}


@pytest.fixture
def everything_logged(caplog):
    """Every logger of the process, at the lowest level."""
    caplog.set_level(logging.NOTSET)
    for name in ("failwell", "httpx2", "httpcore2", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def failing(call) -> FaultError:
    """The error a call ends with."""
    with pytest.raises(FaultError) as caught:
        call()
    return caught.value


def leaks(error: FaultError, logged: str) -> set[str]:
    """Where the canary is found."""
    places = {**places_of(error), "log of the client": logged}
    return {place for place, text in places.items() if CANARY in text}


def everything_of(seen: Seen) -> str:
    """All that a request said, in one text."""
    return f"{seen.method} {seen.target} {dict(seen.fields)} {seen.body.decode()}"


def connix_error(status: int, code: str, text: str) -> Reply:
    """An error of Connix that repeats a text wherever it can."""
    items = [{"field": text, "message": text, "code": "required", "input": text}]
    error = {"code": code, "message": text, "details": items, "request_id": text}
    body = {"error": {**error, "timestamp": "2024-01-15T12:00:00Z"}}
    return json_reply(status, body, {"Set-Cookie": f"next={text.split()[0]}; Path=/"})


def one_by_one(status: int, seen: Seen) -> Reply:
    """An error in which code, id, message, details and names are each a credential."""
    token = seen.headers["authorization"].removeprefix("Bearer ")
    cookie = seen.headers["cookie"].partition("=")[2]
    items = [{"field": token, "message": cookie, "code": seen.headers["x-own"], cookie: token}]
    error = {"code": token, "message": cookie, "details": items, "request_id": token}
    fields = {"X-Request-ID": cookie, "Location": f"/x?token={token}", "Retry-After": "0"}
    return json_reply(status, {"error": error, token: cookie}, fields)


@pytest.mark.parametrize("contract", ["connix", None])
@pytest.mark.parametrize("status", [400, 401, 503])
@pytest.mark.parametrize("whole", [True, False], ids=["all at once", "one by one"])
def test_client_n58_no_planted_secret_is_found(drive, everything_logged, status, contract, whole):
    """A server that repeats all it was sent: no credential is in any place, nor in any log."""

    def echo(seen: Seen) -> Reply:
        if whole:
            return connix_error(status, "validation_error", everything_of(seen))
        return one_by_one(status, seen)

    with ByteServer(echo) as server:
        host = urlsplit(server.url).netloc
        client = drive.client(
            f"http://{PLANTED['user']}:{PLANTED['user']}@{host}",
            contract=contract,
            auth=Bearer(PLANTED["bearer"]),
            retry=QUICK,
            headers={"X-Own": PLANTED["field"]},
        )
        error = failing(
            lambda: client.post(
                f"/v1/projects/{PLANTED['path']}",
                params={"api_key": PLANTED["query"], "page": "2"},
                cookies={"session": PLANTED["cookie"]},
                json={"login": {"password": PLANTED["body"]}},
            )
        )

    sent = everything_of(server.requests[-1])
    assert all(secret in sent for place, secret in PLANTED.items() if place != "user")
    texts = {**places_of(error), "log of the client": everything_logged.text}
    for place, secret in PLANTED.items():
        # What a server says of the path it was asked for is its message; ours is a template.
        if place != "path":
            assert {name for name, text in texts.items() if secret in text} == set(), place
    assert error.url_template == "/v1/projects/{id}"


@pytest.mark.parametrize("contract", ["connix", None])
@pytest.mark.parametrize("library", ["httpx2", "httpx", "requests"])
def test_client_n58_other_clients_are_not_given_away_either(library, contract):
    """`raise_for_fault` knows what another library has sent, and leaves none of it in the error."""
    with ByteServer(lambda seen: one_by_one(400, seen)) as server:
        url = server.url.replace("//", f"//me:{PLANTED['user']}@") + f"/v1?key={PLANTED['query']}"
        headers = {
            "Authorization": f"Bearer {PLANTED['bearer']}",
            "X-Own": PLANTED["field"],
            "Cookie": f"session={PLANTED['cookie']}",
        }
        get = importlib.import_module(library).get
        # What requests keeps in ~/.netrc would win over our header.
        options = {"auth": lambda request: request} if library == "requests" else {"auth": None}
        response = get(url, headers=headers, **options)
        error = failing(lambda: raise_for_fault(response, contract=contract))

    assert leaks(error, "") == set()


def test_client_n58_the_answer_of_a_token_endpoint_is_kept_secret(drive, everything_logged):
    """Access token, refresh token and client secret are in no error, whoever repeats them."""

    def script(seen: Seen) -> Reply:
        if seen.target == "/token":
            tokens = {"access_token": f"at{CANARY}1", "refresh_token": f"rt{CANARY}2"}
            return json_reply(200, {**tokens, "token_type": "Bearer", "expires_in": 3600})
        return connix_error(400, "validation_error", everything_of(seen))

    with ByteServer(script) as server:
        auth = OAuth2(f"{server.url}/token", client_id="app", client_secret=f"cs{CANARY}3")
        client = drive.client(server.url, contract="connix", auth=auth, retry=ONCE)
        error = failing(lambda: client.get("/v1/things"))

    assert CANARY in everything_of(server.requests[-1])
    assert leaks(error, everything_logged.text) == set()


def test_client_n58_a_refused_log_in_is_kept_secret(drive, everything_logged):
    """A token endpoint that repeats the secrets it refuses gives none of them away."""

    def script(seen: Seen) -> Reply:
        said = f"No: {everything_of(seen)}"
        return json_reply(400, {"error": "invalid_grant", "error_description": said})

    with ByteServer(script) as server:
        auth = OAuth2(
            f"{server.url}/token",
            client_id="app",
            client_secret=f"cs{CANARY}3",
            refresh_token=f"rt{CANARY}2",
        )
        client = drive.client(server.url, contract="connix", auth=auth, retry=ONCE)
        error = failing(lambda: client.get("/v1/things"))

    assert isinstance(error, AuthenticationError) or error.word == "reauthentication_required"
    assert leaks(error, everything_logged.text) == set()


def test_client_n58_a_call_without_an_answer_gives_nothing_away(drive, everything_logged):
    """What the HTTP library raises is kept as the cause, without the request it was about."""
    port = closed_port()
    client = drive.client(f"http://127.0.0.1:{port}", auth=ApiKey(f"k{CANARY}"), retry=ONCE)

    error = failing(lambda: client.get("/v1/things", params={"api_key": f"q{CANARY}"}))

    assert isinstance(error, ConnectError)
    assert leaks(error, everything_logged.text) == set()


def test_client_n57_a_real_error_travels(drive):
    """What a client raised is pickled and copied whole, with its class, text and history."""
    golden = Contract.bundled("connix").golden("insufficient_scope")
    with serve(reply(golden.status, golden.body, golden.headers)) as server:
        client = drive.client(server.url, contract="connix", auth=ApiKey("k1234567"), retry=ONCE)
        error = failing(lambda: client.get("/v1/projects/p_17"))

    assert type(error) is Contract.bundled("connix").exception("insufficient_scope")
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is type(error)
        assert (str(twin), twin.fault, twin.history) == (str(error), error.fault, error.history)
        assert twin.support_text() == error.support_text()


def test_client_n59_a_real_error_in_one_line(drive):
    """The same line in every world: status, code, message, call, request id, attempts."""
    golden = Contract.bundled("connix").golden("service_unavailable")
    fields = [each for each in golden.headers if each[0] != "Retry-After"]
    with serve(reply(golden.status, golden.body, fields)) as server:
        client = drive.client(server.url, contract="connix", retry=QUICK)
        error = failing(lambda: client.get("/api/v1/projects/proj_17", params={"page": "3"}))

    assert isinstance(error, UnavailableError)
    assert str(error) == (
        "[503 service_unavailable] The service is temporarily unavailable "
        f"(GET /api/v1/projects/{{id}}, request_id={error.request_id}, attempts=3)"
    )


def test_client_n64_the_last_word_of_the_api_is_what_is_raised(drive):
    """After the last attempt comes the API's own error, not one of ours about retries."""
    golden = Contract.bundled("connix").golden("internal_error")
    answers = (LOST, json_reply(502, {}), reply(golden.status, golden.body, golden.headers))
    with serve(*answers) as server:
        client = drive.client(server.url, contract="connix", retry=QUICK)
        error = failing(lambda: client.get("/v1/projects"))

    assert type(error) is Contract.bundled("connix").exception("internal_error")
    assert "attempts=3" in str(error)
    assert error.history.because in error.__notes__
    told = [line for line in error.support_text().splitlines() if line.startswith("Attempt")]
    assert [line.split(",")[0] for line in told] == [
        f"Attempt 1: {error.attempts[0].error}",
        "Attempt 2: 502 http_502",
        "Attempt 3: 500 internal_error",
    ]


def test_client_n60_what_a_proxy_says_is_not_shown(drive):
    """An HTML page in front of the API: a person reads a safe text in the own language."""
    with serve(html_reply(502, "<h1>Bad Gateway</h1> ask hal9000 in rack 7")) as server:
        client = drive.client(server.url, contract="connix", retry=ONCE)
        error = failing(lambda: client.get("/v1/projects"))

    assert isinstance(error, UpstreamError)
    texts = (error.user_message("en"), error.user_message("de"))
    assert texts == (
        "Something broke on the other side. Please try again later.",
        "Auf der Gegenseite ist ein Fehler aufgetreten. Bitte versuchen Sie es später erneut.",
    )


def test_client_n61_a_real_error_knows_everything(drive):
    """Attempts with status, wait and reason; time, outcome, method, template, retry class."""
    busy = json_reply(503, {"error": {"code": "x"}}, {"X-Request-ID": "up_1"})
    with serve(busy) as server:
        client = drive.client(server.url, contract="connix", retry=QUICK)
        error = failing(lambda: client.get("/v1/projects/17"))

    assert [each.number for each in error.attempts] == [1, 2, 3]
    assert {each.status for each in error.attempts} == {503}
    assert [each.wait is None for each in error.attempts] == [False, False, True]
    assert all(each.because for each in error.attempts)
    assert (error.method, error.url_template) == ("GET", "/v1/projects/{id}")
    assert (error.http_status, error.retryable) == (503, True)
    assert error.retry_suppressed == "attempts"
    assert 0 < error.elapsed < 5
    assert "Attempt 3: 503" in error.support_text()
    assert json.dumps(error.to_problem())


def test_client_n61_an_input_that_is_refused_is_named(drive):
    """The class, the field and the sentence of a rejected input arrive."""
    golden = Contract.bundled("connix").golden("validation_error")
    with serve(reply(golden.status, golden.body, golden.headers)) as server:
        client = drive.client(server.url, contract="connix", retry=ONCE)
        error = failing(lambda: client.post("/v1/projects", json={}))

    assert isinstance(error, ValidationError)
    assert error.violations[0].location.dotted == "name"
    assert "name: Name is required and cannot be empty" in error.__notes__


@pytest.mark.parametrize(
    ("answer", "kind", "phase"),
    [(HANG, ReadTimeoutError, "read_headers"), (LOST, NetworkError, "read_headers")],
)
def test_client_n62_a_lost_answer_says_where_it_was_lost(drive, answer, kind, phase):
    """Phase, outcome, cause and text are there, also for time-outs of async code."""
    with serve(answer) as server:
        client = drive.client(server.url, retry=ONCE, timeout=0.2)
        error = failing(lambda: client.post("/v1/payments", json={"amount": 1}))

    assert isinstance(error, kind)
    assert (error.phase, error.outcome) == (phase, "unknown")
    assert error.__cause__ is not None
    assert str(error).endswith("(POST /v1/payments, attempts=1)")
    assert len(str(error)) > 50
    assert "check before" in error.user_message()


def test_client_n62_no_connection_means_not_sent(drive):
    """Where nobody listens nothing was sent, and the error says so."""
    client = drive.client(f"http://127.0.0.1:{closed_port()}", retry=ONCE)

    error = failing(lambda: client.post("/v1/payments", json={"amount": 1}))

    assert isinstance(error, ConnectError)
    assert (error.phase, error.outcome) == ("connect", "not_sent")
    assert error.__cause__ is not None
