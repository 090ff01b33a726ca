"""One flight for all who need a token: seen step by step, without a network."""

import asyncio
import os

import pytest

from failwell.client.auth import OAuth2
from failwell.client.auth.fetching import PATIENCE
from failwell.client.steps import Detach, Join
from failwell.core.exceptions import (
    DeadlineExceededError,
    ReadTimeoutError,
    ReauthenticationRequiredError,
    UnavailableError,
)
from failwell.core.fault import Fault
from tests.client.auth_steps import (
    TOKEN_URL,
    Bench,
    Led,
    authorization,
    followed,
    form,
    refusal,
    token_answer,
)


def oauth2(**how):
    return OAuth2(TOKEN_URL, "app", "secret", **{"refresh_token": "refresh-0", **how})


def crew(bench, auth, count):
    """Calls that need a token at the same time: who leads, and the others with their steps."""
    led = Led(auth.grant(bench.tools()))
    flows = [auth.grant(bench.tools()) for _ in range(count - 1)]
    waiting = [(flow, next(flow)) for flow in flows]
    assert all(isinstance(step, Join) for _, step in waiting)
    return led, waiting


def test_client_n50_the_first_leads_and_all_others_wait():
    """Twenty calls without a token ask for one, and all get it."""
    bench, auth = Bench(), oauth2()
    led, waiting = crew(bench, auth, 20)

    grants = [led.land(token_answer(1)), *(followed(*each) for each in waiting)]

    assert {authorization(grant) for grant in grants} == {"Bearer access-1"}
    assert {grant.generation for grant in grants} == {1}


def test_client_n50_twenty_refusals_ask_once():
    """Twenty 401 for one token are one renewal, whether they come together or one by one."""
    bench, auth = Bench(), oauth2()
    spent = bench.grant(auth, token_answer(1, refresh_token="refresh-1"))
    led = Led(auth.renew(spent, bench.tools()))
    flows = [auth.renew(spent, bench.tools()) for _ in range(9)]
    waiting = [(flow, next(flow)) for flow in flows]

    assert form(led.request)["refresh_token"] == "refresh-1"
    grants = [led.land(token_answer(2)), *(followed(*each) for each in waiting)]
    grants += [bench.renew(auth, spent) for _ in range(10)]

    assert {authorization(grant) for grant in grants} == {"Bearer access-2"}


def test_client_n51_a_refusal_of_an_old_token_renews_nothing():
    """Somebody has renewed it in the meantime: the call is repeated with the present one."""
    bench, auth = Bench(), oauth2()
    first = bench.grant(auth, token_answer(1))
    second = bench.renew(auth, first, token_answer(2))

    assert bench.renew(auth, first) == second
    assert bench.grant(auth) == second
    assert (first.generation, second.generation) == (1, 2)


def test_client_n50_calls_that_begin_after_a_refusal_do_not_send_the_refused_token():
    """While the renewal is under way they wait for it, though the token's time is not over."""
    bench, auth = Bench(), oauth2()
    spent = bench.grant(auth, token_answer(1, expires_in=3600))
    led = Led(auth.renew(spent, bench.tools()))

    late = auth.grant(bench.tools())
    step = next(late)
    assert isinstance(step, Join)
    led.land(token_answer(2))

    assert authorization(followed(late, step)) == "Bearer access-2"


CANCELLED = [GeneratorExit, asyncio.CancelledError, KeyboardInterrupt]


@pytest.mark.parametrize("error", CANCELLED)
def test_client_n52_a_cancelled_leader_hands_over(error):
    """The fetch goes on without it, and its answer is for the others: nothing is asked twice."""
    bench, auth = Bench(), oauth2()
    led, ((second, step), (third, waiting)) = crew(bench, auth, 3)

    with pytest.raises(error):
        led.flow.throw(error)
    inherited = second.send(step.future.result(0))
    waiting = third.send(waiting.future.result(0))
    led.answer(token_answer(1))

    assert authorization(followed(second, inherited)) == "Bearer access-1"
    assert authorization(followed(third, waiting)) == "Bearer access-1"


@pytest.mark.parametrize("error", CANCELLED)
def test_client_n52_what_a_cancelled_leader_asked_for_is_not_lost(error):
    """The answer comes when nobody waits; the next call has it without a request."""
    bench, auth = Bench(), oauth2()
    led = Led(auth.grant(bench.tools()))

    with pytest.raises(error):
        led.flow.throw(error)
    led.answer(token_answer(1, refresh_token="refresh-1"))
    bench.clock.advance(3600)

    given = bench.grant(auth)
    assert authorization(given) == "Bearer access-1"
    ran = bench.run(auth.renew(given, bench.tools()), token_answer(2))
    assert form(ran.requests[0])["refresh_token"] == "refresh-1"


def test_client_n52_a_leader_cancelled_with_the_answer_at_hand_loses_nothing():
    """The answer has come, and the leader never hears of it."""
    bench, auth = Bench(), oauth2()
    led = Led(auth.grant(bench.tools()))

    led.answer(token_answer(1))
    led.flow.close()

    assert authorization(bench.grant(auth)) == "Bearer access-1"


