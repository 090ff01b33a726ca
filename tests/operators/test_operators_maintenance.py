"""Maintenance windows under ``/api/maintenance``."""

from tests.operators.conftest import problems

END = "2023-11-14T23:00:00Z"


async def started(operators, **body):
    answer = await operators.post("/api/maintenance", {"api": "connix", **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_window_begins_now_and_is_listed(operators):
    """Without a start it begins at once; the list shows it with its state."""
    made = await started(operators, ends_at=END, message="New disks")

    assert made["state"] == "in_progress"
    assert made["starts_at"] == "2023-11-14T22:13:20.000Z"
    assert made["ends_at"] == "2023-11-14T23:00:00.000Z"
    listed = (await operators.get("/api/maintenance?api=connix")).json()["windows"]
    assert listed == [made]
    assert (await operators.get("/api/maintenance?api=ixon")).json() == {"windows": []}


async def test_a_window_that_makes_no_sense_is_refused(operators):
    """An unknown API, an end before the start, a path that is none: 422, each with its place."""
    unknown = await operators.post("/api/maintenance", {"api": "conix"})
    body = {
        "api": "connix",
        "starts_at": END,
        "ends_at": "2023-11-14T22:59:00Z",
        "publish_at": "2023-11-15T00:00:00Z",
        "routes": ["projects"],
    }
    several = await operators.post("/api/maintenance", body)

    assert (unknown.status_code, several.status_code) == (422, 422)
    assert problems(unknown) == {"#/api": "expected one of connix, ixon"}
    assert set(problems(several)) == {"#/ends_at", "#/publish_at", "#/routes"}
    assert (await operators.get("/api/maintenance")).json() == {"windows": []}


async def test_a_window_is_extended_and_ended(operators):
    """Its end and its words can be changed until it is over; then a change is a conflict."""
    made = await started(operators, ends_at=END)
    path = f"/api/maintenance/{made['id']}"

    extended = await operators.call(
        "PATCH", path, {"ends_at": "2023-11-15T00:00:00Z", "message": "Longer"}
    )
    ended = await operators.post(f"{path}/end")
    late = [await operators.post(f"{path}/end"), await operators.call("PATCH", path, {})]

    assert extended.json()["ends_at"] == "2023-11-15T00:00:00.000Z"
    assert extended.json()["message"] == "Longer"
    assert (ended.json()["state"], ended.json()["ended_at"]) == (
        "completed",
        "2023-11-14T22:13:20.000Z",
    )
    assert [each.status_code for each in late] == [409, 409]
    assert late[0].json()["detail"] == "The window is over (completed); announce a new one"


async def test_a_change_that_makes_no_sense_is_refused(operators):
    """An end that has passed is 422, and the window stays as it was."""
    made = await started(operators, ends_at=END)

    answer = await operators.call(
        "PATCH", f"/api/maintenance/{made['id']}", {"ends_at": "2023-11-14T22:00:00Z"}
    )

    assert (answer.status_code, set(problems(answer))) == (422, {"#/ends_at"})
    assert (await operators.get("/api/maintenance")).json()["windows"] == [made]


async def test_an_unknown_window_is_not_found(operators):
    """There is nothing to change or end."""
    assert (await operators.call("PATCH", "/api/maintenance/mnt_0", {})).status_code == 404
    assert (await operators.post("/api/maintenance/mnt_0/end")).status_code == 404
