"""Exceptions: which class a fault gets, what can be asked of it, and what a server makes of it."""

import pickle
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

import failwell
from failwell import (
    BadRequestError,
    CircuitOpenError,
    ConnectTimeoutError,
    Contract,
    DeadlineExceededError,
    FailwellError,
    Fault,
    FaultError,
    InternalServerError,
    NetworkError,
    NotFoundError,
    PartialFailureError,
    PermissionDeniedError,
    PoolTimeoutError,
    RateLimitError,
    ReadTimeoutError,
    ReauthenticationRequiredError,
    Situation,
    TlsError,
    UnavailableError,
    UnexpectedRedirectError,
    UpstreamError,
    ValidationError,
)
from failwell.core.call_history import Attempt, CallHistory
from failwell.core.catalogue import ErrorCode
from failwell.core.code_class import class_name
from failwell.core.exceptions import error_class
from failwell.core.fault_error import code_error_class

CONNIX = Contract.bundled("connix")
HISTORY = CallHistory(
    method="GET",
    url="https://api.connix.io/api/v1/projects/{id}",
    attempts=(
        Attempt(number=1, error="ReadTimeoutError", phase="read_headers", wait=0.25),
        Attempt(number=2, status=503, code="service_unavailable", request_id="req_2"),
    ),
    elapsed=1.5,
    ended=1_705_334_400.0,
    status=503,
    suppressed="attempts",
)

EVERY_CLASS = [
    kind
    for kind in vars(failwell).values()
    if isinstance(kind, type) and issubclass(kind, FaultError)
]


def decoded(code: str, history: CallHistory | None = None) -> FaultError:
    """The exception that a golden body becomes."""
    golden = CONNIX.golden(code)
    found = CONNIX.decode(golden.status, dict(golden.headers), golden.body)
    return FaultError.of(
        found.fault, entry=found.entry, api=CONNIX.api, contract=CONNIX.name, history=history
    )


@pytest.mark.parametrize(
    ("situation", "status", "kind"),
    [
        (Situation.GONE, None, NotFoundError),
        (Situation.INVALID, 400, ValidationError),
        (None, 403, PermissionDeniedError),
        (None, 418, BadRequestError),
        (None, 599, InternalServerError),
        (None, 302, FaultError),
        (None, None, FaultError),
    ],
)
def test_the_situation_decides_then_the_status(situation, status, kind):
    """A fault without a code gets the class of its situation, else of its status or its class."""
    assert type(FaultError.of(Fault(situation=situation, status=status))) is kind
    assert error_class(situation, status) is kind


def test_a_subclass_makes_its_own():
    """`NetworkError.of` and the like make that class, whatever the fault says."""
    error = ReadTimeoutError.of(Fault(status=404))

    assert type(error) is ReadTimeoutError
    assert isinstance(error, NetworkError)


def test_a_class_of_ones_own_takes_nothing_over():
    """Deriving from a class changes nothing about which class a fault gets."""

    class OwnError(NotFoundError, situations=(Situation.NOT_FOUND,), statuses=(404,)):
        pass

    assert error_class(Situation.NOT_FOUND, 404) is NotFoundError
    assert OwnError(resource_type="project").situation is Situation.NOT_FOUND


def test_a_code_has_a_class():
    """`except contract.exception(code)` catches what was decoded, and what was raised by name."""
    kind = CONNIX.exception("insufficient_scope")

    assert kind.__name__ == "InsufficientScopeError"
    assert issubclass(kind, PermissionDeniedError)
    assert type(decoded("insufficient_scope")) is kind
    raised = CONNIX.error("insufficient_scope", required_scopes=["a"], provided_scopes=["b"])
    assert type(raised) is kind
    assert not isinstance(decoded("resource_not_found"), kind)


def test_the_class_of_a_code_is_always_the_same():
    """However often a contract is loaded, and from however many threads: one class."""
    with ThreadPoolExecutor(8) as pool:
        made = pool.map(lambda _: Contract.bundled("ixon").exception("too_many_requests"), range(8))

    assert len(set(made)) == 1
    assert Contract.bundled("rfc9457").exception("too_many_requests") not in set(made)


def test_a_code_that_is_not_there_is_told():
    """A slip in the name of a code says which was meant."""
    with pytest.raises(FailwellError, match="did you mean 'insufficient_scope'"):
        CONNIX.exception("insufficient_scopes")


