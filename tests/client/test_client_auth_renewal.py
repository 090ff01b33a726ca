"""One flight for all who need a token: seen step by step, without a network."""

import asyncio
import os

import pytest

from failwell.client.auth import OAuth2
from failwell.client.steps import Join, Send
from failwell.core.exceptions import (
    DeadlineExceededError,
    ReadTimeoutError,
    ReauthenticationRequiredError,
    UnavailableError,
)
from failwell.core.fault import Fault
from tests.client.auth_steps import TOKEN_URL, Bench, authorization, form, refusal, token_answer


def oauth2(**how):
    return OAuth2(TOKEN_URL, "app", "secret", **{"refresh_token": "refresh-0", **how})


def ended(flow, value):
    """What a flow returns when it is given the answer to its last step."""
    with pytest.raises(StopIteration) as stop:
        flow.send(value)
    return stop.value.value


def followed(flow, join):
    """What a follower returns when its leader has landed."""
    return ended(flow, join.future.result(0))


def crew(bench, auth, count):
    """Several calls that need a token: the leader with its step, the followers with theirs."""
    flows = [auth.grant(bench.tools()) for _ in range(count)]
    steps = [next(flow) for flow in flows]
    assert isinstance(steps[0], Send)
    assert all(isinstance(step, Join) for step in steps[1:])
    return flows, steps


def test_client_n50_the_first_leads_and_all_others_wait():
    """Twenty calls without a token ask for one, and all get it."""
    bench, auth = Bench(), oauth2()
    flows, steps = crew(bench, auth, 20)

    grants = [ended(flows[0], token_answer(1))]
    grants += [followed(flow, step) for flow, step in zip(flows[1:], steps[1:], strict=True)]

    assert {authorization(grant) for grant in grants} == {"Bearer access-1"}
    assert {grant.generation for grant in grants} == {1}


def test_client_n50_twenty_refusals_ask_once():
    """Twenty 401 for one token are one renewal, whether they come together or one by one."""
    bench, auth = Bench(), oauth2()
    spent = bench.grant(auth, token_answer(1, refresh_token="refresh-1"))
    flows = [auth.renew(spent, bench.tools()) for _ in range(10)]
    steps = [next(flow) for flow in flows]

    assert form(steps[0].request)["refresh_token"] == "refresh-1"
    grants = [ended(flows[0], token_answer(2))]
    grants += [followed(flow, step) for flow, step in zip(flows[1:], steps[1:], strict=True)]
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
    leader = auth.renew(spent, bench.tools())
    next(leader)

    late = auth.grant(bench.tools())
    step = next(late)
    assert isinstance(step, Join)
    ended(leader, token_answer(2))

    assert authorization(followed(late, step)) == "Bearer access-2"


@pytest.mark.parametrize("error", [GeneratorExit, asyncio.CancelledError, KeyboardInterrupt])
def test_client_n52_a_cancelled_leader_hands_over(error):
    """One of the followers goes on; the cancellation is nobody else's."""
    bench, auth = Bench(), oauth2()
    flows, steps = crew(bench, auth, 3)

    with pytest.raises(error):
        flows[0].throw(error)
    handed = flows[1].send(steps[1].future.result(0))
    waiting = flows[2].send(steps[2].future.result(0))

    assert isinstance(handed, Send)
    assert isinstance(waiting, Join)
    assert authorization(ended(flows[1], token_answer(1))) == "Bearer access-1"
    assert authorization(followed(flows[2], waiting)) == "Bearer access-1"


def test_client_n52_a_forgotten_leader_hands_over():
    """A leader that nobody runs any more is closed with its last reference."""
    bench, auth = Bench(), oauth2()
    flows, steps = crew(bench, auth, 2)

    flows[0] = None

    assert isinstance(flows[1].send(steps[1].future.result(0)), Send)
    flows[1].close()


