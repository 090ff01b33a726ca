"""Every error of the five APIs arrives in a client as what it is.

Every situation that can be provoked is, on a running server and through the client; every code
of every contract is replayed besides, each of its examples as the page prints it.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest

from failwell.client import ApinizerLogin, IxonLogin, OAuth2
from failwell.core.catalogue import ErrorCode
from failwell.core.contract import Contract
from failwell.core.exceptions import FaultError, error_class
from failwell.core.situation import Situation
from failwell.core.wire import WireResponse
from failwell.resilience import RetryPolicy
from failwell.testing import ScriptedApi
from tests.client.byte_server import ByteServer, Reply, reply
from tests.client.driving import Drive
from tests.every_api.answers import WANTED
from tests.every_api.calling_scene import CallingScene
from tests.every_api.provoking_codes import CANNOT_BE_PROVOKED, FURTHER
from tests.every_api.rows import ROWS, contract
from tests.every_api.slow_host import SlowHost
from tests.every_api.test_matrix import BEHIND, CELLS, SETTINGS, provocations
from tests.running_server import RunningServer

# A server starts and everything happens once, for all tests of the file: on a busy machine that
# takes its time.
pytestmark = pytest.mark.timeout(300)

Provoked = tuple[FaultError, bool]
"""What the client raised, and whether the request had to be sent byte by byte."""

Outcomes = Mapping[str, Mapping[str, Future[Provoked]]]
"""API -> situation, or code -> what came of it."""

ONCE_MORE = RetryPolicy(attempts=3, base=0.02, throttle_base=0.02, cap=0.1, budget=None)
CODES = [
    pytest.param(api.name, code, id=f"{api.name} {code}")
    for api in ROWS
    for code in contract(api.name).codes
]


@pytest.fixture(scope="module")
def provoked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    """What the client raised at each provocation; the APIs are provoked side by side."""
    with ExitStack() as stack:
        hosts = {api.name: stack.enter_context(SlowHost()) for api in ROWS}
        urls = (f"{api}.{name}={hosts[api].url}/" for api, name in BEHIND.items())
        running = RunningServer(tmp_path_factory.mktemp("arriving"), settings=(*SETTINGS, *urls))
        stack.callback(running.stop)
        running.wait_until_ready()
        scenes = [CallingScene(running, api, hosts[api.name]) for api in ROWS]
        for scene in scenes:
            stack.enter_context(scene.client)
        with ThreadPoolExecutor(len(scenes)) as pool:
            yield dict(zip((api.name for api in ROWS), pool.map(_all_of, scenes), strict=True))


def _all_of(scene: CallingScene) -> dict[str, Future[Provoked]]:
    # The last of the situations disturb everything after them.
    further = {_named(code): how for code, how in FURTHER[scene.api.name].items()}
    all_of_them = {**further, **provocations(scene.api.name)}
    return {each: _tried(scene, how) for each, how in all_of_them.items()}


def _named(code: str) -> str:
    """Tell a code from a situation of the same name."""
    return f"code {code}"


def _tried(scene: CallingScene, provoke: Any) -> Future[Provoked]:
    outcome: Future[Provoked] = Future()
    scene.host.sleeps, scene.host.hangs_up = 0.0, False
    try:
        answer = provoke(scene)
        assert scene.error is not None, f"it succeeded: {answer}"
        outcome.set_result((scene.error, scene.relayed))
    except Exception as error:  # raised again by the test of this cell
        outcome.set_exception(error)
    return outcome


@pytest.mark.parametrize(("name", "situation"), CELLS)
def test_a_provoked_error_arrives_as_what_it_is(
    provoked: Outcomes, name: str, situation: Situation
) -> None:
    """Class of the tree and of the code, status, request id, retry class, texts: all there."""
    error, _ = provoked[name][situation].result()
    wanted = WANTED[name][situation]

    assert error.code in wanted.codes
    assert error.status == wanted.status
    assert_arrived(error, contract(name))
    if situation is Situation.INVALID and name in ("connix", "connxt"):
        assert all(each.location and each.detail for each in error.violations)
        assert error.violations


@pytest.mark.parametrize(
    ("name", "code"), [(name, code) for name, codes in FURTHER.items() for code in codes]
)
def test_a_provoked_code_arrives_as_what_it_is(provoked: Outcomes, name: str, code: str) -> None:
    """The codes that no situation alone ends in."""
    error, relayed = provoked[name][_named(code)].result()

    assert error.code == code
    assert not relayed
    assert_arrived(error, contract(name))


def assert_arrived(error: FaultError, declared: Contract) -> None:
    """Everything is there that a program, a person and a log want of an error."""
    assert error.code is not None
    entry = declared.codes[error.code]
    assert error.http_status == error.status
    assert_class(error, declared)
    assert error.request_id
    assert error.retry == entry.retry
    assert error.retryable == (entry.retry in ("backoff", "after"))
    assert error.outcome == ("unknown" if error.status >= 500 else "not_processed")
    assert [each.number for each in error.attempts] == [1]
    assert not error.guessed
    assert_texts(error, declared)
    if entry.retry == "after":
        assert error.retry_after is not None
        assert 1 <= error.retry_after <= 1800


@pytest.mark.parametrize("name", [api.name for api in ROWS])
def test_every_code_is_provoked_or_has_its_reason(provoked: Outcomes, name: str) -> None:
    """Of each contract every code, by calls of the client itself but for what none can send."""
    outcomes = {each: outcome.result() for each, outcome in provoked[name].items()}
    relayed = {each for each, (_, by_bytes) in outcomes.items() if by_bytes}
    codes = {error.code for error, _ in outcomes.values()}

    cannot = set(CANNOT_BE_PROVOKED.get(name, ()))
    assert codes | cannot == set(contract(name).codes)
    assert codes & cannot == set()
    assert relayed <= {Situation.BAD_REQUEST, Situation.TOO_LARGE, Situation.TIMEOUT}


@pytest.mark.parametrize(("name", "code"), CODES)
def test_a_documented_error_arrives_as_what_it_is(drive: Drive, name: str, code: str) -> None:
    """Each example of a code: class, params, violations, request id, and what is done about it."""
    declared = contract(name)
    entry = declared.codes[code]

    for golden in declared.goldens(code):
        time = drive.fake_time()
        with ByteServer(lambda seen, golden=golden: _played(golden)) as server:
            options = {"clock": time, "sleep": time.sleep, "deadline": 1000.0}
            client = drive.client(server.url, contract=name, retry=ONCE_MORE, **options)
            with pytest.raises(declared.exception(code)) as caught:
                client.get("/v1/things/th_1")

        error = caught.value
        read = declared.decode(golden.status, golden.headers, golden.body)
        assert (read.fault.code, read.deviations) == (code, ())
        assert_class(error, declared)
        assert error.status == error.http_status == golden.status
        assert error.message == read.fault.message
        assert error.params == read.fault.params
        assert error.violations == (read.fault.violations or ())
        assert error.request_id == read.fault.request_id
        assert error.entry == entry
        assert_decision(error, entry, server.count, time.slept)
        assert_texts(error, declared)


LOG_INS: Mapping[str, Callable[[], Any]] = {
    "connix": lambda: OAuth2("/login", "id", "secret", refresh_token="rt"),
    "apinizer": lambda: ApinizerLogin("user", "password", url="/login"),
    "ixon": lambda: IxonLogin("a@b.example", "password", application="App", url="/login"),
}
TOKENS = {"access_token": "t2", "expires_in": 600, "data": {"secretId": "t2"}}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (name, code)
        for name in LOG_INS
        for code, entry in contract(name).codes.items()
        if entry.retry == "after_login"
    ],
)
def test_a_code_that_wants_a_log_in_gets_one(drive: Drive, name: str, code: str) -> None:
    """One log-in, one repetition; who is refused again is told so and not asked for ever."""
    refusals = iter([code, {"fine": True}, code, code])

    def answer(request: httpx2.Request) -> Any:
        return TOKENS if request.url.path == "/login" else next(refusals)

    api = ScriptedApi(name, answer)
    client = drive.client(
        "https://api.example.com", contract=name, auth=LOG_INS[name](), transport=api
    )

    assert client.get("/things").json() == {"fine": True}
    with pytest.raises(contract(name).exception(code)):
        client.get("/things")

    asked = [request.url.path for request in api.requests]
    again = ["/things", "/login", "/things"]
    assert asked == ["/login", *again, *again]


def _played(golden: WireResponse) -> Reply:
    return reply(golden.status, golden.body, golden.headers)


def assert_class(error: FaultError, declared: Contract) -> None:
    """The class is that of the code, below that of the situation, by every way to ask."""
    assert error.code is not None
    assert isinstance(error, declared.exception(error.code))
    assert isinstance(error, error_class(declared.shape(error.code).situation, error.status))
    assert type(error).__name__.endswith("Error")
    assert type(error) is not FaultError


def assert_decision(error: FaultError, entry: ErrorCode, requests: int, slept: list[float]) -> None:
    """Retried when the code says so and as long as the server wishes, else handed over at once."""
    wait = error.retry_after
    too_long = entry.retry == "after" and wait is not None and wait > ONCE_MORE.max_wait
    if entry.retry in ("never", "after_login") or too_long:
        assert (requests, slept) == (1, [])
        assert error.retry_suppressed == ("wait" if too_long else None)
        return
    assert requests == len(error.attempts) == ONCE_MORE.attempts
    assert len(slept) == ONCE_MORE.attempts - 1
    assert error.retry_suppressed == "attempts"
    if wait is not None:
        assert all(wait <= each <= wait + max(1.0, wait / 10) for each in slept)
    else:
        assert all(each <= ONCE_MORE.cap for each in slept)


def assert_texts(error: FaultError, declared: Contract) -> None:
    """One line for the log, words for people in two languages, and what support needs."""
    assert error.code is not None
    line, user = str(error), declared.codes[error.code].user
    assert line.startswith(f"[{error.status} {error.code}] ")
    assert "\n" not in line
    assert error.user_message("en") == user["en"]
    assert error.user_message("de-AT") == user["de"]
    support = error.support_text()
    assert error.code in support
    if error.request_id:
        assert error.request_id in line
        assert error.request_id in support
