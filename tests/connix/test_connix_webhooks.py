"""Webhooks of Connix: made, changed and refused, with secrets that are shown once."""

import re

import pytest

from tests.connix.connix_client import Connix

NEW = {
    "url": "https://yourapp.com/webhooks/connix",
    "events": ["error.occurred"],
    "filters": {"severity": ["high", "critical"]},
}
"""The example of the page."""


@pytest.fixture(scope="module")
def hook(connix: Connix) -> str:
    """A webhook to look at."""
    return connix.post("/webhooks", NEW).json["id"]


def test_webhooks_w20_the_pages_example_is_stored(connix: Connix):
    """The example of the page is stored as it was sent; its secret is shown once."""
    made = connix.post("/webhooks", NEW)

    assert made.status == 201
    assert re.fullmatch("whk_[0-9a-f]{16}", made.json["id"])
    assert re.fullmatch("whsec_[0-9A-Za-z+/]{43}=", made.json["secret"])
    assert {name: made.json[name] for name in NEW} == NEW
    assert (made.json["enabled"], made.json["state"]) == (True, "active")
    seen = connix.get(f"/webhooks/{made.json['id']}").json
    assert seen == {name: made.json[name] for name in made.json if name != "secret"}
    assert seen in connix.get("/webhooks").json["webhooks"]
    assert made.json["secret"] not in connix.server.log
    assert connix.delete(f"/webhooks/{made.json['id']}").status == 204
    assert connix.get(f"/webhooks/{made.json['id']}").status == 404
    assert connix.delete(f"/webhooks/{made.json['id']}").status == 404


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"url": "ftp://example.com/"}, ("url", "invalid_format")),
        ({"url": ""}, ("url", "required")),
        ({"url": "https://me:secret@example.com/"}, ("url", "invalid_format")),
        ({"url": "https://example.com/#here"}, ("url", "invalid_format")),
        ({"url": "https://example.com:22/"}, ("url", "invalid_format")),
        ({"url": "http://127.0.0.1:9/"}, ("url", "invalid_format")),
        ({"url": "http://localhost:9000/"}, ("url", "invalid_format")),
        ({"url": "http://[::ffff:169.254.169.254]/"}, ("url", "invalid_format")),
        ({"events": []}, ("events", "too_short")),
        ({"events": "error.occurred"}, ("events", "invalid_format")),
        ({"events": ["error.ocurred"]}, ("events.0", "invalid_choice")),
        ({"filters": {"severity": ["dire"]}}, ("filters.severity.0", "invalid_choice")),
        ({"filters": {"severity": []}}, ("filters.severity", "too_short")),
        ({"filters": {"status": ["5xx", 200]}}, ("filters.status.1", "out_of_range")),
        ({"filters": {"code": ["internal_eror"]}}, ("filters.code.0", "invalid_choice")),
        ({"filters": {"api": ["connix", "ixon"]}}, ("filters.api.1", "invalid_choice")),
        ({"filters": {"endpoint": ["projects"]}}, ("filters.endpoint.0", "invalid_format")),
        ({"filters": {"environment": ["live"]}}, ("filters.environment", "invalid_format")),
        ({"filters": {"colour": ["red"]}}, ("filters.colour", "invalid_format")),
    ],
)
def test_webhooks_w20_each_faulty_member_is_named(
    connix: Connix, hook: str, changes: dict[str, object], fault: tuple[str, str]
):
    """A bad webhook is a 400 that names each member by its path, also when it is changed."""
    body = {"url": "https://example.com/", "events": ["error.occurred"], **changes}

    made, changed = connix.post("/webhooks", body), connix.patch(f"/webhooks/{hook}", changes)

    for answer in (made, changed):
        assert (answer.status, answer.code) == (400, "validation_error")
        assert [(item["field"], item["code"]) for item in answer.details] == [fault]
    assert "secret" not in made.details[0]["message"]


def test_webhooks_w20_what_no_schema_can_say_is_told_at_once(connix: Connix):
    """Where the address leads and which names there are not stand in one list."""
    body = {**NEW, "url": "http://10.0.0.1/", "filters": {"code": ["no_such_code"]}}

    answer = connix.post("/webhooks", body)

    assert [item["field"] for item in answer.details] == ["filters.code.0", "url"]


