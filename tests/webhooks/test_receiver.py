"""A receiver knows what is genuine, and handles each event once."""

import datetime
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from standardwebhooks import Webhook

from failwell.core.exceptions import FailwellError
from failwell.testing import FakeClock
from failwell.webhooks import (
    EventInProgressError,
    Receiver,
    WebhookVerificationError,
    new_secret,
)
from failwell.webhooks.payload import event_of, sample_event, standard
from failwell.webhooks.secret import parse_secret
from failwell.webhooks.signature import signed_headers
from tests.webhooks.values import make_endpoint, make_record

SECRET = new_secret()


@pytest.fixture
def clock():
    return FakeClock()


def sent(body, clock, *, event_id="msg_1", secret=SECRET):
    keys = [parse_secret(secret)]
    return dict(signed_headers(keys, event_id=event_id, now=clock.now(), body=body))


def received(receiver, clock, event_id="msg_1"):
    return receiver.verify(b"{}", sent(b"{}", clock, event_id=event_id))


def test_an_event_comes_back_as_it_was_sent(clock):
    """Id, kind and content of a genuine event are those of its sender."""
    body = standard(event_of(make_record()))

    event = Receiver(SECRET, clock=clock).verify(body, sent(body, clock, event_id="msg_7"))

    assert (event.id, event.type, event.test) == ("msg_7", "error.occurred", False)
    assert event.timestamp == int(clock.now())
    assert event.content["data"]["request_id"] == "req_1234567890abcdef"


def test_a_sample_is_told_from_an_event(clock):
    """What somebody asked for as a test says so."""
    body = standard(sample_event(make_endpoint(), now=clock.now()))

    assert Receiver(SECRET, clock=clock).verify(body, sent(body, clock)).test


def test_what_the_reference_library_signs_is_accepted():
    """A sender on `standardwebhooks` is understood."""
    moment = datetime.datetime.now(datetime.UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("msg_1", moment, "{}"),
    }

    assert Receiver(SECRET).verify(b"{}", headers).id == "msg_1"


def test_webhooks_w07_a_receiver_takes_both_secrets_of_a_rotation(clock):
    """With the old and the new secret it verifies what either signed."""
    other = new_secret()
    receiver = Receiver(other, SECRET, clock=clock)

    for secret in (SECRET, other):
        assert receiver.verify(b"{}", sent(b"{}", clock, secret=secret)).id == "msg_1"
    with pytest.raises(WebhookVerificationError):
        receiver.verify(b"{}", sent(b"{}", clock, secret=new_secret()))


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a":1,"a":2}', b"NaN"])
def test_webhooks_w05_a_signed_body_that_is_no_json_is_refused(body, clock):
    """The error is the same typed one; parsing never fails in a way of its own."""
    with pytest.raises(WebhookVerificationError, match="no JSON"):
        Receiver(SECRET, clock=clock).verify(body, sent(body, clock))


@pytest.mark.parametrize("body", [b"[]", b"1", b"null", b'{"type":7}'])
def test_json_of_another_form_is_an_event_of_no_kind(body, clock):
    """A sender of something else than our events is verified all the same."""
    assert Receiver(SECRET, clock=clock).verify(body, sent(body, clock)).type is None


def test_a_repetition_is_not_handled_again(clock):
    """The same event id is handled once, however often it comes."""
    receiver = Receiver(SECRET, clock=clock)

    firsts = []
    for _ in range(3):
        with receiver.once(received(receiver, clock)) as first:
            firsts.append(first)
        clock.advance(300)

    assert firsts == [True, False, False]


def test_what_failed_is_handled_when_it_comes_again(clock):
    """An exception while handling leaves the event unhandled."""
    receiver = Receiver(SECRET, clock=clock)

    with pytest.raises(RuntimeError), receiver.once(received(receiver, clock)):
        raise RuntimeError("the database is away")

    with receiver.once(received(receiver, clock)) as first:
        assert first


def test_a_repetition_during_the_first_is_sent_away(clock):
    """While an event is being handled nobody may say that it was."""
    receiver = Receiver(SECRET, clock=clock)
    event = received(receiver, clock)

    with receiver.once(event), pytest.raises(EventInProgressError), receiver.once(event):
        pytest.fail("two handle one event")

    with receiver.once(event) as first:
        assert not first


def test_many_threads_handle_an_event_once(clock):
    """Of many attempts at once one handles; the others are told so."""
    receiver = Receiver(SECRET, clock=clock)
    event, together = received(receiver, clock), threading.Barrier(8)

    def attempt():
        together.wait(10)
        try:
            with receiver.once(event) as first:
                return first
        except EventInProgressError:
            return None

    with ThreadPoolExecutor(8) as pool:
        told = [each.result() for each in [pool.submit(attempt) for _ in range(8)]]

    assert told.count(True) == 1


def test_the_oldest_ids_are_forgotten_first(clock):
    """Memory is bounded: beyond `remember` events the oldest could be handled again."""
    receiver = Receiver(SECRET, remember=2, clock=clock)
    for name in ("msg_1", "msg_2", "msg_3"):
        with receiver.once(received(receiver, clock, name)):
            pass

    firsts = {}
    for name in ("msg_3", "msg_2", "msg_1"):
        with receiver.once(received(receiver, clock, name)) as first:
            firsts[name] = first

    assert firsts == {"msg_3": False, "msg_2": False, "msg_1": True}


def test_a_receiver_needs_nothing_but_the_base():
    """What verifies webhooks imports no database, no server and no HTTP library."""
    program = "import failwell.webhooks, sys; print(*{each.split('.')[0] for each in sys.modules})"

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    extras = {"sqlalchemy", "aiohttp", "cryptography", "starlette", "jsonschema_rs", "httpx2"}
    assert "failwell" in told.stdout
    assert extras & set(told.stdout.split()) == set()


def test_a_receiver_needs_a_secret():
    """Without one, or with what is none, it is not made."""
    with pytest.raises(FailwellError, match="needs the secret"):
        Receiver()
    with pytest.raises(FailwellError, match="whsec_"):
        Receiver("my secret")
