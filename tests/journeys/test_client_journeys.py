"""Whole stories of programs that use the client: what goes wrong passes without a line of theirs.

Each story is told three times, with threads, asyncio and trio, against one running server on
which quotas, tokens and windows end soon.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from failwell.client import Client
from failwell.client.auth import ApiKey, ApinizerLogin, Bearer, IxonLogin, OAuth2
from failwell.core.contract import Contract
from failwell.core.exceptions import (
    ConnectError,
    FaultError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ReauthenticationRequiredError,
    UnavailableError,
    ValidationError,
)
from failwell.resilience import RetryPolicy
from tests.calling import command, issue
from tests.client.driving import Drive
from tests.connix.connix_client import Connix
from tests.running_server import RunningServer

# A server starts and everything happens once, for all tests of the file: on a busy machine that
# takes its time.
pytestmark = pytest.mark.timeout(300)

QUOTA = 10
SETTINGS = (
    "window_seconds=2",
    f"connix.per_minute={QUOTA}",
    f"agenthuman.per_minute={QUOTA}",
    f"apinizer.per_minute={QUOTA}",
    "ixon.per_second=4",
    "ixon.block=1",
    "connix.access_token_seconds=2",
    "apinizer.token_seconds=2",
)
CONNIX = Contract.bundled("connix")


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server where quotas and tokens end soon."""
    running = RunningServer(tmp_path_factory.mktemp("hasty"), settings=SETTINGS)
    yield running.wait_until_ready()
    assert running.stop() == 0


def logged(server: RunningServer, api: str, start: int = 0) -> list[tuple[str, int, str | None]]:
    """Route, status and code of each request an API has answered, from a line on."""
    lines = [line for line in server.log_lines[start:] if line.get("api") == api]
    return [(str(line["route"]), line["status"], line.get("code")) for line in lines]


def test_after_an_expired_token_the_call_succeeds_by_itself(
    hasty: RunningServer, drive: Drive
) -> None:
    """Connix refuses the access token, the refresh token buys another, and the call is repeated."""
    oauth = hasty.connix["oauth"]
    tokens = Connix(hasty).tokens()
    kept: list[Any] = []
    auth = OAuth2(
        oauth["token_url"],
        oauth["client_id"],
        oauth["client_secret"],
        refresh_token=tokens["refresh_token"],
        access_token=tokens["access_token"],
        on_tokens=kept.append,
        credentials_in="form",
    )
    api = drive.client(hasty.connix["base_url"], contract="connix", auth=auth)
    assert api.get("projects").status_code == 200
    assert kept == []
    time.sleep(2.5)
    start = len(hasty.log_lines)

    assert api.get("projects").status_code == 200

    assert len(kept) == 1
    assert kept[0].refresh_token != tokens["refresh_token"]
    assert logged(hasty, "connix", start) == [
        ("/api/v1/projects", 401, "expired_token"),
        ("/oauth2/token", 200, None),
        ("/api/v1/projects", 200, None),
    ]


def test_twenty_calls_on_an_expired_token_renew_it_once(hasty: RunningServer, drive: Drive) -> None:
    """Rotation would punish a second use of the refresh token: there is none."""
    oauth = hasty.connix["oauth"]
    tokens = Connix(hasty).tokens()
    auth = OAuth2(
        oauth["token_url"],
        oauth["client_id"],
        oauth["client_secret"],
        refresh_token=tokens["refresh_token"],
        access_token=tokens["access_token"],
    )
    api = drive.client(hasty.connix["base_url"], contract="connix", auth=auth)
    time.sleep(2.5)
    start = len(hasty.log_lines)

    answers = drive.together([lambda: api.get("hello")] * 8)

    assert [getattr(each, "status_code", each) for each in answers] == [200] * 8
    routes = [route for route, _, _ in logged(hasty, "connix", start)]
    assert routes.count("/oauth2/token") == 1


