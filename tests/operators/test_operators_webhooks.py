"""Operators' webhooks and deliveries under ``/api``."""

import json

import pytest

from failwell.webhooks.secret import parse_secret
from failwell.webhooks.signature import verify
from tests.operators.conftest import problems
from tests.webhooks.endpoint_host import OK, http
from tests.webhooks.values import NOW

BROKEN = http("500 Internal Server Error", b"x" * 5_000, "X-Why: because")


async def registered(operators, receiver, **more):
    """Register a receiver; returns the webhook with its secret."""
    body = {"url": receiver.url, "events": ["error.occurred"], **more}
    answer = await operators.post("/api/webhooks", body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def told(operators, webhook_id):
    """What happened to a webhook, newest first."""
    answer = await operators.get(f"/api/events?endpoint_id={webhook_id}")
    return [each["type"] for each in answer.json()["events"]]


async def deliveries(operators, **query):
    """Deliveries, newest first."""
    return (await operators.get("/api/deliveries", params=query)).json()["deliveries"]


async def test_webhooks_w20_an_operator_hears_of_every_api(operators, receiver):
    """201 with a secret, shown this once; errors of any API and tenant arrive, signed with it."""
    made = await registered(operators, receiver, filters={"status": [404, "5xx"]})

    await operators.pipeline.record(tenant="org_1")
    await operators.pipeline.record(api="ixon", tenant="company_2", status=503)
    await operators.pipeline.record(status=429)
    await operators.pipeline.webhooks.run_due()

    assert made["secret"].startswith("whsec_")
    assert len(receiver.received) == 2
    for each in receiver.received:
        verify(each.body, each.headers, [parse_secret(made["secret"])], now=NOW)
    shown = await operators.get(f"/api/webhooks/{made['id']}")
    assert made["secret"] not in shown.text
    assert shown.json()["filters"] == {"status": [404, "5xx"]}


async def test_webhooks_w20_what_makes_no_sense_is_named_with_its_place(operators):
    """An unknown event, filter key or value is 422, all of them at once, each with its path."""
    body = {
        "url": "ftp://receiver.example/",
        "events": ["error.occurred", "error.occured"],
        "filters": {
            "severty": ["high"],
            "severity": ["huge"],
            "status": [404, "9xx"],
            "code": ["resource_not_fund"],
            "api": [],
            "endpoint": "all",
        },
    }

    answer = await operators.post("/api/webhooks", body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    found = problems(answer)
    assert set(found) == {
        "#/url",
        "#/events/1",
        "#/filters/severty",
        "#/filters/severity/0",
        "#/filters/status/1",
        "#/filters/code/0",
        "#/filters/api",
        "#/filters/endpoint",
    }
    assert "did you mean 'severity'" in found["#/filters/severty"]
    assert "did you mean 'resource_not_found'" in found["#/filters/code/0"]
    assert (await operators.get("/api/webhooks")).json() == {"webhooks": []}


@pytest.mark.parametrize(
    "change",
    [
        {"events": ["error.gone"]},
        {"filters": {"colour": ["red"]}},
        {"filters": {"status": [200]}},
        {"url": "http://10.0.0.1/"},
    ],
    ids=str,
)
async def test_webhooks_w20_a_change_is_checked_like_a_new_one(operators, receiver, change):
    """What could not be registered cannot be changed to either; nothing of it is kept."""
    made = await registered(operators, receiver)

    answer = await operators.call("PATCH", f"/api/webhooks/{made['id']}", change)

    assert answer.status_code == 422
    shown = (await operators.get(f"/api/webhooks/{made['id']}")).json()
    assert shown == {name: value for name, value in made.items() if name != "secret"}


async def test_webhooks_w20_a_body_of_another_form_is_a_bad_request(operators):
    """A missing or a misspelt member is 400, with its path."""
    answer = await operators.post("/api/webhooks", {"urll": "x", "events": "error.occurred"})

    assert answer.status_code == 400
    assert set(problems(answer)) == {"#/url", "#/urll", "#/events"}


async def test_webhooks_w07_a_rotated_secret_is_shown_once(operators, receiver):
    """The answer to the rotation holds the new secret; both sign until the old one ends."""
    made = await registered(operators, receiver)

    answer = await operators.post(f"/api/webhooks/{made['id']}/rotate", {"overlap_seconds": 60})
    await operators.pipeline.record()
    await operators.pipeline.webhooks.run_due()

    (sent,) = receiver.received
    for secret in (answer.json()["secret"], made["secret"]):
        verify(sent.body, sent.headers, [parse_secret(secret)], now=NOW)
    shown = await operators.get(f"/api/webhooks/{made['id']}")
    assert [each["expires_at"] for each in shown.json()["secrets"]] == [
        None,
        "2023-11-14T22:14:20.000Z",
    ]
    assert "whsec_" not in shown.text


async def test_webhooks_w23_a_sample_shows_its_answer(operators, receiver):
    """The sample is marked, and whoever asked sees what came back."""
    made = await registered(operators, receiver)
    receiver.answer = http("418 Teapot", b"short and stout")

    answer = (await operators.post(f"/api/webhooks/{made['id']}/test")).json()

    assert (answer["delivered"], answer["status"]) == (False, 418)
    assert answer["response_body"] == "short and stout"
    assert json.loads(answer["payload"])["test"] is True
    assert json.loads(receiver.received[0].body)["test"] is True


async def test_webhooks_w27_a_redelivery_is_refused_while_a_retry_is_pending(operators, receiver):
    """409 says why; with force the same event goes at once, under the same id."""
    await registered(operators, receiver)
    receiver.answer = BROKEN
    await operators.pipeline.record()
    await operators.pipeline.webhooks.run_due()
    (delivery,) = await deliveries(operators)
    path = f"/api/deliveries/{delivery['id']}/redeliver"

    refused = await operators.post(path)
    receiver.answer = OK
    forced = await operators.post(path, {"force": True})
    await operators.pipeline.webhooks.run_due()

    assert refused.status_code == 409
    assert refused.json()["detail"] == "A retry is pending; force sends the delivery again now"
    assert forced.status_code == 202
    ids = [each.headers["webhook-id"] for each in receiver.received]
    assert ids == [delivery["event_id"]] * 2
    assert [each["state"] for each in await deliveries(operators)] == ["delivered"]


async def test_webhooks_w27_nothing_is_redelivered_to_a_disabled_webhook(operators, receiver):
    """409, with force as well; enabled again, it can be."""
    made = await registered(operators, receiver)
    await operators.pipeline.record()
    await operators.pipeline.webhooks.run_due()
    (delivery,) = await deliveries(operators)
    path = f"/api/deliveries/{delivery['id']}/redeliver"
    await operators.call("PATCH", f"/api/webhooks/{made['id']}", {"enabled": False})

    refused = [await operators.post(path, {"force": force}) for force in (False, True)]
    await operators.call("PATCH", f"/api/webhooks/{made['id']}", {"enabled": True})
    allowed = await operators.post(path)

    assert [each.status_code for each in refused] == [409, 409]
    assert refused[0].json()["detail"] == "The webhook is disabled; enable it first"
    assert allowed.status_code == 202


async def test_webhooks_w27_a_recovery_sends_what_was_missed(operators, receiver):
    """A range is requeued as a job, oldest first, each once; the job tells how far it is."""
    made = await registered(operators, receiver, schedule=[0])
    receiver.answer = BROKEN
    for _ in range(3):
        await operators.pipeline.record(at=operators.clock.now())
        await operators.pipeline.webhooks.run_due()
        operators.clock.advance(1)
    receiver.answer = OK
    receiver.received.clear()
    path = f"/api/webhooks/{made['id']}/recover"

    begun = await operators.post(path, {"since": "2023-11-14T22:13:21Z"})
    again = await operators.post(path, {"since": "2023-11-14T22:13:21Z"})
    await operators.pipeline.webhooks.run_due()
    await operators.pipeline.webhooks.run_due()

    assert (begun.status_code, begun.json()["total"]) == (202, 2)
    assert again.status_code == 409
    job = f"/api/webhooks/{made['id']}/recoveries/{begun.json()['id']}"
    found = (await operators.get(job)).json()
    assert (found["state"], found["done"]) == ("done", 2)
    states = [each["state"] for each in await deliveries(operators)]
    assert states == ["delivered", "delivered", "exhausted"]


async def test_webhooks_w27_a_recovery_of_no_time_is_refused(operators, receiver):
    """A range that ends before it begins, or lies ahead, is 422."""
    made = await registered(operators, receiver)

    for since in ("2100-01-01T00:00:00Z", "2023-11-14T22:13:20Z"):
        answer = await operators.post(f"/api/webhooks/{made['id']}/recover", {"since": since})

        assert answer.status_code == 422
        assert set(problems(answer)) == {"#/since"}


async def test_webhooks_w28_every_attempt_can_be_read(operators, receiver):
    """When, how long, where to, what was sent, what came back: of each attempt, bounded."""
    made = await registered(operators, receiver)
    receiver.answer = BROKEN
    await operators.pipeline.record()
    await operators.pipeline.webhooks.run_due()
    operators.clock.advance(10)
    receiver.answer = OK
    await operators.pipeline.webhooks.run_due()
    (delivery,) = await deliveries(operators, endpoint_id=made["id"], state="delivered")

    answer = await operators.get(f"/api/deliveries/{delivery['id']}")

    first, second = answer.json()["attempt_log"]
    assert (first["number"], first["at"]) == (1, "2023-11-14T22:13:20.000Z")
    assert (first["status"], first["error"], first["url"]) == (500, "http", receiver.url)
    assert first["response_body"] == "x" * 4096
    assert ["x-why", "because"] in first["response_headers"]
    assert first["seconds"] >= 0
    assert dict(first["request_headers"])["webhook-signature"].startswith("v1,")
    assert (second["number"], second["status"], second["error"]) == (2, 200, None)
    assert answer.json()["payload"].encode() == receiver.received[0].body
    assert made["secret"] not in answer.text
    assert made["secret"].removeprefix("whsec_") not in answer.text


async def test_webhooks_w29_the_log_of_a_deleted_webhook_stays(operators, receiver):
    """A deleted webhook is gone, what waited for it is cancelled and still readable."""
    made = await registered(operators, receiver)
    await operators.pipeline.record()

    deleted = await operators.call("DELETE", f"/api/webhooks/{made['id']}")

    assert deleted.status_code == 204
    assert (await operators.get(f"/api/webhooks/{made['id']}")).status_code == 404
    assert [each["state"] for each in await deliveries(operators)] == ["cancelled"]
    assert await operators.pipeline.webhooks.run_due() == 0


async def test_webhooks_w25_operators_read_what_happened_to_webhooks(operators, receiver):
    """A webhook that was disabled, and why, stands among the events; so does its way back."""
    made = await registered(operators, receiver)
    receiver.answer = http("410 Gone")
    await operators.pipeline.record()
    await operators.pipeline.webhooks.run_due()
    shown = (await operators.get(f"/api/webhooks/{made['id']}")).json()
    await operators.call("PATCH", f"/api/webhooks/{made['id']}", {"enabled": True})

    assert (shown["enabled"], shown["disabled_reason"]) == (False, "gone")
    assert await told(operators, made["id"]) == ["endpoint.enabled", "endpoint.disabled"]


async def test_operators_see_the_webhooks_of_tenants(operators, receiver):
    """Those that tenants made are listed too, and can be picked by API and tenant."""
    await registered(operators, receiver)
    theirs = await operators.pipeline.subscribe(receiver)

    every = (await operators.get("/api/webhooks")).json()["webhooks"]
    some = (await operators.get("/api/webhooks?api=connix&tenant=org_1")).json()["webhooks"]
    none = (await operators.get("/api/webhooks?tenant=org_2")).json()["webhooks"]

    assert {each["tenant"] for each in every} == {None, "org_1"}
    assert [each["id"] for each in some] == [theirs.id]
    assert none == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/webhooks/whk_0"),
        ("PATCH", "/api/webhooks/whk_0"),
        ("DELETE", "/api/webhooks/whk_0"),
        ("POST", "/api/webhooks/whk_0/test"),
        ("POST", "/api/webhooks/whk_0/rotate"),
        ("GET", "/api/webhooks/whk_0/recoveries/rcv_0"),
        ("GET", "/api/deliveries/dlv_0"),
        ("POST", "/api/deliveries/dlv_0/redeliver"),
    ],
)
async def test_what_is_not_there_is_not_found(operators, method, path):
    """An id that does not exist is 404, whatever is asked of it."""
    assert (await operators.call(method, path, {})).status_code == 404
