"""Log-ins in whole calls: a real token endpoint, real sockets, three worlds."""

import json
import logging
import pickle
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest

from failwell.client import AsyncClient, Client
from failwell.client.auth import IxonLogin, OAuth2
from failwell.core.contract import Contract
from failwell.core.exceptions import (
    AuthenticationError,
    DeadlineExceededError,
    PermissionDeniedError,
    ReauthenticationRequiredError,
    UnavailableError,
)
from failwell.resilience.policy import RetryPolicy
from tests.client.byte_server import HANG, ByteServer, json_reply, reply
from tests.client.driving import driving, outcome
from tests.client.token_server import CLIENT_SECRET, FIRST_REFRESH_TOKEN, TokenServer

QUICK = RetryPolicy(base=0.02, throttle_base=0.02, cap=0.1)


def log_in(server, **how):
    return OAuth2(
        server.token_url,
        "app",
        CLIENT_SECRET,
        **{"refresh_token": FIRST_REFRESH_TOKEN, **how},
    )


def statuses(answers):
    return [getattr(answer, "status_code", answer) for answer in answers]


def test_client_n48_a_refused_token_is_renewed_once_and_the_call_repeated(drive):
    """401, one request for a token, one replay: the caller sees only the success."""
    with TokenServer() as server:
        client = drive.client(server.url, auth=log_in(server), retry=QUICK)
        client.get("/first")
        server.end_tokens()

        assert client.get("/second").status_code == 200

    assert [seen.target for seen in server.called] == ["/first", "/second", "/second"]
    assert len(server.asked) == 2
    assert server.reused == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_client_n48_a_second_refusal_is_the_callers(drive, method):
    """Three requests in all, and no fourth."""
    with TokenServer() as server:
        auth = log_in(server, access_token="stale")
        client = drive.client(server.url, auth=auth, retry=QUICK)

        error = outcome(lambda: client.request(method, "/never"))

    assert isinstance(error, AuthenticationError)
    assert error.status == 401
    assert (len(server.called), len(server.asked)) == (2, 1)


@pytest.mark.parametrize("retry", [None, RetryPolicy(attempts=1)])
def test_client_n48_a_client_that_never_retries_renews_all_the_same(drive, retry):
    """A spent token is nothing to wait for, and the call has not been processed."""
    with TokenServer() as server:
        auth = log_in(server, access_token="stale")
        client = drive.client(server.url, auth=auth, retry=retry)

        assert client.post("/write", json={"a": 1}).status_code == 200

    assert (len(server.called), len(server.asked)) == (2, 1)


def test_client_n48_a_stream_is_renewed_before_it_begins(drive):
    """The caller sees only the stream that was let in."""
    with TokenServer() as server:
        client = drive.client(server.url, auth=log_in(server, access_token="stale"), retry=QUICK)

        with client.stream("GET", "/x") as answer:
            assert answer.status_code == 200
            assert b"".join(answer.iter_bytes()) == b'{"ok": true}'

    assert (len(server.called), len(server.asked)) == (2, 1)


def test_client_n48_a_body_that_is_gone_is_not_sent_again(drive):
    """The refusal is the caller's, and no token is spent on a call that cannot be repeated."""
    with TokenServer() as server:
        client = drive.client(server.url, auth=log_in(server, access_token="stale"), retry=QUICK)

        error = outcome(lambda: client.put("/write", content=drive.one_shot(b"ab", b"c")))

    assert isinstance(error, AuthenticationError)
    assert (len(server.called), len(server.asked)) == (1, 0)


def test_client_n48_the_error_tells_both_attempts(drive):
    """The history says that the token was renewed in between."""
    with TokenServer() as server:
        client = drive.client(server.url, auth=log_in(server, access_token="stale"), retry=QUICK)

        error = outcome(lambda: client.get("/never"))

    assert [attempt.status for attempt in error.attempts] == [401, 401]
    assert "credential" in error.attempts[0].because
    assert error.outcome == "not_processed"


