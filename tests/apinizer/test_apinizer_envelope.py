"""Statements 1, 2 and 11 of the Apinizer page: the form of every error, and every code of it."""

import sqlite3
import time
from collections.abc import Iterator

import pytest

from failwell.core.contract import Contract
from tests.apinizer.apinizer_client import Answer, Apinizer
from tests.running_server import RunningServer

APINIZER = Contract.bundled("apinizer")

STATUSES = {
    "bad_request": 400,
    "validation_failed": 400,
    "invalid_parameter": 400,
    "unauthorized_client": 401,
    "invalid_token": 401,
    "token_expired": 401,
    "forbidden": 403,
    "access_denied": 403,
    "not_found": 404,
    "resource_not_found": 404,
    "conflict": 409,
    "duplicate_name": 409,
    "rate_limit_exceeded": 429,
    "internal_error": 500,
    "server_error": 500,
}
"""Every code of the page; the page shows the body of the last but two without a status."""


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Answer]]:
    """One answer of each of the fifteen codes, from a server of its own."""
    settings = ("apinizer.per_minute=40", "window_seconds=60")
    server = RunningServer(tmp_path_factory.mktemp("codes"), settings=settings).wait_until_ready()
    found = _by_the_caller(Apinizer(server)) | _by_the_server(Apinizer(server))
    yield found
    server.stop()


def _by_the_caller(apinizer: Apinizer) -> dict[str, Answer]:
    short = apinizer.issue("--expires-in", "1")["secret"]
    apinizer.proxy("Twice")
    found = {
        "bad_request": apinizer.enter(grant_type="password"),
        "validation_failed": apinizer.post("/projects/", {}),
        "invalid_parameter": apinizer.get(f"{apinizer.at('apiProxies')}?page=0"),
        "unauthorized_client": apinizer.enter(client_secret="wrong"),
        "invalid_token": apinizer.get("/projects/", token=None),
        "forbidden": apinizer.as_who("member_").proxy("Mine"),
        "access_denied": apinizer.as_who("outsider_").get(apinizer.at("apiProxies")),
        "not_found": apinizer.get("/projects/Nowhere/apiProxies/"),
        "resource_not_found": apinizer.get(apinizer.at("apiProxies", "twice")),
        "conflict": apinizer.delete(apinizer.at("apiProxies", "Twice", "environments", "test")),
        "duplicate_name": apinizer.proxy("Twice"),
    }
    time.sleep(1.1)
    return found | {"token_expired": apinizer.get("/projects/", token=short)}


def _by_the_server(apinizer: Apinizer) -> dict[str, Answer]:
    lock = sqlite3.connect(apinizer.server.data / "apinizer.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    found = {
        "internal_error": apinizer.post("/projects/", {"name": "Locked"}),
        "server_error": apinizer.enter(),
    }
    lock.close()
    answer = apinizer.get("/projects/")
    while answer.status == 200:
        answer = apinizer.get("/projects/")
    return found | {"rate_limit_exceeded": answer}


def test_apinizer_s01_every_error_has_two_texts(refusals: dict[str, Answer]):
    """A code and a sentence, in this order; only a list of fields or a wait may come after."""
    for code, answer in refusals.items():
        members = ["error", "error_description"]
        assert list(answer.json)[:2] == members
        assert all(isinstance(answer.json[name], str) for name in members)
        rest = list(answer.json)[2:]
        assert rest == (["retry_after"] if code == "rate_limit_exceeded" else [])


def test_apinizer_s01_the_fifteen_codes(refusals: dict[str, Answer]):
    """Every code of the page is met over a socket, with its status, and fits its schema."""
    assert {code: refusals[code].code for code in STATUSES} == {code: code for code in STATUSES}
    assert {code: refusals[code].status for code in STATUSES} == STATUSES
    assert set(STATUSES) == set(APINIZER.codes)
    for code, answer in refusals.items():
        decoded = APINIZER.decode(answer.status, dict(answer.headers), answer.body)
        assert decoded.entry is not None
        assert decoded.entry.code == code
        assert [each for each in decoded.deviations if each.level == "error"] == []


def test_apinizer_s02_the_statuses_of_the_page(apinizer: Apinizer, refusals: dict[str, Answer]):
    """Each of the eight statuses in the table of the page can be met."""
    good = {
        apinizer.get("/projects/").status,
        apinizer.post("/projects/", {"name": "For its status"}).status,
    }

    assert good | {answer.status for answer in refusals.values()} == {
        200,
        201,
        *STATUSES.values(),
    }


def test_apinizer_s11_errors_are_json_whatever_is_asked(
    apinizer: Apinizer, refusals: dict[str, Answer]
):
    """Every body with another status than 200 or 201 is JSON and says so."""
    others = (
        apinizer.get("/nowhere"),
        apinizer.get("/", prefix=""),
        apinizer.call("BREW", "/projects/"),
        apinizer.get("/projects/", headers={"Accept": "text/html"}),
        apinizer.call("POST", "/projects/", raw=b"{", headers={"Content-Type": "text/plain"}),
        apinizer.get("/test/hello/you", token=None),
    )

    for answer in (*refusals.values(), *others):
        assert answer.headers["Content-Type"] == "application/json"
        assert isinstance(answer.json, dict)


@pytest.mark.parametrize(
    ("raw", "media", "says"),
    [
        (b"{", "application/json", "Request body is not valid JSON"),
        (b'{"name": "\xff"}', "application/json", "Request body could not be decoded"),
        (b"name=x", "text/plain", "Content type must be application/json"),
        (b'"' + b"x" * 1_048_600 + b'"', "application/json", "Request body is too large"),
    ],
)
def test_bodies_that_cannot_be_read(apinizer: Apinizer, raw: bytes, media: str, says: str):
    """What is wrong with the body as a whole is a bad request, in words of its own."""
    answer = apinizer.call("POST", "/projects/", raw=raw, headers={"Content-Type": media})

    assert answer.refuses(400, "bad_request", says)


def test_a_form_is_wanted_where_tokens_are_made(apinizer: Apinizer):
    """The token endpoint takes a form and says so."""
    answer = apinizer.post("/auth/token", {"grant_type": "client_credentials"}, token=None)

    says = "Content type must be application/x-www-form-urlencoded"
    assert answer.refuses(400, "bad_request", says)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "BREW", "OPTIONS"])
def test_a_wrong_method_is_an_endpoint_that_is_not_there(apinizer: Apinizer, method: str):
    """The page knows no 405: method and path together name an endpoint."""
    answer = apinizer.call(method, "/projects/")

    assert answer.refuses(404, "not_found", "Endpoint '/apiops/projects/' not found")
    assert "Allow" not in answer.headers