def test_a_refresh_token_that_is_worth_nothing_asks_for_a_person(
    hasty: RunningServer, drive: Drive
) -> None:
    """The error says that somebody has to log in again, once and for all later calls."""
    oauth = hasty.connix["oauth"]
    auth = OAuth2(
        oauth["token_url"], oauth["client_id"], oauth["client_secret"], refresh_token="rt_worthless"
    )
    api = drive.client(hasty.connix["base_url"], contract="connix", auth=auth)
    start = len(hasty.log_lines)

    for _ in range(2):
        with pytest.raises(ReauthenticationRequiredError):
            api.get("projects")

    assert [route for route, _, _ in logged(hasty, "connix", start)] == ["/oauth2/token"]


def test_apinizer_logs_in_again_when_its_token_has_run_out(
    hasty: RunningServer, drive: Drive
) -> None:
    """A token of two seconds, a pause, and the next call goes through all the same."""
    known = hasty.credentials["apinizer"]
    auth = ApinizerLogin(known["username"], known["password"])
    api = drive.client(known["base_url"], contract="apinizer", auth=auth)

    assert api.get("projects/").status_code == 200
    time.sleep(2.5)
    assert api.get("projects/").status_code == 200


def test_apinizer_says_a_wrong_password_at_once(hasty: RunningServer, drive: Drive) -> None:
    """A log-in that can never succeed is tried once, and the password is in no text."""
    known = hasty.credentials["apinizer"]
    auth = ApinizerLogin(known["username"], "not the password")
    api = drive.client(known["base_url"], contract="apinizer", auth=auth)

    with pytest.raises(FaultError) as caught:
        api.get("projects/")

    assert "not the password" not in f"{caught.value!r} {caught.value} {vars(caught.value)}"


def test_ixon_logs_in_again_when_its_token_was_revoked(hasty: RunningServer, drive: Drive) -> None:
    """Somebody revokes every token of the person; the next call logs in and succeeds."""
    known = hasty.credentials["ixon"]
    auth = _ixon(known)
    api = drive.client(known["base_url"], contract="ixon", auth=auth)
    assert api.get("users/me").status_code == 200
    with Client(known["base_url"], contract="ixon", auth=_ixon(known)) as other:
        tokens = other.get("access-tokens", params={"fields": "publicId"}).json()["data"]
        for token in tokens:
            try:
                other.delete(f"access-tokens/{token['publicId']}", retry=None)
            except FaultError as error:
                # It has revoked its own one.
                assert error.code == "invalid_token"
    start = len(hasty.log_lines)

    assert api.get("users/me").status_code == 200

    story = logged(hasty, "ixon", start)
    assert story[0][1:] == (401, "invalid_token")
    assert story[-1][1:] == (200, None)
    assert ("/api/access-tokens", 201, None) in story


def test_ixon_logs_in_with_a_second_factor(hasty: RunningServer) -> None:
    """With the secret of the authenticator app the client makes the code of the moment."""
    known = hasty.credentials["ixon"]
    auth = IxonLogin(
        known["otp_email"],
        known["otp_password"],
        application=known["application_id"],
        otp=known["otp_secret"],
    )

    with Client(known["base_url"], contract="ixon", auth=auth) as api:
        assert api.get("users/me").status_code == 200


def _ixon(known: dict[str, Any]) -> IxonLogin:
    return IxonLogin(
        known["email"],
        known["password"],
        application=known["application_id"],
        company=known["company_id"],
        lifetime=60,
    )


def test_bursts_beyond_the_quotas_wait_and_succeed(hasty: RunningServer, drive: Drive) -> None:
    """Twice the quota at once, of four APIs: all succeed, none before its server allowed it."""
    calls = [call for name in _QUOTAS for call in _burst(hasty, drive, name)]
    begun, start = time.monotonic(), len(hasty.log_lines)

    answers = drive.together(calls)

    assert [getattr(each, "status_code", each) for each in answers] == [200] * len(calls)
    assert time.monotonic() - begun >= 1
    for name in _QUOTAS:
        refused = [line for line in logged(hasty, name, start) if line[1] == 429]
        assert 1 <= len(refused) <= 5 * QUOTA, name