def test_client_n48_a_body_is_sent_again_with_the_replay(drive):
    """A write that was refused for its token is repeated whole."""
    with TokenServer() as server:
        auth = log_in(server, access_token="stale")
        client = drive.client(server.url, auth=auth, retry=QUICK)

        client.post("/write", json={"a": 1})

    assert [json.loads(seen.body) for seen in server.called] == [{"a": 1}] * 2


@pytest.mark.parametrize(
    ("path", "kind"), [("/bare", AuthenticationError), ("/scope", PermissionDeniedError)]
)
def test_client_n49_other_refusals_renew_nothing(drive, path, kind):
    """No challenge, or a want of other rights: a newer token would change nothing."""
    with TokenServer() as server:
        client = drive.client(server.url, auth=log_in(server), retry=QUICK)
        client.get("/first")

        error = outcome(lambda: client.get(path))

    assert isinstance(error, kind)
    assert len(server.asked) == 1
    assert len(server.called) == 2


def test_client_n49_a_field_of_the_caller_renews_nothing(drive):
    """It was not our token that was refused."""
    with TokenServer() as server:
        client = drive.client(server.url, auth=log_in(server), retry=QUICK)
        client.get("/first")

        error = outcome(lambda: client.get("/x", headers={"Authorization": "Bearer mine"}))

    assert isinstance(error, AuthenticationError)
    assert server.called[-1].headers["authorization"] == "Bearer mine"
    assert (len(server.called), len(server.asked)) == (2, 1)


def test_client_n48_a_call_for_another_company_is_renewed_too(drive):
    """IXON's log-in names a company that a call may replace; its token is renewed all the same."""
    contract = Contract.bundled("ixon")
    refused = contract.golden("invalid_token")
    made = iter(("a" * 32, "b" * 32))

    def script(seen):
        if seen.target.startswith("/access-tokens"):
            return json_reply(201, {"data": {"secretId": next(made)}})
        if seen.headers["authorization"] == f"Bearer {'a' * 32}":
            return reply(refused.status, refused.body, refused.headers)
        return json_reply(200, {})

    with ByteServer(script) as server:
        auth = IxonLogin("mary", "word", application="app123456789", company="1111")
        client = drive.client(server.url, contract="ixon", auth=auth, retry=QUICK)
        client.get("/agents", headers={"Api-Company": "2222"})

    calls = [seen for seen in server.requests if seen.target == "/agents"]
    assert [seen.headers["api-company"] for seen in calls] == ["2222", "2222"]
    assert [seen.headers["api-application"] for seen in calls] == ["app123456789"] * 2


def test_client_n50_twenty_calls_renew_once(drive):
    """Twenty calls on a token that has ended: one request for a token, none used twice."""
    with TokenServer(delay=0.1) as server:
        client = drive.client(server.url, auth=log_in(server), retry=QUICK)
        client.get("/first")
        server.end_tokens()

        answers = drive.together([lambda: client.get("/x")] * 20)

    assert statuses(answers) == [200] * 20
    assert len(server.asked) == 2
    assert server.reused == []


def test_client_n50_twenty_calls_log_in_once(drive):
    """Twenty first calls at once ask for one token, and none of them is refused."""
    with TokenServer(delay=0.1) as server:
        client = drive.client(server.url, auth=log_in(server), retry=QUICK)

        answers = drive.together([lambda: client.get("/x")] * 20)

    assert statuses(answers) == [200] * 20
    assert len(server.asked) == 1
    assert len(server.called) == 20


@pytest.mark.parametrize("refused", [True, False])
def test_client_n50_threads_and_tasks_together_renew_once(refused):
    """One object shared by a client of threads, one of asyncio and one of trio is one flight."""
    with (
        TokenServer(delay=0.15) as server,
        driving("sync") as sync,
        driving("asyncio") as asyncio_,
        driving("trio") as trio_,
    ):
        auth = log_in(server)
        clients = [
            world.client(server.url, auth=auth, retry=QUICK) for world in (sync, asyncio_, trio_)
        ]
        if refused:
            clients[0].get("/first")
            server.end_tokens()

        with ThreadPoolExecutor(60) as pool:
            calls = [pool.submit(client.get, "/x") for client in clients for _ in range(20)]
            answers = [call.result() for call in calls]

    assert statuses(answers) == [200] * 60
    assert len(server.asked) == 1 + refused
    assert server.reused == []