def test_client_n52_a_forgotten_leader_hands_over():
    """A leader that nobody runs any more is closed with its last reference."""
    bench, auth = Bench(), oauth2()
    led, ((follower, step),) = crew(bench, auth, 2)

    led.flow = None
    inherited = follower.send(step.future.result(0))
    led.answer(token_answer(1))

    assert authorization(followed(follower, inherited)) == "Bearer access-1"


def test_client_n52_a_fetch_that_is_cut_off_is_started_anew():
    """The event loop it ran in has ended; a follower in another one asks again."""
    bench, auth = Bench(), oauth2()
    led, ((follower, step),) = crew(bench, auth, 2)

    led.flow.close()
    inherited = follower.send(step.future.result(0))
    led.apart.close()
    again = Led(follower, follower.send(inherited.future.result(0)))

    assert authorization(again.land(token_answer(1))) == "Bearer access-1"


def test_client_n52_a_fetch_that_nobody_ran_is_started_anew():
    """The driver could not run it; nobody waits for it in vain, and it does not run later."""
    bench, auth = Bench(), oauth2()
    leader = auth.grant(bench.tools())
    apart = next(leader).steps

    with pytest.raises(RuntimeError, match="no more threads"):
        leader.throw(RuntimeError("no more threads"))

    assert list(apart) == []
    bench.clock.advance(1.1)
    assert authorization(bench.grant(auth, token_answer(1))) == "Bearer access-1"


def test_client_n52_a_fetch_that_is_dropped_is_started_anew():
    """Its steps were taken and thrown away before the first of them."""
    bench, auth = Bench(), oauth2()
    leader = auth.grant(bench.tools())

    next(leader)
    join = leader.send(None)
    again = Led(leader, leader.send(join.future.result(0)))

    assert authorization(again.land(token_answer(1))) == "Bearer access-1"


def test_client_n52_a_fetch_that_hangs_is_not_waited_for_for_ever():
    """Its starter may have left because of that: a follower waits a little, then asks itself."""
    bench, auth = Bench(seconds=60), oauth2()
    led, ((follower, step),) = crew(bench, auth, 2)

    led.flow.close()
    inherited = follower.send(step.future.result(0))
    assert inherited.timeout == PATIENCE
    again = Led(follower, follower.throw(DeadlineExceededError.of(Fault())))

    assert authorization(again.land(token_answer(1))) == "Bearer access-1"


def test_client_n52_a_leader_out_of_its_own_time_hands_over():
    """Its deadline is not that of the others, nor that of the fetch."""
    bench, auth = Bench(), oauth2()
    led, ((follower, step),) = crew(bench, auth, 2)

    with pytest.raises(DeadlineExceededError):
        led.flow.throw(DeadlineExceededError.of(Fault()))
    inherited = follower.send(step.future.result(0))
    led.answer(token_answer(1))

    assert authorization(followed(follower, inherited)) == "Bearer access-1"


def test_client_n52_a_fetch_that_runs_out_of_its_starters_time_is_nobody_elses_error():
    """A follower with more time starts another."""
    bench, auth = Bench(), oauth2()
    led, ((follower, step),) = crew(bench, auth, 2)

    led.answer(DeadlineExceededError.of(Fault()))
    with pytest.raises(DeadlineExceededError):
        led.go_on()
    again = Led(follower, follower.send(step.future.result(0)))

    assert authorization(again.land(token_answer(1))) == "Bearer access-1"


def test_client_n52_a_follower_is_cancelled_alone():
    """Neither the leader nor another follower notices, whatever is done to the future."""
    bench, auth = Bench(), oauth2()
    led, ((second, step), third) = crew(bench, auth, 3)

    assert not step.future.cancel()
    second.close()
    led.land(token_answer(1))

    assert authorization(followed(*third)) == "Bearer access-1"


def test_client_n52_followers_wait_no_longer_than_their_own_deadline():
    """Each waits for the leader as long as its own call may take."""
    bench, auth = Bench(seconds=7), oauth2()
    led = Led(auth.grant(bench.tools()))
    bench.clock.advance(3)
    bench.seconds = 2

    follower = auth.grant(bench.tools())

    assert next(follower).timeout == 2
    follower.close()
    led.land(token_answer(1))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal("server_error", 503), UnavailableError),
        (refusal("invalid_grant"), ReauthenticationRequiredError),
    ],
)
def test_client_n52_a_failed_leader_fails_all_with_the_same_error(answer, kind):
    """No follower asks again, nor does who comes a moment later: no stampede."""
    bench, auth = Bench(), oauth2()
    led, waiting = crew(bench, auth, 5)

    led.answer(answer)
    errors = []
    for flow, step in [(led.flow, led.join), *waiting]:
        with pytest.raises(kind) as caught:
            flow.send(step.future.result(0))
        errors.append(caught.value)
    errors += [bench.run(auth.grant(bench.tools())).error for _ in range(5)]

    assert {type(error) for error in errors} == {kind}
    assert len({str(error) for error in errors}) == 1
    # Each is an error of its own: callers add tracebacks and notes to theirs.
    assert len({id(error) for error in errors}) == 10


