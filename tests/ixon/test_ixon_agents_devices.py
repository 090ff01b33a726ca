"""Agents and devices, and what is logged of them, with the errors of each endpoint."""

import re

import pytest

from tests.ixon.ixon_client import Ixon, item

PUBLIC_ID = re.compile("[0-9A-Za-z]{12}")
SHORT, LONG = "Value is too short", "Value is too long"
MISMATCH = "Value does not match regex expression"


@pytest.fixture(scope="module")
def own(ixon: Ixon) -> Ixon:
    """Somebody in a company that no other test touches."""
    return ixon.tenant("--tenant", "Machines", "--user", "machines@ixon.example")


def test_ixon_agents(own: Ixon):
    """A company has an agent from the start; it can be read and changed."""
    agent = own.agent()
    changes = {
        "name": "Line 1",
        "description": "",
        "location": {"name": "Overloon", "latitude": "51.57", "longitude": "5.94"},
    }

    answer = own.patch(f"/agents/{agent}", changes)

    assert (answer.status, answer.json["type"]) == (200, "Agent")
    assert own.get(f"/agents/{agent}").data | changes == own.get(f"/agents/{agent}").data
    assert own.get(f"/agents/{agent}?fields=name,location.name").data == {
        "publicId": agent,
        "name": "Line 1",
        "location": {"name": "Overloon"},
    }


@pytest.mark.parametrize(
    ("body", "message", "field"),
    [
        ({"name": ""}, SHORT, "name"),
        ({"name": "x" * 256}, LONG, "name"),
        ({"description": "x" * 65_536}, LONG, "description"),
        ({"location": {"name": "x"}}, "Required property", "location.latitude"),
        (
            {"location": {"name": "x", "latitude": 1, "longitude": "2"}},
            "Invalid value",
            "location.latitude",
        ),
        (
            {"location": {"name": "x", "latitude": "north", "longitude": "2"}},
            MISMATCH,
            "location.latitude",
        ),
    ],
)
def test_ixon_agents_that_do_not_fit(own: Ixon, body: object, message: str, field: str):
    """Each rule has its message and the path of its field."""
    answer = own.patch(f"/agents/{own.agent()}", body)

    assert answer.status == 400
    assert answer.data[0] == item(message, field)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/agents/{}"),
        ("PATCH", "/agents/{}"),
        ("GET", "/agents/{}/devices"),
        ("POST", "/agents/{}/devices"),
        ("GET", "/agents/{}/data-sources"),
        ("GET", "/agents/{}/data-variables"),
        ("GET", "/agents/{}/data-tags"),
    ],
)
def test_ixon_no_such_agent(own: Ixon, ixon: Ixon, method: str, path: str):
    """An agent that is not there, or is another company's."""
    for agent in ("000000000000", "x", ixon.agent(), "%F0%9F%9A%80", "%00"):
        body = {"name": "x"} if method != "GET" else None
        own.call(method, path.format(agent), body).assert_refused(404, "Resource not found")


def test_ixon_devices(own: Ixon):
    """One or several at once; they are listed with what they were given."""
    place = f"/agents/{own.agent()}/devices"
    one = {"name": "Drive", "ipAddress": "192.168.0.20", "macAddress": "00:1B:44:11:3a:B7"}

    single = own.post(place, one)
    several = own.post(place, [{"name": "Camera"}, {"name": "Scale", "customAddress": "usb:1"}])

    assert (single.status, several.status) == (201, 201)
    assert PUBLIC_ID.fullmatch(single.data["publicId"])
    found = {each["publicId"]: each for each in own.get(f"{place}?page-size=100").data}
    assert found[single.data["publicId"]] | one == found[single.data["publicId"]]
    assert [found[each["publicId"]]["name"] for each in several.data] == ["Camera", "Scale"]


@pytest.mark.parametrize(
    ("body", "items"),
    [
        ([{"name": "ok"}, {"name": ""}], [item(SHORT, "name", 1)]),
        ({"name": "x", "macAddress": "00-1B-44-11-3A-B7"}, [item(MISMATCH, "macAddress")]),
        ([{"name": "x", "macAddress": "0"}], [item(SHORT, "macAddress", 0)]),
        ({"name": "x", "macAddress": "0" * 18}, [item(LONG, "macAddress")]),
        ({"name": "x", "ipAddress": "1" * 256}, [item(LONG, "ipAddress")]),
        (
            [{"macAddress": "0", "name": ""}, {}],
            [
                item(SHORT, "macAddress", 0),
                item(SHORT, "name", 0),
                item("Required property", "name", 1),
            ],
        ),
    ],
)
def test_ixon_devices_that_do_not_fit(own: Ixon, body: object, items: list):
    """Single and list bodies: field, message and place of each fault; nothing is made."""
    place = f"/agents/{own.agent()}/devices"
    before = own.get(f"{place}?page-size=100").data

    answer = own.post(place, body)

    assert (answer.status, answer.data) == (400, items)
    assert own.get(f"{place}?page-size=100").data == before


def test_ixon_what_is_logged(own: Ixon):
    """Sources, variables and tags lead to each other."""
    agent = own.agent()
    source, tags = own.source()

    sources = own.get(f"/agents/{agent}/data-sources").data
    variables = own.get(f"/agents/{agent}/data-variables").data

    assert [each["publicId"] for each in sources] == [source["publicId"]]
    assert [tag["tagId"] for tag in tags] == [1, 2, 3, 4]
    assert [tag["variable"]["publicId"] for tag in tags] == [v["publicId"] for v in variables]