def test_client_n51_a_late_refusal_of_an_old_token_renews_nothing(drive):
    """A slow answer refuses a token that others have replaced in the meantime."""
    late = threading.Event()
    refused = {"WWW-Authenticate": 'Bearer error="invalid_token"'}

    def script(seen):
        if seen.target != "/slow":
            return server.script(seen)
        if seen.headers["authorization"] == "Bearer planted-access-1":
            late.wait(2)
            return json_reply(401, {"code": "x"}, refused)
        return json_reply(200, {})

    server = TokenServer()
    with ByteServer(script) as front:
        auth = OAuth2(f"{front.url}/token", "app", CLIENT_SECRET, FIRST_REFRESH_TOKEN)
        client = drive.client(front.url, auth=auth, retry=QUICK)
        client.get("/first")
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(client.get, "/slow")
            while not any(seen.target == "/slow" for seen in front.requests):
                time.sleep(0.005)
            server.end_tokens()
            client.get("/second")
            late.set()

            assert slow.result().status_code == 200

    assert server.issued == 2
    assert sum(seen.target == "/slow" for seen in front.requests) == 2


def led_and_left(server, drive, client):
    """Followers' answers after their leader was cancelled, and how that ended."""
    with ThreadPoolExecutor(6) as pool:
        followers = []

        def follow():
            while not server.asked:
                time.sleep(0.005)
            followers.extend(pool.submit(outcome, lambda: client.get("/x")) for _ in range(4))

        starting = pool.submit(follow)
        cancelled = drive.cancel_after(0.25, lambda: client.get("/leader"))
        starting.result()
        return cancelled, [each.result() for each in followers]


def test_client_n52_a_cancelled_leader_harms_nobody(drive):
    """Its task is cancelled, or its thread interrupted, after the server has read its request.

    The server has ended the old refresh token by then: who asked with it again would be locked
    out.
    """
    with TokenServer(delay=0.6) as server:
        client = drive.client(server.url, auth=log_in(server), retry=QUICK, deadline=5)

        cancelled, answers = led_and_left(server, drive, client)

    assert not isinstance(cancelled.outcome, Exception)
    assert 0 <= cancelled.seconds < 0.1
    assert statuses(answers) == [200] * 4
    assert len(server.asked) == server.issued == 1
    assert server.reused == []
    assert "/leader" not in [seen.target for seen in server.called]


def test_client_n52_a_leader_cancelled_because_it_hangs_harms_nobody(drive, monkeypatch):
    """What never answers is not waited for: the next in line asks again."""
    monkeypatch.setattr("failwell.client.auth.fetching.PATIENCE", 0.3)
    with TokenServer() as server:
        server.troubles.append(HANG)
        client = drive.client(server.url, auth=log_in(server), retry=QUICK, deadline=5, timeout=1)

        cancelled, answers = led_and_left(server, drive, client)

    assert 0 <= cancelled.seconds < 0.1
    assert statuses(answers) == [200] * 4
    assert (len(server.asked), server.issued) == (2, 1)


def test_client_n52_a_call_with_little_time_harms_nobody(drive):
    """It leads, and its deadline comes before the new token: the others get it all the same."""
    with TokenServer(delay=0.5) as server:
        client = drive.client(server.url, auth=log_in(server), retry=QUICK)
        with ThreadPoolExecutor(5) as pool:
            leader = pool.submit(outcome, lambda: client.get("/leader", deadline=0.2))
            while not server.asked:
                time.sleep(0.005)
            answers = [pool.submit(client.get, "/x") for _ in range(4)]
            answers = [each.result() for each in answers]

    assert isinstance(leader.result(), DeadlineExceededError)
    assert statuses(answers) == [200] * 4
    assert len(server.asked) == 1
    assert server.reused == []


