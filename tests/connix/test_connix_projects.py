"""Projects: pages, search, order, names and what can be changed."""

import re

import pytest

from tests.connix.connix_client import Connix


@pytest.fixture(scope="module")
def library(connix: Connix) -> Connix:
    """An organization with seven projects and nothing else."""
    own = Connix(connix.server, key=connix.issue("--tenant", "Library")["secret"])
    for name in ("delta", "alpha 1", "echo", "alpha-2", "bravo", "charlie", "foxtrot"):
        own.project(name)
    return own


def _names(connix: Connix, query: str) -> list[str]:
    return [project["name"] for project in connix.get(f"/projects{query}").json["projects"]]


def test_a_page_tells_where_it_is(library: Connix):
    """Projects come with id and name, and the page with everything needed to turn it."""
    answer = library.get("/projects?page=2&limit=3").json

    assert [list(project) for project in answer["projects"]] == [["id", "name"]] * 3
    assert answer["pagination"] == {
        "page": 2,
        "limit": 3,
        "total": 7,
        "pages": 3,
        "has_next": True,
        "has_prev": True,
    }


def test_the_defaults_are_those_of_the_page(library: Connix):
    """Without a query the first twenty come, newest first."""
    answer = library.get("/projects").json

    assert answer["pagination"]["limit"] == 20
    assert (answer["pagination"]["has_next"], answer["pagination"]["has_prev"]) == (False, False)
    assert answer["projects"][0]["name"] == "foxtrot"


def test_behind_the_last_page_there_is_nothing(library: Connix):
    """A page too far is empty, not an error."""
    answer = library.get("/projects?page=1000000&limit=100").json

    assert answer["projects"] == []
    assert (answer["pagination"]["has_next"], answer["pagination"]["has_prev"]) == (False, True)


def test_lists_can_be_sorted_and_searched(library: Connix):
    """Sorting works both ways; a search finds parts of names, and its signs mean themselves."""
    assert _names(library, "?sort=name&order=asc&limit=2") == ["alpha 1", "alpha-2"]
    assert _names(library, "?sort=name&order=desc&limit=1") == ["foxtrot"]
    assert _names(library, "?sort=created_at&order=asc&limit=1") == ["delta"]
    assert sorted(_names(library, "?search=ALPHA")) == ["alpha 1", "alpha-2"]
    assert _names(library, "?search=%25") == []
    assert library.get("/projects?search=alpha").json["pagination"]["total"] == 2


def test_a_new_project_has_the_documented_members(connix: Connix):
    """A project answers with id, name and moments; it allows all tools but running code."""
    made = connix.post("/projects", {"name": "Complete"}).json

    assert list(made) == ["id", "name", "created_at", "updated_at", "enabled_tools"]
    assert re.fullmatch("proj_[0-9a-f]{16}", made["id"])
    assert made["created_at"] == made["updated_at"]
    assert made["enabled_tools"] == ["web_search", "data_analysis"]
    assert connix.get(f"/projects/{made['id']}").json == made


@pytest.mark.parametrize("name", ["a-b", "abc", "My Project", "x" * 50, "1 2 3"])
def test_good_names_are_taken(connix: Connix, name: str):
    """Letters, digits, hyphens and inner spaces make a name of 3 to 50 characters."""
    assert connix.post("/projects", {"name": name}).status in (201, 409)


@pytest.mark.parametrize("name", ["-abc", "abc-", " abc", "abc ", "a_b", "a.b", "abc\n", "Äpfel"])
def test_bad_names_have_an_invalid_format(connix: Connix, name: str):
    """A name begins and ends with a letter or digit and has nothing strange inside."""
    answer = connix.post("/projects", {"name": name})

    assert [(item["field"], item["code"]) for item in answer.details] == [
        ("name", "invalid_format")
    ]


def test_unknown_members_are_ignored(connix: Connix):
    """A client of a later version may send more than this one knows."""
    answer = connix.post("/projects", {"name": "With more", "color": "red"})

    assert answer.status == 201
    assert "color" not in answer.json


def test_an_empty_change_changes_nothing(connix: Connix):
    """A PATCH without members answers with the project as it is."""
    project = connix.project("Unchanged")

    assert connix.patch(f"/projects/{project}", {}).json["name"] == "Unchanged"
