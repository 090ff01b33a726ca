"""IXON's log-in: Basic with a one-time password, which is good once and for half a minute."""

import base64

import pyotp
import pytest

from failwell.client.auth import IxonLogin
from failwell.client.steps import Send, Wait
from failwell.core.clock import timestamp
from failwell.core.contract import Contract
from failwell.core.exceptions import (
    AuthenticationError,
    DeadlineExceededError,
    FailwellError,
    PermissionDeniedError,
    ReauthenticationRequiredError,
)
from failwell.core.header_fields import http_date
from tests.client.auth_steps import BASE, Bench, answer, authorization

EMAIL, PASSWORD = "mary@ixon.test", "pass:word-ü"
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
CONTRACT = Contract.bundled("ixon")


def ixon(**how):
    return IxonLogin(EMAIL, PASSWORD, application="app123456789", **how)


def made(secret="s" * 32, **members):
    return answer(201, {"status": "success", "data": {"secretId": secret, **members}})


def refused(code="invalid_token", **how):
    golden = CONTRACT.golden(code)
    return answer(golden.status, golden.body, **how)


def sent(request):
    """The three parts of a log-in."""
    scheme, _, text = request.headers["Authorization"].partition(" ")
    assert scheme == "Basic"
    return base64.b64decode(text).decode().split(":", 2)


def test_a_log_in_is_written_as_ixon_wants_it():
    """Version and application, Basic of three parts, and a lifetime in the body."""
    bench, auth = Bench(CONTRACT), ixon(company="1111-2222-3333-4444-5555", lifetime=600)

    ran = bench.run(auth.grant(bench.tools()), made())

    (request,) = ran.requests
    assert str(request.url) == f"{BASE}access-tokens?fields=secretId%2CexpiresOn"
    assert request.content == b'{"expiresIn":600}'
    assert request.headers["Api-Version"] == "2"
    assert request.headers["Api-Application"] == "app123456789"
    assert "Api-Company" not in request.headers
    assert sent(request) == [EMAIL, "", PASSWORD]


def test_every_call_carries_the_fields_of_ixon():
    """Who logs in by name needs not repeat application and company at each call."""
    given = Bench(CONTRACT).grant(ixon(company="1111-2222-3333-4444-5555"), made())

    assert given.headers == {
        "Api-Version": "2",
        "Api-Application": "app123456789",
        "Api-Company": "1111-2222-3333-4444-5555",
        "Authorization": f"Bearer {'s' * 32}",
    }
    assert set(given.secrets) == {"s" * 32, PASSWORD}


def test_a_device_can_become_trusted():
    """Its identifier and name travel with the log-in, and only with it."""
    bench, auth = Bench(CONTRACT), ixon(device="6ba7b810", device_name="Pump 7")

    ran = bench.run(auth.grant(bench.tools()), made())

    assert ran.requests[0].headers["Api-Device-Identifier"] == "6ba7b810"
    assert b'"trustedDeviceName":"Pump 7"' in ran.requests[0].content
    assert "Api-Device-Identifier" not in ran.value.headers


def test_the_code_of_the_moment_comes_from_the_secret():
    """As an authenticator app shows it (RFC 6238)."""
    bench, auth = Bench(CONTRACT), ixon(otp="gezd gnbv gy3t qojq gezd gnbv gy3t qojq")

    ran = bench.run(auth.grant(bench.tools()), made())

    assert sent(ran.requests[0])[1] == pyotp.TOTP(SECRET).at(int(bench.clock.now()))


def test_no_code_is_sent_twice():
    """A second log-in in the same half minute waits for the next code."""
    bench, auth = Bench(CONTRACT), ixon(otp=SECRET)
    first = bench.run(auth.grant(bench.tools()), made("a" * 32))
    bench.clock.advance(1)

    second = bench.run(auth.renew(first.value, bench.tools()), made("b" * 32))

    wait, send = [step for step in second.steps if isinstance(step, Wait | Send)]
    assert isinstance(wait, Wait)
    assert 0 < wait.seconds <= 30
    assert isinstance(send, Send)
    assert sent(send.request)[1] != sent(first.requests[0])[1]
    assert sent(send.request)[1] == pyotp.TOTP(SECRET).at(int(bench.clock.now()))


def test_nobody_waits_for_a_code_that_comes_too_late():
    """A call with less time than that ends at once, and the next one may succeed."""
    bench, auth = Bench(CONTRACT, seconds=2), ixon(otp=SECRET)
    first = bench.grant(auth, made("a" * 32))

    ran = bench.run(auth.renew(first, bench.tools()))
    bench.seconds = 60

    assert isinstance(ran.error, DeadlineExceededError)
    assert "one-time password" in str(ran.error)
    assert ran.requests == []
    assert bench.renew(auth, first, made("b" * 32)).generation == 2