def test_client_n52_what_a_lonely_call_asked_for_is_there_for_the_next(drive):
    """Nobody waited for the token when it came, and nobody has to ask again."""
    with TokenServer(delay=0.3) as server:
        client = drive.client(server.url, auth=log_in(server), retry=QUICK)

        lonely = outcome(lambda: client.get("/leader", deadline=0.1))

        assert isinstance(lonely, DeadlineExceededError)
        assert client.get("/x").status_code == 200
        assert len(server.asked) == 1


def test_client_n52_all_get_the_error_of_a_failed_leader(drive):
    """One request for a token for all of them: no stampede; then the refusal is known."""
    with TokenServer(delay=0.1) as server:
        client = drive.client(server.url, auth=log_in(server), retry=QUICK)
        client.get("/first")
        server.end_family()

        errors = drive.together([lambda: outcome(lambda: client.get("/x"))] * 10)
        errors += [outcome(lambda: client.get("/later")) for _ in range(3)]

    assert {type(error) for error in errors} == {ReauthenticationRequiredError}
    assert {error.code for error in errors} == {"invalid_grant"}
    assert len(server.asked) == 2
    assert "/later" not in [seen.target for seen in server.called]


def test_client_n52_new_credentials_end_it(drive):
    """After somebody has logged in again, the same client goes on."""
    with TokenServer() as server:
        auth = log_in(server, refresh_token="wrong")
        client = drive.client(server.url, auth=auth, retry=QUICK)
        assert isinstance(outcome(lambda: client.get("/x")), ReauthenticationRequiredError)

        server.begin_family("fresh")
        auth.set_credentials(refresh_token="fresh")

        assert client.get("/x").status_code == 200


def test_client_n53_a_token_is_renewed_before_it_ends(drive):
    """The API never sees a token that has run out."""
    with TokenServer(expires_in=1000) as server:
        clock = drive.fake_time()
        client = drive.client(
            server.url, auth=log_in(server), retry=QUICK, clock=clock, sleep=clock.sleep
        )
        client.get("/first")
        clock.wall_jump = 900
        client.get("/second")
        clock.wall_jump = 980
        client.get("/third")

    sent = [seen.headers["authorization"][-1] for seen in server.called]
    assert sent == ["1", "1", "2"]


@pytest.mark.parametrize("plain", [True, False])
def test_client_n54_a_rotated_token_is_stored_before_it_is_used(drive, plain):
    """When the owner is told, the API has not seen the new token yet."""
    stored = []

    def take(tokens):
        stored.append((tokens.refresh_token, len(server.called)))

    async def take_later(tokens):
        take(tokens)

    with TokenServer() as server:
        auth = log_in(server, on_tokens=take if plain else take_later)
        client = drive.client(server.url, auth=auth, retry=QUICK)
        client.get("/first")
        server.end_tokens()
        client.get("/second")

    assert stored == [("planted-refresh-1", 0), ("planted-refresh-2", 2)]


def test_client_n55_a_token_endpoint_is_asked_again_when_it_is_down(drive):
    """A 503 and a 429 pass, and the call that needed the token knows nothing of them."""
    with TokenServer() as server:
        server.troubles += [json_reply(503, {}), json_reply(429, {})]
        client = drive.client(server.url, auth=log_in(server), retry=QUICK)

        assert client.get("/x").status_code == 200

    assert len(server.asked) == 3
    assert server.reused == []


def test_client_n55_a_log_in_has_no_more_time_than_its_call(drive):
    """A token endpoint that hangs ends with the deadline of the call."""
    with TokenServer() as server:
        server.troubles.append(HANG)
        client = drive.client(server.url, auth=log_in(server), retry=QUICK, deadline=0.5)
        started = time.monotonic()

        error = outcome(lambda: client.get("/x"))

        assert isinstance(error, DeadlineExceededError)
        assert 0.4 < time.monotonic() - started < 1.0


def test_client_n55_a_token_endpoint_that_stays_down_is_told_as_it_is(drive):
    """Its status, not that of the API, which was never asked."""
    with TokenServer() as server:
        server.troubles += [json_reply(503, {"error": "server_error"})] * 9
        client = drive.client(server.url, auth=log_in(server), retry=QUICK)

        error = outcome(lambda: client.get("/x"))

    assert isinstance(error, UnavailableError)
    assert server.called == []
    assert 1 <= len(server.asked) <= 3


