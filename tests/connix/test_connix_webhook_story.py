"""Webhooks of Connix from the call that failed to the receiver, over real sockets."""

import pytest

from failwell import webhooks
from tests.conftest import UNLIMITED
from tests.connix.connix_client import Connix
from tests.connix.webhook_receiver import Hook, Receiver, listening
from tests.running_server import RunningServer

GONE = "/projects/proj_00000000deadbeef"
"""A call to this fails with 404, severity low."""


@pytest.fixture(scope="module")
def connix(tmp_path_factory):
    """A Connix that may call loopback and tries every delivery twice."""
    settings = (*UNLIMITED, "outbound.allow=127.0.0.1/32", "webhooks.schedule=0,1")
    running = RunningServer(tmp_path_factory.mktemp("told"), settings=settings)
    yield Connix(running.wait_until_ready())
    running.stop()


@pytest.fixture
def receiver():
    """A receiver that says 200."""
    with listening() as receiver:
        yield receiver


@pytest.fixture
def subscribe(connix, receiver):
    """Make webhooks that lead to the receiver; they are deleted when the test ends."""
    made = []

    def make(**members):
        body = {"url": receiver.url, "events": ["error.occurred"], **members}
        made.append(connix.post("/webhooks", body).json)
        return made[-1]

    yield make
    for hook in made:
        connix.delete(f"/webhooks/{hook['id']}")


def deliveries(connix: Connix, hook: dict[str, str], **query: str) -> list[dict[str, object]]:
    search = "&".join(f"{name}={value}" for name, value in query.items())
    return connix.get(f"/webhooks/{hook['id']}/deliveries?{search}").json["deliveries"]


def settled(connix, hook, eventually, state="delivered"):
    """Wait for the newest delivery to come into a state."""
    eventually(lambda: [each["state"] for each in deliveries(connix, hook)][:1] == [state])
    return deliveries(connix, hook)[0]


def test_connix_s33_an_error_is_told_in_the_words_of_the_page(
    connix, receiver: Receiver, subscribe, eventually
):
    """The body has the page's members in the page's order; its request id is the error's."""
    hook = subscribe()

    failed = connix.get(GONE)
    (came,) = receiver.wait_for(1)

    body = came.verify(hook["secret"])
    assert list(body) == ["event", "timestamp", "data"]
    assert list(body["data"]) == ["error", "user_id", "request_id"]
    assert list(body["data"]["error"]) == ["code", "message", "severity", "affected_resources"]
    assert body["event"] == "error.occurred"
    assert body["data"]["request_id"] == failed.error["request_id"]
    assert body["data"]["error"]["code"] == "resource_not_found"
    assert body["data"]["error"]["severity"] == "low"
    assert body["data"]["error"]["affected_resources"] == ["proj_00000000deadbeef"]
    told = settled(connix, hook, eventually)
    assert (told["event_id"], told["request_id"]) == (came.id, failed.error["request_id"])
    assert (told["attempts"], told["next_attempt_at"], told["last_status"]) == (1, None, 200)


def test_connix_s34_what_a_filter_leaves_out_is_not_told(
    connix, receiver: Receiver, subscribe, eventually
):
    """Of two webhooks only the one whose severities fit hears of the error."""
    wants = subscribe(filters={"severity": ["low", "medium"]})
    wants_not = subscribe(filters={"severity": ["high", "critical"]})

    connix.get(GONE)

    settled(connix, wants, eventually)
    assert deliveries(connix, wants_not) == []
    assert len(receiver.came) == 1


def test_webhooks_w28_every_attempt_can_be_read(connix, receiver: Receiver, subscribe, eventually):
    """Request and answer stand in the log as they were, whatever bytes came back."""
    hook, receiver.says = subscribe(), b"\xff<script>" + b"x" * 5000
    connix.get(GONE)
    (came,) = receiver.wait_for(1)

    told = connix.get(f"/deliveries/{settled(connix, hook, eventually)['id']}").json

    assert told["payload"].encode() == came.body
    (attempt,) = told["attempt_log"]
    sent = dict(attempt["request_headers"])
    assert sent["webhook-signature"] == came.headers["webhook-signature"]
    assert (attempt["number"], attempt["url"], attempt["status"]) == (1, receiver.url, 200)
    assert (attempt["error"], 0 < attempt["seconds"] < 15) == (None, True)
    assert attempt["response_body"].startswith("\ufffd<script>x")
    assert len(attempt["response_body"]) == 4096
    assert hook["secret"].removeprefix("whsec_") not in str(told)