@pytest.mark.parametrize("name", ["agenthuman", "apinizer", "connix", "connxt", "ixon", "rfc9457"])
def test_every_decoded_code_is_of_its_class(name):
    """What `exception` gives catches the golden body of every code of every contract."""
    contract = Contract.bundled(name)

    for code in contract.codes:
        golden = contract.golden(code)
        found = contract.decode(golden.status, dict(golden.headers), golden.body)
        error = FaultError.of(found.fault, entry=found.entry, api=contract.api, contract=name)
        # Two codes may have one body: what is read is then the first of them.
        recognised = found.entry.code
        assert isinstance(error, contract.exception(recognised)), code
        assert isinstance(error, error_class(None, golden.status)) or found.fault.situation


def test_a_code_of_many_statuses_is_of_both_classes():
    """A code that says little is caught by its name, and by the class of its status."""
    entry = ErrorCode(code="api_error", status=("4XX", "5XX"))

    caught = code_error_class(FaultError, "shop", entry, None, None)
    missing = FaultError.of(Fault(code="api_error", status=404), entry=entry, contract="shop")
    broken = FaultError.of(Fault(code="api_error", status=502), entry=entry, contract="shop")

    assert isinstance(missing, caught)
    assert isinstance(missing, NotFoundError)
    assert isinstance(broken, caught)
    assert isinstance(broken, UpstreamError)
    assert not isinstance(broken, NotFoundError)
    assert type(pickle.loads(pickle.dumps(broken))) is type(broken)


def test_of_a_code_with_one_status_the_code_decides():
    """A code is what the contract says, also where it comes with a status that is not its own."""
    entry = ErrorCode(code="out_of_stock", status=(409,))

    error = FaultError.of(Fault(code="out_of_stock", status=500), entry=entry, contract="shop")

    assert isinstance(error, failwell.ConflictError)
    assert error.status == 500


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("insufficient_scope", "InsufficientScopeError"),
        ("internal_error", "InternalError"),
        ("auth/invalid-email", "InvalidEmailError"),
        ("https://example.com/problems/out-of-credit", "OutOfCreditError"),
        ("ResourceNotFound", "ResourceNotFoundError"),
        ("INVALID_ARGUMENT", "InvalidArgumentError"),
        ("4004", "Code4004Error"),
        ("ошибка", "CodeError"),
        ("/", "CodeError"),
        ("x" * 1000, f"X{'x' * 79}Error"),
    ],
)
def test_any_code_makes_a_name(word, name):
    """Words, numbers, addresses and other alphabets give a name that Python can say."""
    assert class_name(word) == name
    assert name.isidentifier()


def test_raising_works_nothing_out():
    """An exception of a handler holds its fault and nothing else: raising stays cheap."""
    assert list(vars(NotFoundError(resource_type="project"))) == ["fault"]


def test_everything_known_about_a_call_can_be_asked():
    """Method, path, attempts, time, wait, retry class and addresses stand at the exception."""
    error = decoded("service_unavailable", HISTORY)

    assert (error.method, error.url_template) == ("GET", "/api/v1/projects/{id}")
    assert error.attempts == HISTORY.attempts
    assert error.elapsed == 1.5
    assert (error.status, error.http_status) == (503, 503)
    assert (error.retry, error.retryable, error.retry_suppressed) == ("after", True, "attempts")
    assert error.doc_url == "https://docs.connix.io"
    assert (error.guessed, error.in_stream) == (False, False)


def test_nothing_known_is_said_as_nothing():
    """Without a call, what belongs to one is absent, and nothing raises."""
    error = FaultError()

    known = (error.code, error.method, error.url_template, error.elapsed, error.retry_at)
    assert known == (None,) * 5
    assert (error.phase, error.outcome, error.doc_url, error.entry) == (None,) * 4
    assert (error.attempts, error.violations, error.retry) == ((), (), "never")


def test_the_status_line_is_kept_where_an_error_came_with_a_200():
    """`http_status` is what the line said, `status` what the error means."""
    history = CallHistory(method="GET", url="https://slack.com/api", status=200)

    error = FaultError.of(Fault(code="ratelimited", status=429), history=history)

    assert (error.status, error.http_status) == (429, 200)