def test_client_n52_a_lost_connection_fails_all_and_is_soon_forgotten():
    """A network error is everybody's error, its cause included, and not for ever."""
    bench, auth = Bench(), oauth2()
    led, ((follower, step),) = crew(bench, auth, 2)
    lost = ReadTimeoutError.of(Fault(message="no answer"))
    lost.__cause__ = TimeoutError("slow")

    led.answer(lost)
    with pytest.raises(ReadTimeoutError):
        led.go_on()
    with pytest.raises(ReadTimeoutError) as caught:
        follower.send(step.future.result(0))
    bench.clock.advance(1.1)

    assert isinstance(caught.value.__cause__, TimeoutError)
    assert authorization(bench.grant(auth, token_answer(1))) == "Bearer access-1"


@pytest.mark.parametrize(("random", "from_the_end"), [(0.0, 30.0), (0.5, 37.5), (0.99, 44.85)])
def test_client_n53_a_token_is_renewed_ahead_of_its_end(random, from_the_end):
    """Leeway and jitter keep a fleet of clients from coming in the same second."""
    bench, auth = Bench(random=random), oauth2()
    bench.grant(auth, token_answer(1, expires_in=3600))

    bench.clock.advance(3600 - from_the_end - 0.1)
    assert authorization(bench.grant(auth)) == "Bearer access-1"
    bench.clock.advance(0.2)

    assert authorization(bench.grant(auth, token_answer(2))) == "Bearer access-2"


def test_client_n53_a_short_life_is_not_all_leeway():
    """A token of ten seconds is used for most of them."""
    bench, auth = Bench(random=0.99), oauth2(leeway=60)
    bench.grant(auth, token_answer(1, expires_in=10))

    bench.clock.advance(7.4)

    assert authorization(bench.grant(auth)) == "Bearer access-1"


def test_client_n53_a_token_is_good_while_it_is_renewed():
    """Only the one who renews ahead of time waits; the others use what still works."""
    bench, auth = Bench(), oauth2()
    first = bench.grant(auth, token_answer(1, expires_in=100))
    bench.clock.advance(80)

    led = Led(auth.grant(bench.tools()))

    assert [bench.grant(auth) for _ in range(5)] == [first] * 5
    assert authorization(led.land(token_answer(2))) == "Bearer access-2"


@pytest.mark.parametrize("code", ["server_error", "invalid_grant"])
def test_client_n53_a_renewal_that_fails_early_loses_nothing(code):
    """The present token works to its end, and only then the failure is the caller's."""
    bench, auth = Bench(), oauth2()
    first = bench.grant(auth, token_answer(1, expires_in=100))
    bench.clock.advance(80)

    assert bench.grant(auth, refusal(code)) == first
    assert bench.grant(auth) == first
    bench.clock.advance(21)

    failed = bench.run(auth.grant(bench.tools()), *([refusal(code)] if code[0] == "s" else []))
    assert failed.error.code == code


def test_client_n53_a_token_that_ended_before_it_came_is_used_all_the_same():
    """An end in the past is a broken clock; asking again and again would not mend it."""
    bench, auth = Bench(), oauth2()

    first = bench.grant(auth, token_answer(1, expires_at=1000))

    assert bench.grant(auth) == first


def test_client_n53_a_known_token_is_used_until_its_end():
    """What an earlier process has stored needs no request."""
    bench = Bench()
    auth = oauth2(access_token="stored", expires_at=bench.clock.now() + 100)

    assert authorization(bench.grant(auth)) == "Bearer stored"
    bench.clock.advance(101)
    assert authorization(bench.grant(auth, token_answer(2))) == "Bearer access-2"


def test_client_n52_new_credentials_overtake_a_flight():
    """What was asked for with the old ones lands nowhere, and whoever waits uses the new ones."""
    bench, auth = Bench(), oauth2()
    led, waiting = crew(bench, auth, 2)

    auth.set_credentials(refresh_token="fresh", access_token="given")

    assert authorization(led.land(token_answer(1))) == "Bearer given"
    assert authorization(followed(*waiting[0])) == "Bearer given"
    assert authorization(bench.grant(auth)) == "Bearer given"


def test_client_n52_a_refusal_of_old_credentials_is_not_latched():
    """The new ones came while the old ones were being refused."""
    bench, auth = Bench(), oauth2()
    led, _ = crew(bench, auth, 1)

    auth.set_credentials(refresh_token="fresh")
    led.answer(refusal("invalid_grant"))
    again = Led(led.flow, led.go_on())

    assert form(again.request)["refresh_token"] == "fresh"
    assert authorization(again.land(token_answer(7))) == "Bearer access-7"


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_client_n69_a_flight_does_not_outlive_its_process():
    """In a forked child the leader's thread is not there, and the child leads itself."""
    bench, auth = Bench(), oauth2()
    led = Led(auth.grant(bench.tools()))

    child = os.fork()
    if child == 0:
        step = next(auth.grant(bench.tools()))
        os._exit(0 if isinstance(step, Detach) else 1)
    _, status = os.waitpid(child, 0)
    led.land(token_answer(1))

    assert os.waitstatus_to_exitcode(status) == 0