def test_client_n55_no_secret_of_a_log_in_is_in_its_error(drive, caplog):
    """Neither text, traceback, pickle nor log shows what the endpoint was sent, or echoed."""
    caplog.set_level(logging.DEBUG)
    with TokenServer() as server:
        auth = log_in(server)
        client = drive.client(server.url, auth=auth, retry=QUICK)
        client.get("/first")
        server.end_family()

        error = outcome(lambda: client.get("/x"))

    shown = (
        "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)) + caplog.text
    )
    shown += (
        str(getattr(error, "__notes__", ""))
        + repr(auth)
        + repr(client.inner if drive.name != "sync" else client)
    )
    assert "planted" not in shown
    assert b"planted" not in pickle.dumps(error)


def test_client_n56_a_token_goes_to_its_own_origin_only(drive):
    """An absolute address elsewhere gets neither the token nor a log-in of its own."""
    with TokenServer() as server, ByteServer(lambda seen: json_reply(200, {})) as other:
        client = drive.client(server.url, auth=log_in(server), retry=QUICK)

        client.get("/first")
        client.get(f"{other.url}/next")
        client.get(other.url.replace("127.0.0.1", "localhost") + "/next")
        client.get(f"{server.url}/second")

    assert [seen.headers.get("authorization") for seen in other.requests] == [None, None]
    assert len(server.called) == 2


def test_client_n56_a_token_endpoint_elsewhere_gets_nothing_of_the_client(drive):
    """Keys and cookies of the client are for its API; the log-in has its own."""
    with TokenServer() as server:
        elsewhere = server.token_url.replace("127.0.0.1", "localhost")
        auth = OAuth2(elsewhere, "app", CLIENT_SECRET, FIRST_REFRESH_TOKEN)
        secret = {"X-API-Key": "planted", "Cookie": "planted=1", "Authorization": "planted"}
        client = drive.client(server.url, auth=auth, retry=QUICK, headers=secret)

        client.get("/x")

    (asked,) = server.asked
    assert asked.headers["authorization"].startswith("Basic ")
    assert not {"x-api-key", "cookie"} & set(asked.headers)


def test_client_n56_a_token_does_not_follow_a_redirect_elsewhere(drive):
    """Not even with redirects on."""
    with ByteServer(lambda seen: json_reply(200, {})) as other, TokenServer() as server:
        server.pages["/here"] = json_reply(307, {}, {"Location": f"{other.url}/moved"})
        client = drive.client(server.url, auth=log_in(server), retry=QUICK, redirects=3)

        outcome(lambda: client.get("/here"))

    assert not [seen for seen in other.requests if "authorization" in seen.headers]


def test_client_n69_a_log_in_ends_with_its_client(drive):
    """What still asks for a token when the client is closed ends then, in every world."""
    with TokenServer() as server:
        server.troubles.append(HANG)
        client = drive.client(server.url, auth=log_in(server), retry=QUICK)
        outcome(lambda: client.get("/x", deadline=0.1))
        assert ours()

        client.close() if drive.name == "sync" else client.aclose()
        ended = time.monotonic() + 2
        while ours() and time.monotonic() < ended:
            time.sleep(0.005)

        assert ours() == []


def ours():
    """Threads that we have started."""
    return [each.name for each in threading.enumerate() if each.name.startswith("failwell")]


def test_clients_share_one_log_in():
    """Two clients of one API with one object ask for one token."""
    with TokenServer() as server:
        auth = log_in(server)
        with Client(server.url, auth=auth) as one, Client(server.url, auth=auth) as two:
            one.get("/x")
            two.get("/x")

        assert len(server.asked) == 1


def test_a_log_in_outlives_an_event_loop():
    """A token fetched in one loop serves a client in another."""
    with TokenServer() as server:
        auth = log_in(server)
        for world in ("asyncio", "trio", "asyncio"):
            with driving(world) as drive:
                drive.opened(Client, AsyncClient, server.url, auth=auth).get("/x")

        assert len(server.asked) == 1