@pytest.mark.parametrize("wait", [0.5, 30.0, 10.0**12])
def test_a_wait_ends_at_a_moment(wait):
    """`retry_at` is aware, counted by the caller's clock, and in range for any wait."""
    error = RateLimitError.of(Fault(status=429, retry_after=wait), history=HISTORY)

    expected = min(1_705_334_400.0 + wait, datetime.max.replace(tzinfo=UTC).timestamp())
    assert error.retry_at.timestamp() == pytest.approx(expected)


def test_without_a_call_the_moment_of_the_error_counts():
    """An error read from a queue knows when it happened by its own timestamp."""
    noon = datetime(2024, 1, 15, 12, tzinfo=UTC)

    error = FaultError.of(Fault(status=429, retry_after=60.0, timestamp=noon))

    assert error.retry_at == datetime(2024, 1, 15, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fault", "retry"),
    [
        (Fault(status=429), "after"),
        (Fault(status=502), "backoff"),
        (Fault(status=529), "backoff"),
        (Fault(status=501), "never"),
        (Fault(status=409), "never"),
        (Fault(status=500, situation=Situation.NOT_IMPLEMENTED), "never"),
        (Fault(situation=Situation.EXPIRED_CREDENTIALS), "after_login"),
    ],
)
def test_what_no_contract_describes_has_a_retry_class(fault, retry):
    """By situation, then by status; what is unknown gives no hope."""
    assert FaultError.of(fault).retry == retry


def test_the_code_knows_better_than_the_status():
    """A 429 that its contract calls final is not retryable."""
    entry = ErrorCode(code="insufficient_quota", status=(429,), retry="never")

    error = FaultError.of(Fault(status=429), entry=entry, contract="openai")

    assert isinstance(error, RateLimitError)
    assert (error.retry, error.retryable) == ("never", False)


@pytest.mark.parametrize(
    ("kind", "phase", "outcome", "retryable"),
    [
        (ConnectTimeoutError, "connect", "not_sent", True),
        (TlsError, "tls", "not_sent", True),
        (PoolTimeoutError, "pool", "not_sent", True),
        (ReadTimeoutError, "read_headers", "unknown", True),
        (DeadlineExceededError, None, "unknown", True),
        (CircuitOpenError, None, "not_sent", True),
        (ReauthenticationRequiredError, None, "not_processed", False),
        (UnexpectedRedirectError, None, "not_processed", False),
        (PartialFailureError, None, "processed", False),
    ],
)
def test_errors_of_calls_know_where_they_broke(kind, phase, outcome, retryable):
    """Each class has its phase, its outcome and its hope; what the fault says comes first."""
    error = kind.of(Fault())

    assert (error.phase, error.outcome, error.retryable) == (phase, outcome, retryable)
    assert kind.of(Fault(outcome="processed")).outcome == "processed"
    if issubclass(kind, NetworkError):
        assert kind.of(Fault(params={"phase": "dns"})).phase == "dns"


def test_the_last_attempt_tells_the_phase():
    """Of several attempts the last one says how far the call had come."""
    history = CallHistory(
        method="GET",
        url="/",
        attempts=(Attempt(number=1, phase="dns"), Attempt(number=2, phase="read_body")),
    )

    assert NetworkError.of(Fault(), history=history).phase == "read_body"


def test_params_of_an_api_are_not_mistaken_for_ours():
    """An API may have params named ``phase`` and ``items``; they say nothing of the call."""
    for items in (3, ["a"], [(1, 2)], {"a": 1}, "ab"):
        error = FaultError.of(Fault(status=400, params={"phase": "build", "items": items}))

        assert error.phase is None
        assert error.__notes__ == []
        assert error.to_problem()["params"]["phase"] == "build"
        assert PartialFailureError.of(error.fault).items == ()


def test_an_attribute_of_ones_own_travels_along():
    """What a class derived from ours keeps at itself is there after the journey."""
    error = PaymentError("declined", 17)
    error.add_note("first card")

    twin = pickle.loads(pickle.dumps(error))

    assert (type(twin), twin.invoice, twin.detail) == (PaymentError, 17, "declined")
    assert twin.__notes__ == ["first card"]


def test_a_class_below_that_of_a_code_travels_too():
    """Deriving from the class of a code works as from any other."""
    found = decoded("resource_not_found")

    error = MissingError.of(found.fault, entry=found.entry, contract="connix")

    assert type(error) is type(pickle.loads(pickle.dumps(error))) is MissingError