def _burst(server: RunningServer, drive: Drive, name: str) -> list[Callable[[], Any]]:
    path, auth = _QUOTAS[name](server)
    url, policy = server.credentials[name]["base_url"], RetryPolicy(attempts=6)
    api = drive.client(url, contract=name, auth=auth, retry=policy)
    return [lambda: api.get(path)] * (2 * QUOTA + 1)


def _key(name: str) -> Callable[[RunningServer], tuple[str, Any]]:
    def made(server: RunningServer) -> tuple[str, Any]:
        secret = issue(server, name, "--tenant", f"Tenant {uuid.uuid4().hex}")["secret"]
        return {"connix": "projects", "agenthuman": "agents"}[name], ApiKey(secret)

    return made


def _apinizer(server: RunningServer) -> tuple[str, Any]:
    secret = issue(server, "apinizer", "--tenant", f"Tenant {uuid.uuid4().hex}")["secret"]
    return "projects/", Bearer(secret)


_QUOTAS: dict[str, Callable[[RunningServer], tuple[str, Any]]] = {
    "connix": _key("connix"),
    "agenthuman": _key("agenthuman"),
    "apinizer": _apinizer,
    "ixon": lambda server: ("users/me", _ixon(server.credentials["ixon"])),
}


def test_a_limit_that_lasts_too_long_is_said_at_once(hasty: RunningServer, drive: Drive) -> None:
    """Who will not wait as long as the server wants gets the error now, with the moment in it."""
    secret = issue(hasty, "connix", "--tenant", f"Tenant {uuid.uuid4().hex}")["secret"]
    impatient = RetryPolicy(max_wait=0.5)
    api = drive.client(
        hasty.connix["base_url"], contract="connix", auth=ApiKey(secret), retry=impatient
    )

    def too_often() -> None:
        for _ in range(2 * QUOTA):
            api.get("projects")

    with pytest.raises(RateLimitError) as caught:
        too_often()

    error = caught.value
    assert isinstance(error, CONNIX.exception("rate_limit_exceeded"))
    assert error.retry_suppressed == "wait"
    assert error.retry_after is not None
    assert error.retry_at is not None
    assert error.params["limit"] == QUOTA
    assert len(error.attempts) == 1


def test_maintenance_is_waited_for(hasty: RunningServer, drive: Drive) -> None:
    """A 503 says how long; when the window ends meanwhile, the call succeeds."""
    time_ = drive.fake_time()
    names = ("--api", "connix")
    command(hasty, "maintenance", "start", *names, "--minutes", "1")
    try:
        _until(lambda: _is_away(hasty))
        api = drive.client(
            hasty.connix["base_url"],
            contract="connix",
            auth=ApiKey(hasty.connix["api_key"]),
            clock=time_,
            sleep=_ending(time_.sleep, drive, hasty),
        )

        assert api.get("hello").json()["message"].startswith("Hello")
    finally:
        if _is_away(hasty):
            command(hasty, "maintenance", "end", *names)

    assert len(time_.slept) == 1
    assert 50 <= time_.slept[0] <= 66


def _ending(sleep: Any, drive: Drive, server: RunningServer) -> Any:
    """Sleep by the fake clock, and end the maintenance meanwhile."""

    def end() -> None:
        command(server, "maintenance", "end", "--api", "connix")
        _until(lambda: not _is_away(server))

    def nap(seconds: float) -> None:
        sleep(seconds)
        end()

    async def anap(seconds: float) -> None:
        await sleep(seconds)
        end()

    return nap if drive.name == "sync" else anap


