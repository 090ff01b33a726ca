"""``credentials.json``: every value in it works at once, for what it says it is for."""

import urllib.request
from collections.abc import Callable, Iterator

import pyotp
import pytest

from tests.calling import Caller
from tests.connix.connix_client import Connix
from tests.every_api.rows import ROWS, apinizer_token, ixon_token, row_of
from tests.running_server import RunningServer


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server as it is after its first start: refresh tokens are good once."""
    running = RunningServer(tmp_path_factory.mktemp("fresh"))
    yield running.wait_until_ready()
    running.stop()


def _connix(server: RunningServer) -> None:
    connix = Connix(server)
    known, oauth = connix.known, connix.oauth
    assert connix.get(f"/projects/{known['project_id']}").status == 200
    assert connix.get(f"/organizations/{known['organization_id']}").status == 200
    assert connix.get("/projects", key=known["read_only_api_key"]).status == 200
    assert connix.post("/projects", {"name": "x"}, key=known["read_only_api_key"]).status == 403
    assert connix.get("/projects", token=oauth["access_token"]).status == 200
    refreshed = connix.trade(grant_type="refresh_token", refresh_token=oauth["refresh_token"])
    assert refreshed.status == 200
    # E-mail, password, both addresses, client and redirect, one after the other.
    assert connix.get("/projects", token=connix.tokens()["access_token"]).status == 200
    assert oauth["authorize_url"] == f"http://127.0.0.1:{connix.port}/oauth2/authorize"
    assert oauth["token_url"] == f"http://127.0.0.1:{connix.port}/oauth2/token"


def _connxt(server: RunningServer) -> None:
    api, known = row_of("connxt"), server.credentials["connxt"]
    made = api.caller(server).post(api.create, api.body(known, "Works"))
    assert made.status == 200, made.body
    reading = api.caller(server, known["read_only_secret_token"])
    assert reading.get("/psps").status == 200
    assert reading.post(api.create, api.body(known, "Works not")).status == 403
    elsewhere = api.caller(server, known["other_environment_secret_token"])
    assert elsewhere.get("/psps").json["data"] == []
    assert elsewhere.post(api.create, api.body(known, "Elsewhere")).status == 404


def _agenthuman(server: RunningServer) -> None:
    api, known = row_of("agenthuman"), server.credentials["agenthuman"]
    body = api.body(known, "Works") | {"avatar_id": known["avatar_id"]}
    assert api.caller(server).post("/agents", body).status == 201
    reading = api.caller(server, known["read_only_api_key"])
    assert [reading.get(path).status for path in ("/agents", "/sessions", "/avatars")] == [200] * 3
    assert reading.post("/agents", body).status == 403


def _apinizer(server: RunningServer) -> None:
    api, known = row_of("apinizer"), server.credentials["apinizer"]
    place = f"/projects/{known['project_name']}/apiProxies/"

    def status(who: str, ask: Callable[[Caller], int]) -> int:
        return ask(api.caller(server, apinizer_token(known, who)))

    assert [status(who, lambda c: c.get(place).status) for who in ("", "member_", "outsider_")] == [
        200,
        200,
        403,
    ]
    made = [
        status(who, lambda c: c.post("/projects/", {"name": "Made"}).status)
        for who in ("member_", "")
    ]
    assert made == [403, 201]


def _ixon(server: RunningServer) -> None:
    api, known = row_of("ixon"), server.credentials["ixon"]
    assert api.caller(server).get("/companies/me").status == 200
    code = pyotp.TOTP(known["otp_secret"]).now()
    careful = api.caller(server, ixon_token(known, "otp_", code))
    assert careful.get("/companies/me").status == 200
    mine = careful.get("/users/me?fields=emailAddress").json["data"]
    assert mine["emailAddress"] == known["otp_email"]


WORKS = {
    "connix": _connix,
    "connxt": _connxt,
    "agenthuman": _agenthuman,
    "apinizer": _apinizer,
    "ixon": _ixon,
}


@pytest.mark.parametrize("name", [api.name for api in ROWS])
def test_every_value_works(fresh: RunningServer, name: str) -> None:
    """Keys, log-ins, tokens and identifiers, those that may do little as well."""
    WORKS[name](fresh)


def test_the_console_is_where_it_says(fresh: RunningServer) -> None:
    """Its address answers."""
    url = fresh.credentials["console"]["url"]
    with urllib.request.urlopen(f"{url}/status") as answer:
        assert answer.status == 200


def test_everything_still_works_after_another_start(
    fresh: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A second start on the same directory keeps what is good, and makes anew what is not."""
    before = fresh.credentials
    fresh.stop()
    again = RunningServer(fresh.data, port=fresh.port).wait_until_ready()
    try:
        kept = again.credentials
        for api in ROWS:
            assert kept[api.name].keys() == before[api.name].keys()
            assert api.caller(again).get(api.read).status == 200
        same = {name: value for name, value in before["connxt"].items() if name != "base_url"}
        assert same.items() <= kept["connxt"].items()
    finally:
        again.stop()