def test_client_n52_a_leader_out_of_its_own_time_hands_over():
    """Its deadline is not that of the others."""
    bench, auth = Bench(), oauth2()
    flows, steps = crew(bench, auth, 2)

    with pytest.raises(DeadlineExceededError):
        flows[0].throw(DeadlineExceededError.of(Fault()))
    handed = flows[1].send(steps[1].future.result(0))

    assert isinstance(handed, Send)
    assert authorization(ended(flows[1], token_answer(1))) == "Bearer access-1"


def test_client_n52_a_follower_is_cancelled_alone():
    """Neither the leader nor another follower notices, whatever is done to the future."""
    bench, auth = Bench(), oauth2()
    flows, steps = crew(bench, auth, 3)

    assert not steps[1].future.cancel()
    flows[1].close()
    ended(flows[0], token_answer(1))

    assert authorization(followed(flows[2], steps[2])) == "Bearer access-1"


def test_client_n52_followers_wait_no_longer_than_their_own_deadline():
    """Each waits for the leader as long as its own call may take."""
    bench, auth = Bench(seconds=7), oauth2()
    leader = auth.grant(bench.tools())
    next(leader)
    bench.clock.advance(3)
    bench.seconds = 2

    follower = auth.grant(bench.tools())

    assert next(follower).timeout == 2
    follower.close()
    leader.close()


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
    flows, steps = crew(bench, auth, 5)

    errors = []
    for flow, step in zip(flows, steps, strict=True):
        given = answer if isinstance(step, Send) else step.future.result(0)
        with pytest.raises(kind) as caught:
            flow.send(given)
        errors.append(caught.value)
    errors += [bench.run(auth.grant(bench.tools())).error for _ in range(5)]

    assert {type(error) for error in errors} == {kind}
    assert len({str(error) for error in errors}) == 1
    # Each is an error of its own: callers add tracebacks and notes to theirs.
    assert len({id(error) for error in errors}) == 10


def test_client_n52_a_lost_connection_fails_all_and_is_soon_forgotten():
    """A network error is everybody's error, its cause included, and not for ever."""
    bench, auth = Bench(), oauth2()
    flows, steps = crew(bench, auth, 2)
    lost = ReadTimeoutError.of(Fault(message="no answer"))
    lost.__cause__ = TimeoutError("slow")

    with pytest.raises(ReadTimeoutError):
        flows[0].throw(lost)
    with pytest.raises(ReadTimeoutError) as caught:
        flows[1].send(steps[1].future.result(0))
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

    leader = auth.grant(bench.tools())
    next(leader)

    assert [bench.grant(auth) for _ in range(5)] == [first] * 5
    assert authorization(ended(leader, token_answer(2))) == "Bearer access-2"


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
    flows, steps = crew(bench, auth, 2)

    auth.set_credentials(refresh_token="fresh", access_token="given")

    assert authorization(ended(flows[0], token_answer(1))) == "Bearer given"
    assert authorization(followed(flows[1], steps[1])) == "Bearer given"
    assert authorization(bench.grant(auth)) == "Bearer given"


def test_client_n52_a_refusal_of_old_credentials_is_not_latched():
    """The new ones came while the old ones were being refused."""
    bench, auth = Bench(), oauth2()
    (flow,), _ = crew(bench, auth, 1)

    auth.set_credentials(refresh_token="fresh")
    step = flow.send(refusal("invalid_grant"))

    assert form(step.request)["refresh_token"] == "fresh"
    assert authorization(ended(flow, token_answer(7))) == "Bearer access-7"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_client_n69_a_flight_does_not_outlive_its_process():
    """In a forked child the leader's thread is not there, and the child leads itself."""
    bench, auth = Bench(), oauth2()
    leader = auth.grant(bench.tools())
    next(leader)

    child = os.fork()
    if child == 0:
        step = next(auth.grant(bench.tools()))
        os._exit(0 if isinstance(step, Send) else 1)
    _, status = os.waitpid(child, 0)
    leader.close()

    assert os.waitstatus_to_exitcode(status) == 0