def _is_away(server: RunningServer) -> bool:
    with Client(server.connix["base_url"], contract="connix", retry=None) as api:
        try:
            api.get("hello", headers={"X-API-Key": server.connix["api_key"]})
        except UnavailableError:
            return True
        except RateLimitError:
            # Asked too often, but by a server that is there.
            return False
    return False


def _until(question: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not question():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


def test_a_server_that_comes_back_is_found_again(
    tmp_path: Any, request: pytest.FixtureRequest
) -> None:
    """Calls to a server that is down say so and are known not to be sent; then it is there."""
    server = RunningServer(tmp_path / "data").wait_until_ready()
    request.addfinalizer(server.stop)
    patient = RetryPolicy(attempts=300, base=0.1, cap=0.2, budget=None)
    known = server.connix
    with Client(known["base_url"], contract="connix", auth=ApiKey(known["api_key"])) as api:
        assert api.get("hello").status_code == 200
        server.kill()
        with pytest.raises(ConnectError) as caught:
            api.post("projects", json={"name": "Lost"}, retry=None)
        assert caught.value.outcome == "not_sent"

        again = RunningServer(tmp_path / "data", port=server.port)
        request.addfinalizer(again.stop)
        assert api.post("projects", json={"name": "Found"}, retry=patient).status_code == 201


def test_what_goes_wrong_is_told_apart(hasty: RunningServer, drive: Drive) -> None:
    """Classes of the tree and of codes, params, violations and texts, as a program uses them."""
    known = hasty.connix
    limited = issue(
        hasty, "connix", "--tenant", f"T {uuid.uuid4().hex}", "--scope", "projects:read"
    )
    api = drive.client(known["base_url"], contract="connix", auth=ApiKey(limited["secret"]))

    with pytest.raises(NotFoundError) as missing:
        api.get("projects/proj_0000000000000000")
    with pytest.raises(CONNIX.exception("insufficient_scope")) as denied:
        api.post("projects", json={"name": "Not allowed"})
    with pytest.raises(PermissionDeniedError):
        api.post("projects", json={"name": "Not allowed"})

    assert missing.value.params["resource_type"] == "project"
    assert "GET /api/v1/projects/{id}" in str(missing.value)
    assert denied.value.params["required_scopes"] == ["projects:write"]
    assert denied.value.outcome == "not_processed"
    assert denied.value.user_message("de")
    assert limited["secret"] not in denied.value.support_text()


def test_a_checked_request_never_leaves(hasty: RunningServer, drive: Drive) -> None:
    """With the API's own document the same error is raised before anything is sent."""
    known = hasty.connix
    secret = issue(hasty, "connix", "--tenant", f"Tenant {uuid.uuid4().hex}")["secret"]
    plain = drive.client(known["base_url"], contract="connix", auth=ApiKey(secret))
    document = plain.get(known["base_url"].removesuffix("/api/v1") + "/openapi.json").json()
    checked = drive.client(
        known["base_url"], contract="connix", auth=ApiKey(secret), openapi=document
    )
    bad = {"name": "", "config": {"temperature": 3.5}}
    path = f"projects/{known['project_id']}/agents"

    with pytest.raises(ValidationError) as sent:
        plain.post("projects", json={"name": ""})
    start = len(hasty.log_lines)
    with pytest.raises(ValidationError) as unsent:
        checked.post("projects", json={"name": ""})
    with pytest.raises(CONNIX.exception("validation_error")) as agent:
        checked.post(path, json=bad)

    assert logged(hasty, "connix", start) == []
    assert type(unsent.value) is type(sent.value)
    assert unsent.value.violations == sent.value.violations
    assert (unsent.value.code, unsent.value.message) == (sent.value.code, sent.value.message)
    assert (sent.value.outcome, unsent.value.outcome) == ("not_processed", "not_sent")
    assert [each.location.dotted for each in agent.value.violations] == [
        "name",
        "config.temperature",
    ]
    assert unsent.value.attempts == ()
    assert checked.post("projects", json={"name": "Good"}).status_code == 201