@pytest.mark.parametrize("plain", [True, False])
def test_a_person_can_be_asked_for_the_code(plain):
    """A function gives it, for example one that prompts."""

    async def later():
        return "123456"

    bench, auth = Bench(CONTRACT), ixon(otp=(lambda: "123456") if plain else later)

    ran = bench.run(auth.grant(bench.tools()), made())

    assert sent(ran.requests[0])[1] == "123456"


def test_a_code_that_somebody_else_used_is_tried_once_more():
    """Two workers with one secret log in within the same half minute: both get in."""
    bench, auth = Bench(CONTRACT), ixon(otp=SECRET)

    ran = bench.run(auth.grant(bench.tools()), refused(), made())

    codes = [sent(request)[1] for request in ran.requests]
    assert ran.error is None
    assert len(set(codes)) == 2


def test_a_wrong_clock_is_set_by_the_servers():
    """The second code is that of the server's time."""
    bench, auth = Bench(CONTRACT), ixon(otp=SECRET)
    ahead = bench.clock.now() + 3600
    late = refused(headers={"Date": http_date(ahead)}, at=bench.clock.now())

    ran = bench.run(auth.grant(bench.tools()), late, made())

    assert sent(ran.requests[1])[1] == pyotp.TOTP(SECRET).at(int(ahead))


def test_two_refusals_are_for_good():
    """Wrong passwords are not tried again and again; new credentials end it."""
    bench, auth = Bench(CONTRACT), ixon(otp=SECRET)

    first = bench.run(auth.grant(bench.tools()), refused(), refused()).error
    again = bench.run(auth.grant(bench.tools())).error
    auth.set_credentials(password="right")

    assert type(first) is type(again) is ReauthenticationRequiredError
    assert first.code == "invalid_token"
    assert bench.run(auth.grant(bench.tools()), made()).error is None


def test_without_a_secret_one_refusal_is_for_good():
    """There is no other code to try."""
    bench = Bench(CONTRACT)

    error = bench.run(ixon().grant(bench.tools()), refused()).error

    assert isinstance(error, ReauthenticationRequiredError)


def test_a_missing_second_factor_says_so():
    """It is no wrong password, and its own class."""
    bench = Bench(CONTRACT)

    error = bench.run(ixon().grant(bench.tools()), refused("two_factor_required")).error

    assert isinstance(error, PermissionDeniedError)
    assert error.code == "two_factor_required"


def test_the_end_of_a_token_is_what_the_answer_says():
    """A server may give less than it was asked for; its clock may be off."""
    bench, auth = Bench(CONTRACT), ixon(lifetime=3600, leeway=0)
    server = bench.clock.now() - 7200
    given = answer(
        201,
        {"data": {"secretId": "a" * 32, "expiresOn": timestamp(server + 100)}},
        headers={"Date": http_date(server)},
        at=bench.clock.now(),
    )
    bench.grant(auth, given)

    bench.clock.advance(98)
    assert authorization(bench.grant(auth)) == f"Bearer {'a' * 32}"
    bench.clock.advance(3)
    assert authorization(bench.grant(auth, made("b" * 32))) == f"Bearer {'b' * 32}"


@pytest.mark.parametrize("members", [{}, {"expiresOn": None}, {"expiresOn": "soon"}])
def test_the_end_of_a_token_is_otherwise_what_was_asked_for(members):
    """An answer without a readable end means the lifetime of the request."""
    bench, auth = Bench(CONTRACT), ixon(lifetime=600, leeway=0)
    bench.grant(auth, made("a" * 32, **members))

    bench.clock.advance(599)
    assert authorization(bench.grant(auth)) == f"Bearer {'a' * 32}"
    bench.clock.advance(2)
    assert authorization(bench.grant(auth, made("b" * 32))) == f"Bearer {'b' * 32}"


@pytest.mark.parametrize("value", [{}, {"data": None}, {"data": []}, {"data": {"secretId": 7}}, []])
def test_an_answer_without_a_token_is_a_fault(value):
    """Whatever a success holds instead, no parser's error comes out."""
    with pytest.raises(AuthenticationError):
        Bench(CONTRACT).grant(ixon(), answer(201, value))


def test_nothing_shows_the_password():
    """Neither text, variables nor errors."""
    bench, auth = Bench(), ixon(otp=SECRET)
    body = {"type": "Error", "data": [{"message": f"no {PASSWORD}"}], "status": "error"}

    error = bench.run(auth.grant(bench.tools()), answer(401, body), answer(401, body)).error
    shown = repr(auth) + repr(vars(auth)) + str(error) + repr(error.fault)

    assert PASSWORD not in shown
    assert SECRET not in shown


def test_a_secret_that_is_none_is_refused_at_once():
    """The mistake is told where it is made, without showing the secret."""
    with pytest.raises(FailwellError, match="Base32") as caught:
        ixon(otp="not base 32!")

    assert "not base" not in str(caught.value)