def test_webhooks_w23_a_sample_is_sent_at_once_and_its_answer_shown(
    connix, receiver: Receiver, subscribe
):
    """It is signed, marked as a test, goes to this webhook only and is in the log."""
    hook, other = subscribe(filters={"severity": ["critical"]}), subscribe()

    answer = connix.post(f"/webhooks/{hook['id']}/test")

    (came,) = receiver.came
    assert list(came.verify(hook["secret"])) == ["event", "timestamp", "data", "test"]
    assert came.json["test"] is True
    shown = answer.json
    assert (answer.status, shown["delivered"], shown["status"]) == (200, True, 200)
    assert (shown["response_body"], shown["payload"]) == ("thanks", came.body.decode())
    (logged,) = deliveries(connix, hook)
    assert (logged["id"], logged["test"], logged["state"]) == (
        shown["delivery_id"], True, "delivered",
    )  # fmt: skip
    assert deliveries(connix, other) == []


def test_webhooks_w23_a_sample_that_fails_is_shown_and_not_repeated(
    connix, receiver: Receiver, subscribe
):
    """The answer says what went wrong; the webhook is none the worse for it."""
    hook, receiver.status = subscribe(), 500

    refused = connix.post(f"/webhooks/{hook['id']}/test").json
    connix.patch(f"/webhooks/{hook['id']}", {"url": "http://127.0.0.1:1025/closed"})
    unheard = connix.post(f"/webhooks/{hook['id']}/test").json

    assert (refused["delivered"], refused["status"], refused["error"]) == (False, 500, "http")
    assert (unheard["delivered"], unheard["status"], unheard["error"]) == (False, None, "connect")
    assert [each["state"] for each in deliveries(connix, hook)] == ["exhausted", "exhausted"]
    seen = connix.get(f"/webhooks/{hook['id']}").json
    assert (seen["state"], seen["failing_since"]) == ("active", None)


def test_webhooks_w07_during_a_rotation_both_secrets_sign(connix, receiver: Receiver, subscribe):
    """The new signature comes first; a rotation without overlap leaves one secret."""
    hook = subscribe()
    path = f"/webhooks/{hook['id']}"

    second = connix.post(f"{path}/rotate").json["secret"]
    connix.post(f"{path}/test")
    third = connix.post(f"{path}/rotate", {"overlap_seconds": 0}).json["secret"]
    connix.post(f"{path}/test")

    both, alone = receiver.came
    both.verify(hook["secret"])
    both.verify(second)
    assert [len(each.signatures) for each in (both, alone)] == [2, 1]
    assert both._replace(headers=both.headers | {"webhook-signature": both.signatures[0]}).verify(
        second
    )
    alone.verify(third)


def test_webhooks_w22_a_later_edit_changes_nothing_that_is_on_its_way(
    connix, receiver: Receiver, subscribe, eventually
):
    """The second attempt is made though the filter would leave the error out by now."""
    hook, receiver.status = subscribe(), 500
    connix.get(GONE)
    receiver.wait_for(1)

    connix.patch(f"/webhooks/{hook['id']}", {"filters": {"severity": ["critical"]}})

    first, second = receiver.wait_for(2)
    assert (first.id, first.body) == (second.id, second.body)
    assert settled(connix, hook, eventually, "exhausted")["attempts"] == 2
    assert connix.get(f"/webhooks/{hook['id']}").json["failing_since"] is not None


def test_webhooks_w27_a_delivery_is_sent_again_when_somebody_asks(
    connix, receiver: Receiver, subscribe, eventually
):
    """Same id, same bytes; while a retry is pending it takes force."""
    # The refused redelivery is an error too; this webhook does not want to hear of it.
    hook, receiver.status = subscribe(filters={"code": ["resource_not_found"]}), 500
    connix.get(GONE)
    receiver.wait_for(1)
    path = f"/deliveries/{deliveries(connix, hook)[0]['id']}"
    waiting = connix.post(f"{path}/redeliver")
    ended = settled(connix, hook, eventually, "exhausted")
    receiver.status = 200

    again = connix.post(f"{path}/redeliver")

    assert (waiting.status, waiting.code) == (409, "resource_conflict")
    assert waiting.details["conflicting_field"] == "state"
    assert waiting.details["conflicting_value"] in ("pending", "running")
    assert (again.status, again.json["id"], again.json["state"]) == (202, ended["id"], "pending")
    assert settled(connix, hook, eventually)["attempts"] == 3
    assert len({(each.id, each.body) for each in receiver.came}) == 1
    assert connix.post(f"{path}/redeliver", {"force": True}).status == 202
    assert [each["number"] for each in connix.get(path).json["attempt_log"]][:3] == [1, 2, 3]


