"""Looking errors up: by request id, in lists, in counts."""

from urllib.parse import quote

from failwell.stores.faults import RecordBatch
from failwell.webhooks.payload import event_of, new_delivery
from tests.webhooks.values import NOW, make_record

HOSTILE = "<script>alert(1)</script> \u202egnp.exe \x1b[31mred"


async def test_a_record_is_found_with_all_that_is_known(operators, receiver):
    """The answer as sent, what the catalogue says of its code, and what webhooks told of it."""
    record = await operators.recorded(cause="Traceback: canary")
    endpoint = await operators.pipeline.subscribe(receiver)
    delivery = new_delivery(event_of(record), endpoint, payloads={})
    await operators.pipeline.outbox.enqueue([delivery])

    answer = await operators.get(f"/api/records/{record.request_id}")

    (found,), (told,) = answer.json()["records"], answer.json()["deliveries"]
    assert (found["code"], found["status"], found["route"]) == (
        "internal_error",
        500,
        "/api/v1/projects/{project_id}",
    )
    assert found["at"] == "2023-11-14T22:13:20.000Z"
    assert found["catalogue"]["fix"]
    assert (told["id"], told["state"], told["request_id"]) == (
        delivery.id,
        "pending",
        record.request_id,
    )
    assert "canary" not in answer.text


async def test_the_cause_is_shown_when_it_is_asked_for(operators):
    """What was raised is private: only who asks for it in so many words sees it."""
    record = await operators.recorded(cause="Traceback: canary")

    answer = await operators.get(f"/api/records/{record.request_id}?cause=true")

    assert answer.json()["records"][0]["cause"] == "Traceback: canary"
    assert "canary" not in (await operators.get("/api/records")).text


async def test_the_callers_own_id_finds_it_too(operators):
    """A caller may only know the id it made itself."""
    record = await operators.recorded(parent_id="my-own-id")

    answer = await operators.get("/api/records/my-own-id")

    assert [each["request_id"] for each in answer.json()["records"]] == [record.request_id]


async def test_an_unknown_id_says_how_far_records_reach(operators):
    """An id may be right and too old: the answer says since when there are records."""
    await operators.recorded(at=NOW - 3_600)

    answer = await operators.get("/api/records/req_0000000000000000")

    assert answer.status_code == 404
    assert "reach back to 2023-11-14T21:13:20.000Z" in answer.json()["detail"]
    assert "now it is 2023-11-14T22:13:20.000Z" in answer.json()["detail"]


async def test_lists_are_paged_and_filtered(operators):
    """Newest first, page by page, each record once, only those that fit."""
    for number in range(5):
        await operators.recorded(request_id=f"req_{number:016x}", at=NOW + number)
    await operators.recorded(request_id="req_other", status=404, code="resource_not_found")

    first = (await operators.get("/api/records?status=500&limit=3")).json()
    second = (
        await operators.get(
            "/api/records", params={"status": 500, "limit": 3, "before": first["next"]}
        )
    ).json()

    ids = [each["request_id"] for each in first["records"] + second["records"]]
    assert ids == [f"req_{number:016x}" for number in (4, 3, 2, 1, 0)]
    assert second["next"] is None
    only = await operators.get("/api/records?code=resource_not_found&until=2100-01-01T00:00:00Z")
    assert [each["request_id"] for each in only.json()["records"]] == ["req_other"]


async def test_rates_count_apart_what_is_asked(operators):
    """Counts by code and status, of the hours asked for; an hour that has begun is whole."""
    await operators.recorded(request_id="req_1", at=NOW - 800)
    await operators.recorded(request_id="req_2", at=NOW)
    await operators.recorded(request_id="req_3", status=404, code="resource_not_found")

    answer = await operators.get("/api/rates?by=code&by=status&since=2023-11-14T22:10:00Z")

    assert answer.json()["since"] == "2023-11-14T22:00:00.000Z"
    assert answer.json()["rates"] == [
        {"count": 2, "code": "internal_error", "status": 500},
        {"count": 1, "code": "resource_not_found", "status": 404},
    ]


async def test_rates_by_the_minute_have_their_moment(operators):
    """Without more words counts come by the moment, as a chart wants them."""
    await operators.recorded()

    answer = await operators.get("/api/rates?step=minute")

    assert answer.json()["rates"] == [{"count": 1, "moment": "2023-11-14T22:13:00.000Z"}]


async def test_sums_that_are_left_out_are_not_left_unsaid(operators):
    """An answer is bounded, and says so when there would be more."""
    kind, first = make_record().kind, int(NOW // 60 * 60) - 5_001 * 60
    counts = tuple((first + number * 60, kind, 1) for number in range(5_001))
    await operators.pipeline.faults.append(RecordBatch(id="many", counts=counts))

    every = (await operators.get("/api/rates?step=minute&since=2023-01-01T00:00:00Z")).json()
    some = (await operators.get("/api/rates?since=2023-01-01T00:00:00Z")).json()

    assert (len(every["rates"]), every["truncated"]) == (5_000, True)
    assert some["truncated"] is False
    assert sum(each["count"] for each in some["rates"]) == 5_001


async def test_hostile_strings_stay_data(operators):
    """Whatever a caller wrote comes back as JSON of that type, which no browser runs."""
    record = make_record(parent_id=None, message=HOSTILE, body=HOSTILE, at=NOW)
    await operators.recorded(message=record.message, body=record.body)

    answer = await operators.get(f"/api/records/{record.request_id}")
    missing = await operators.get(f"/api/records/{quote(HOSTILE, safe='')}")

    assert answer.json()["records"][0]["body"] == HOSTILE
    assert answer.headers["content-type"] == "application/json"
    assert "script" not in missing.text
    assert missing.status_code == 404