def test_webhooks_w21_every_kind_of_filter_is_kept_as_it_was_sent(connix: Connix):
    """Statuses stay numbers or classes, codes may end with a star."""
    filters = {
        "severity": ["low"],
        "code": ["internal_error"],
        "status": [404, "5xx"],
        "api": ["connix"],
        "endpoint": ["/api/v1/projects/{project_id}"],
    }

    made = connix.post("/webhooks", {**NEW, "filters": filters}).json

    assert made["filters"] == filters
    assert connix.get(f"/webhooks/{made['id']}").json["filters"] == filters


def test_a_webhook_is_changed_member_by_member(connix: Connix):
    """What is given changes; an empty object of filters takes all filters away."""
    path = f"/webhooks/{connix.post('/webhooks', NEW).json['id']}"

    assert connix.patch(path, {"url": "https://example.org/"}).json["filters"] == NEW["filters"]
    changed = connix.patch(path, {"filters": {}}).json

    assert (changed["url"], changed["filters"]) == ("https://example.org/", {})
    assert connix.get(path).json == changed
    assert connix.patch(path, {}).json == changed
    assert connix.patch("/webhooks/whk_none", {"filters": {}}).status == 404
    # It would hear of the errors of every test after this one.
    connix.delete(path)


def test_webhooks_w26_a_webhook_is_switched_off_and_on(connix: Connix):
    """Off is at once; on begins with a probe after a pause."""
    path = f"/webhooks/{connix.post('/webhooks', NEW).json['id']}"

    off = connix.patch(path, {"enabled": False}).json
    on = connix.patch(path, {"enabled": True}).json

    assert (off["enabled"], off["state"], off["disabled_reason"]) == (False, "disabled", "manual")
    assert (on["enabled"], on["state"], on["disabled_reason"]) == (True, "probing", None)


def test_webhooks_w07_rotation_shows_the_new_secret_once(connix: Connix, hook: str):
    """Every rotation has another secret; an overlap beyond a week is refused."""
    first = connix.post(f"/webhooks/{hook}/rotate")
    second = connix.post(f"/webhooks/{hook}/rotate", {"overlap_seconds": 0})

    assert (first.status, second.status) == (200, 200)
    assert first.json["secret"] != second.json["secret"]
    assert "secret" not in connix.get(f"/webhooks/{hook}").json
    answer = connix.post(f"/webhooks/{hook}/rotate", {"overlap_seconds": 604_801})
    assert [(item["field"], item["code"]) for item in answer.details] == [
        ("overlap_seconds", "out_of_range")
    ]


def test_webhooks_w20_an_organization_has_a_limited_number(connix: Connix):
    """One more than allowed is understood and refused; after a deletion there is room."""
    key = connix.issue("--tenant", "Many webhooks")["secret"]
    made = [connix.post("/webhooks", NEW, key=key).json["id"] for _ in range(100)]

    answer = connix.post("/webhooks", NEW, key=key)

    assert (answer.status, answer.details["field"]) == (422, "url")
    connix.delete(f"/webhooks/{made[0]}", key=key)
    assert connix.post("/webhooks", NEW, key=key).status == 201


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/webhooks/whk_none", "webhook"),
        ("POST", "/webhooks/whk_none/test", "webhook"),
        ("POST", "/webhooks/whk_none/rotate", "webhook"),
        ("GET", "/webhooks/whk_none/deliveries", "webhook"),
        ("GET", "/webhooks/whk_none/recoveries/rcv_none", "recovery"),
        ("GET", "/deliveries/dlv_none", "delivery"),
        ("POST", "/deliveries/dlv_none/redeliver", "delivery"),
    ],
)
def test_what_is_not_there_is_named(connix: Connix, method: str, path: str, kind: str):
    """Each kind of thing has its word in the 404."""
    answer = connix.call(method, path)

    assert (answer.status, answer.details["resource_type"]) == (404, kind)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"since": "yesterday"}, 400),
        ({"since": "2024-01-15T16:20:00Z", "until": "2024-01-15T16:20:00Z"}, 422),
        ({"since": "2090-01-01T00:00:00Z"}, 422),
        ({"since": "2015-06-30T23:59:60Z"}, 400),
    ],
)
def test_webhooks_w27_a_range_needs_a_beginning_before_its_end(
    connix: Connix, hook: str, body: dict[str, str], status: int
):
    """What is no moment is a 400, a range nobody can mean a 422."""
    assert connix.post(f"/webhooks/{hook}/recover", body).status == status