def test_webhooks_w27_what_failed_in_a_range_is_recovered(
    connix, receiver: Receiver, subscribe, eventually
):
    """Each failed delivery of the range is sent once more, and the job says how far it is."""
    hook, receiver.status = subscribe(), 500
    path = f"/webhooks/{hook['id']}"
    for _ in range(3):
        connix.get(GONE)
    receiver.wait_for(6)
    eventually(lambda: len(deliveries(connix, hook, state="exhausted")) == 3)
    receiver.status = 200

    begun = connix.post(f"{path}/recover", {"since": hook["created_at"]})

    assert (begun.status, begun.json["total"], begun.json["state"]) == (202, 3, "running")
    job = f"{path}/recoveries/{begun.json['id']}"
    eventually(lambda: connix.get(job).json["state"] == "done")
    assert connix.get(job).json["done"] == 3
    eventually(lambda: len(deliveries(connix, hook, state="delivered")) == 3)
    assert len(receiver.came) == 9
    assert len({each.id for each in receiver.came}) == 3


def test_webhooks_w26_what_happens_while_a_webhook_is_off_is_kept(
    connix, receiver: Receiver, subscribe, eventually
):
    """Skipped events are visible, and can be sent again once the webhook is on."""
    hook = subscribe()
    connix.patch(f"/webhooks/{hook['id']}", {"enabled": False})
    connix.get(GONE)

    skipped = settled(connix, hook, eventually, "skipped_disabled")

    again = f"/deliveries/{skipped['id']}/redeliver"
    refused = connix.post(again)
    assert (refused.status, refused.details["conflicting_value"]) == (409, "disabled")
    recovery = connix.post(f"/webhooks/{hook['id']}/recover", {"since": hook["created_at"]})
    assert recovery.status == 409
    connix.patch(f"/webhooks/{hook['id']}", {"enabled": True})
    assert connix.post(again).json["state"] == "pending"
    assert receiver.came == []


def test_webhooks_w11_a_receiver_that_is_gone_is_left_alone(
    connix, receiver: Receiver, subscribe, eventually
):
    """410 disables the webhook at once, and its owner can see why."""
    hook, receiver.status = subscribe(), 410

    connix.get(GONE)

    eventually(lambda: not connix.get(f"/webhooks/{hook['id']}").json["enabled"])
    assert connix.get(f"/webhooks/{hook['id']}").json["disabled_reason"] == "gone"
    assert deliveries(connix, hook)[0]["state"] == "parked"
    assert len(receiver.came) == 1


def test_webhooks_w29_the_log_of_a_deleted_webhook_stays(
    connix, receiver: Receiver, subscribe, eventually
):
    """Nothing more is sent; what was tried can still be read."""
    hook, receiver.status = subscribe(), 500
    connix.get(GONE)
    receiver.wait_for(1)

    connix.delete(f"/webhooks/{hook['id']}")

    eventually(lambda: deliveries(connix, hook)[0]["attempts"] == 1)
    (left,) = deliveries(connix, hook)
    assert left["state"] == "cancelled"
    told = connix.get(f"/deliveries/{left['id']}").json
    assert [each["status"] for each in told["attempt_log"]] == [500]
    assert connix.post(f"/deliveries/{left['id']}/redeliver").status == 409


def test_deliveries_are_read_page_by_page(connix, receiver: Receiver, subscribe):
    """The next page begins where the last one ended; the last one says so."""
    hook = subscribe()
    for _ in range(3):
        connix.post(f"/webhooks/{hook['id']}/test")
    path = f"/webhooks/{hook['id']}/deliveries?limit=2"

    first = connix.get(path).json
    second = connix.get(f"{path}&before={first['next']}").json

    shown = [each["event_id"] for page in (first, second) for each in page["deliveries"]]
    assert shown == [came.id for came in reversed(receiver.came)]
    assert second["next"] is None


class Program:
    """A program that handles each event once, in as few lines as its author could write."""

    def __init__(self, secret: str) -> None:
        self.webhooks = webhooks.Receiver(secret)
        self.handled: list[str] = []
        self.trouble: list[str] = []

    def __call__(self, hook: Hook) -> int | None:
        event = self.webhooks.verify(hook.body, hook.headers)
        trouble = self.trouble.pop() if self.trouble else None
        try:
            with self.webhooks.once(event) as first:
                if trouble == "crash":
                    raise RuntimeError("its own database is away")
                if first:
                    self.handled.append(event.content["data"]["request_id"])
        except RuntimeError:
            return 500
        return None if trouble == "lost answer" else 204


@pytest.mark.parametrize("trouble", ["lost answer", "crash"])
def test_webhooks_w16_a_webhook_that_comes_twice_is_handled_once(
    connix, receiver: Receiver, subscribe, eventually, trouble
):
    """Whether the answer was lost or the work not done: it comes again, and is done once."""
    hook = subscribe()
    receiver.program = program = Program(hook["secret"])
    program.trouble = [trouble]

    failed = connix.get(GONE)
    first, second = receiver.wait_for(2)

    assert settled(connix, hook, eventually)["attempts"] == 2
    assert program.handled == [failed.error["request_id"]]
    assert (first.id, first.body) == (second.id, second.body)