class MissingError(CONNIX.exception("resource_not_found")):
    """As somebody may write it."""


class PaymentError(failwell.ConflictError):
    """As somebody may write it."""

    def __init__(self, detail, invoice):
        super().__init__(detail)
        self.invoice = invoice


def test_items_and_locations_are_at_hand():
    """A partial failure has its items, a redirect its address."""
    item = (3, Fault(code="duplicate", status=409))

    partial = PartialFailureError.of(Fault(params={"items": [item]}))
    assert partial.items == (item,)
    assert partial.__notes__ == ["item 3: duplicate"]
    assert "Failed: item 3: duplicate" in partial.support_text()
    assert UnexpectedRedirectError.of(Fault(params={"location": "/x"})).location == "/x"


@pytest.mark.parametrize("kind", EVERY_CLASS, ids=lambda kind: kind.__name__)
def test_every_class_says_something(kind):
    """No error is without a line, a text for a person, a text for support, and data."""
    error = kind.of(Fault())

    assert str(error).strip()
    assert error.user_message("de") != error.user_message("en") != ""
    assert error.support_text().startswith("Error: [")
    assert error.to_problem()["error"] == kind.__name__
    assert error.to_fault().situation is not None


@pytest.mark.parametrize(
    ("error", "situation", "wait"),
    [
        (FaultError.of(Fault(status=401)), Situation.BAD_GATEWAY, None),
        (FaultError.of(Fault(status=404, retry_after=3.0)), Situation.BAD_GATEWAY, None),
        (FaultError.of(Fault(status=500)), Situation.BAD_GATEWAY, None),
        (FaultError.of(Fault(status=504)), Situation.GATEWAY_TIMEOUT, None),
        (ReadTimeoutError.of(Fault()), Situation.GATEWAY_TIMEOUT, None),
        (ConnectTimeoutError.of(Fault()), Situation.GATEWAY_TIMEOUT, None),
        (DeadlineExceededError.of(Fault()), Situation.GATEWAY_TIMEOUT, None),
        (FaultError.of(Fault(status=429, retry_after=7.0)), Situation.UNAVAILABLE, 7.0),
        (UnavailableError(retry_after=9.0), Situation.UNAVAILABLE, 9.0),
        (CircuitOpenError.of(Fault(retry_after=2.0)), Situation.UNAVAILABLE, 2.0),
        (PoolTimeoutError.of(Fault()), Situation.UNAVAILABLE, None),
        (
            ValidationError.of(Fault(situation=Situation.INVALID, outcome="not_sent")),
            Situation.CRASH,
            None,
        ),
    ],
)
def test_a_server_passes_on_what_its_upstream_did(error, situation, wait):
    """Too slow, busy, or simply wrong; a call that could not be sent at all is our own crash."""
    fault = error.to_fault()

    assert (fault.situation, fault.retry_after, fault.code) == (situation, wait, None)


def test_a_server_names_its_upstream_and_nothing_of_its_words():
    """Name and request id travel on; code, message and detail do not."""
    error = decoded("gateway_timeout", HISTORY)

    fault = error.to_fault()

    assert fault == Fault(
        situation=Situation.GATEWAY_TIMEOUT,
        params={
            "upstream": "Connix",
            "timeout_seconds": 2,
            "upstream_request_id": error.request_id,
        },
    )
    unnamed = FaultError.of(Fault(status=500), history=HISTORY).to_fault()
    assert unnamed.params["upstream"] == "api.connix.io"


def test_notes_say_what_the_line_has_no_room_for():
    """Rejected inputs, the reason it ended and where to read on are notes, each on one line."""
    history = CallHistory(method="POST", url="/projects", because="not repeated: body\nis gone")

    error = decoded("validation_error", history)

    assert error.__notes__[0] == "name: Name is required and cannot be empty"
    assert "not repeated: body is gone" in error.__notes__
    assert error.__notes__[-1] == "see https://docs.connix.io"
    assert "__notes__" not in vars(decoded("validation_error", history))


def test_a_note_of_ones_own_stands_below():
    """`add_note` works as it does for every exception."""
    error = decoded("resource_not_found", HISTORY)

    error.add_note("while moving house")

    assert error.__notes__ == ["see https://docs.connix.io", "while moving house"]
    assert "\nwhile moving house" in "".join(traceback.format_exception(error))
