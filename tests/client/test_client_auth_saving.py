"""New tokens are in their owner's hands before anybody uses them."""

import asyncio
import threading

import pytest

from failwell.client.auth import OAuth2
from failwell.client.steps import Join
from failwell.core.exceptions import FailwellError
from tests.client.auth_steps import TOKEN_URL, Bench, Led, authorization, form, token_answer

ROTATED = token_answer(1, refresh_token="refresh-1", expires_in=3600, scope="a b")


def oauth2(on_tokens, **how):
    how = {"refresh_token": "refresh-0", **how}
    return OAuth2(TOKEN_URL, "app", "secret", on_tokens=on_tokens, **how)


@pytest.mark.parametrize("plain", [True, False])
def test_client_n54_new_tokens_are_handed_over_before_they_are_used(plain):
    """While they are handed over, nobody has got them, and the old ones are still known."""
    bench, seen = Bench(), []

    def take(tokens):
        seen.append((tokens, auth._renewal._before.refresh_token, auth._renewal._held))

    async def take_later(tokens):
        await asyncio.sleep(0)
        take(tokens)

    auth = oauth2(take if plain else take_later)
    given = bench.grant(auth, ROTATED)

    ((tokens, refresh_token_before, held_before),) = seen
    assert (tokens.access_token, tokens.refresh_token) == ("access-1", "refresh-1")
    assert (tokens.expires_at, tokens.scopes) == (bench.clock.now() + 3600, ("a", "b"))
    assert (refresh_token_before, held_before) == ("refresh-0", None)
    assert authorization(given) == "Bearer access-1"


def test_client_n54_tokens_that_were_not_taken_are_handed_over_again():
    """The old refresh token is spent, so the next call must not ask with it."""
    bench, taken = Bench(), []

    def take(tokens):
        taken.append(tokens.refresh_token)
        if len(taken) < 3:
            raise OSError("disk full")

    auth = oauth2(take)

    assert str(bench.run(auth.grant(bench.tools()), ROTATED).error) == "disk full"
    bench.clock.advance(1.1)
    assert str(bench.run(auth.grant(bench.tools())).error) == "disk full"
    bench.clock.advance(1.1)
    assert authorization(bench.grant(auth)) == "Bearer access-1"
    assert taken == ["refresh-1"] * 3


def test_client_n54_a_failure_to_store_is_everybodys():
    """Followers are told the same, and ask for nothing."""
    bench = Bench()

    def take(tokens):
        raise OSError("disk full")

    auth = oauth2(take)
    led, follower = Led(auth.grant(bench.tools())), auth.grant(bench.tools())
    step = next(follower)
    led.answer(ROTATED)

    with pytest.raises(OSError, match="disk full"):
        led.go_on()
    with pytest.raises(OSError, match="disk full"):
        follower.send(step.future.result(0))


def test_client_n54_a_leader_cancelled_while_storing_loses_no_token():
    """The storing goes on, and the next in line waits for it instead of asking again."""
    bench, released, taken = Bench(), threading.Event(), []

    async def take(tokens):
        released.wait(2)
        taken.append(tokens.refresh_token)

    auth = oauth2(take)
    led, follower = Led(auth.grant(bench.tools())), auth.grant(bench.tools())
    waiting = next(follower)
    led.answer(ROTATED)
    assert isinstance(led.go_on(), Join)

    led.flow.close()
    storing = follower.send(waiting.future.result(0))
    released.set()

    assert isinstance(storing, Join)
    storing.future.result(2)
    with pytest.raises(StopIteration) as stop:
        follower.send(None)
    assert authorization(stop.value.value) == "Bearer access-1"
    assert taken == ["refresh-1"]


def test_client_n54_an_interrupted_owner_is_asked_again():
    """Ctrl-C in the middle of storing leaves the new tokens to the next call."""
    bench, taken = Bench(), []

    def take(tokens):
        taken.append(tokens.refresh_token)
        if len(taken) == 1:
            raise KeyboardInterrupt

    auth = oauth2(take)

    assert isinstance(bench.run(auth.grant(bench.tools()), ROTATED).error, KeyboardInterrupt)
    assert authorization(bench.grant(auth)) == "Bearer access-1"
    assert taken == ["refresh-1"] * 2


def test_client_n54_the_next_renewal_uses_what_was_stored():
    """Rotation goes on from token to token."""
    bench, taken = Bench(), []
    auth = oauth2(lambda tokens: taken.append(tokens.refresh_token))
    spent = bench.grant(auth, ROTATED)

    ran = bench.run(auth.renew(spent, bench.tools()), token_answer(2, refresh_token="refresh-2"))

    assert form(ran.requests[0])["refresh_token"] == "refresh-1"
    assert taken == ["refresh-1", "refresh-2"]


@pytest.mark.parametrize("plain", [True, False])
def test_client_n54_an_owner_that_calls_with_the_same_credentials_is_told(plain):
    """It would wait for itself; the error says so at once, not at the deadline."""
    bench = Bench()

    def take(tokens):
        bench.grant(auth)

    async def take_later(tokens):
        bench.grant(auth)

    auth = oauth2(take if plain else take_later)

    error = bench.run(auth.grant(bench.tools()), ROTATED).error

    assert isinstance(error, FailwellError)
    assert "on_tokens" in str(error)


def test_client_n54_what_the_owner_may_do_is_call_with_others():
    """Storing tokens in a service of another log-in is no circle."""
    bench = Bench()
    other = OAuth2("https://other.test/token", "b", "c")
    auth = oauth2(lambda tokens: bench.grant(other, token_answer(9)))

    assert authorization(bench.grant(auth, ROTATED)) == "Bearer access-1"


def test_client_n54_nothing_is_stored_for_credentials_that_were_replaced():
    """The tokens of an old log-in are of no use to anybody."""
    bench, taken = Bench(), []
    auth = oauth2(taken.append)
    led = Led(auth.grant(bench.tools()))

    auth.set_credentials(access_token="given")
    led.land(ROTATED)

    assert taken == []
