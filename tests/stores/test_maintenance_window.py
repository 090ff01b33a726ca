"""What a window says of itself at a moment, and which windows make no sense."""

import pytest

from failwell.stores.maintenance_window import MaintenanceWindow, window_problems

NOW = 1_700_000_000.0
HOUR = 3600.0


def window(**members):
    """A window that begins in an hour and lasts for one, changed as given."""
    usual = {"id": "mnt_0", "api": "connix", "starts_at": NOW + HOUR, "ends_at": NOW + 2 * HOUR}
    return MaintenanceWindow(**usual | {"message": None, "ended_at": None} | members)


@pytest.mark.parametrize(
    ("members", "after", "state"),
    [
        ({}, 0, "upcoming"),
        ({}, HOUR, "in_progress"),
        ({}, 2 * HOUR, "completed"),
        ({"manual_end": True}, 9 * HOUR, "in_progress"),
        ({"ends_at": None}, 9 * HOUR, "in_progress"),
        ({"ended_at": NOW + 1.5 * HOUR}, 1.6 * HOUR, "completed"),
        ({"ended_at": NOW + 0.5 * HOUR}, 1.6 * HOUR, "cancelled"),
        ({"ended_at": NOW + HOUR}, HOUR, "completed"),
        ({"ended_at": NOW + 9 * HOUR, "manual_end": True}, 9 * HOUR, "completed"),
    ],
)
def test_a_window_knows_where_it_stands(members, after, state):
    """Upcoming, in progress, completed or cancelled, and in force only in progress."""
    found = window(**members)

    assert found.state(NOW + after) == state
    assert found.covers(NOW + after) == (state == "in_progress")


@pytest.mark.parametrize(
    ("routes", "route", "away"),
    [
        ((), None, True),
        ((), "/api/v1/hello", True),
        (("/api/v1/hello",), "/api/v1/hello", True),
        (("/api/v1/hello",), "/api/v1/helloes", False),
        (("/api/v1/hello",), None, False),
        (("/api/v1/projects/{id}",), "/api/v1/projects/{project_id}", True),
        (("/api/v1/projects/{id}",), "/api/v1/projects/new", False),
        (("/api/v1/projects",), "/api/v1/projects/{project_id}", False),
        (("/api/v1/projects/*",), "/api/v1/projects/{project_id}/agents", True),
        (("/api/v1/projects/*",), "/api/v1/projects", True),
        (("/api/v1/projects/*",), "/api/v1/projectsx", False),
        (("/*",), "/api/v1/hello", True),
        (("/a", "/b"), "/b", True),
    ],
)
def test_a_window_concerns_its_routes(routes, route, away):
    """A template is met whatever its placeholders are called; ``/*`` takes what is below too."""
    assert window(routes=routes).concerns(route) is away


@pytest.mark.parametrize(
    ("members", "after", "known"),
    [
        ({}, 0, True),
        ({"publish_at": NOW + 10}, 9, False),
        ({"publish_at": NOW + 10}, 10, True),
        # In force it is known, whatever was planned.
        ({"publish_at": NOW + 9 * HOUR}, HOUR, True),
        # Taken back before anybody was told: nobody is told.
        ({"publish_at": NOW + 10, "ended_at": NOW + 5}, 20, False),
        ({"publish_at": NOW + 10, "ended_at": NOW + 15}, 20, True),
    ],
)
def test_a_window_is_announced_from_its_moment_on(members, after, known):
    """The public hears of a window when operators want it to, and at the start at the latest."""
    assert window(**members).published(NOW + after) is known


def test_a_window_knows_when_it_was_seen_to_change():
    """Each change by hand, and each moment at which its state changes, counts once it is past."""
    found = window(created_at=NOW - 50, updated_at=NOW - 50, publish_at=NOW - 20)

    assert [found.changed_at(NOW + after) for after in (-30, 0, 1.5 * HOUR, 9 * HOUR)] == [
        *(NOW - 50, NOW - 20, NOW + HOUR, NOW + 2 * HOUR)
    ]


@pytest.mark.parametrize(
    ("members", "member"),
    [
        ({"ends_at": NOW + HOUR}, "ends_at"),
        ({"starts_at": NOW - HOUR, "ends_at": NOW - 1}, "ends_at"),
        ({"ends_at": NOW + 400 * 24 * HOUR}, "ends_at"),
        ({"starts_at": NOW + 400 * 24 * HOUR, "ends_at": None}, "starts_at"),
        ({"publish_at": NOW + HOUR + 1}, "publish_at"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"zone": ""}, "zone"),
        ({"message": "  "}, "message"),
        ({"message": "x" * 501}, "message"),
        ({"routes": ("projects",)}, "routes"),
        ({"routes": ("/projects?limit=1",)}, "routes"),
        ({"routes": ("/pro jects",)}, "routes"),
        ({"routes": ("/a*",)}, "routes"),
        ({"routes": tuple(f"/{number}" for number in range(51))}, "routes"),
    ],
)
def test_a_window_that_makes_no_sense_is_named(members, member):
    """Each problem comes with the member it is about."""
    assert [name for name, _ in window_problems(window(**members), now=NOW)] == [member]


def test_a_good_window_has_no_problem():
    """Ahead, with an announcement, routes and words."""
    good = window(
        publish_at=NOW, message="Disks", routes=("/a/{b}", "/c/*", "/"), zone="Europe/Berlin"
    )

    assert window_problems(good, now=NOW) == ()
