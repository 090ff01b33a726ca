"""Lists: pages, filters, and paths and methods that are not there."""

import pytest

from tests.ixon.ixon_client import Ixon

MISMATCH = "Value does not match regex expression"


@pytest.fixture(scope="module")
def own(ixon: Ixon) -> Ixon:
    """Somebody in a company that no other test touches."""
    return ixon.tenant("--tenant", "Lists", "--user", "lists@ixon.example")


def test_ixon_pages(own: Ixon):
    """moreAfter of one page begins the next, until it is null; nothing is missed or repeated."""
    own.post("/roles", [{"name": f"Page {number}"} for number in range(50)])
    whole = own.get("/roles?page-size=4000&fields=name")
    assert whole.json["moreAfter"] is None

    found, after = [], ""
    while after is not None:
        page = own.get(f"/roles?page-size=7&fields=name{after and f'&page-after={after}'}")
        assert len(page.data) <= 7
        found += page.data
        after = page.json["moreAfter"]

    assert found == whole.data
    assert len(own.get("/roles").data) == 20


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page-size=0", "page-size"),
        ("page-size=4001", "page-size"),
        ("page-size=many", "page-size"),
        ("page-size=1&page-size=2", "page-size"),
    ],
)
def test_ixon_page_sizes(own: Ixon, query: str, field: str):
    """From 1 to 4000."""
    own.get(f"/roles?{query}").assert_refused(400, "Invalid value", field)


def test_ixon_a_page_after_nothing_known(own: Ixon):
    """A cursor need not be the name of something that still exists; nonsense is told."""
    assert own.get("/roles?page-after=zzzzzzzzzzzz").data == []
    own.get("/roles?page-after=%27%20OR").assert_refused(400, MISMATCH, "page-after")


@pytest.fixture(scope="module")
def filtered(ixon: Ixon) -> Ixon:
    """Somebody in a company with two roles that are called alike."""
    found = ixon.tenant("--tenant", "Filters")
    found.post("/roles", [{"name": "Filtered 1"}, {"name": "Filtered 2"}])
    return found


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('eq(name,"Filtered 1")', ["Filtered 1"]),
        ("equals(name,Filtered 1)", ["Filtered 1"]),
        ("contains(name,FILTERED)", ["Filtered 1", "Filtered 2"]),
        ("contains(name,%)", []),
        ("eq(name,nothing)", []),
    ],
)
def test_ixon_filters(filtered: Ixon, text: str, names: list[str]):
    """Only what fits is listed."""
    quoted = text.replace("%", "%25").replace(" ", "%20").replace('"', "%22")

    found = filtered.get(f"/roles?filters={quoted}").data

    assert [each["name"] for each in found] == names


@pytest.mark.parametrize("text", ["name", "eq(password,x)", "drop(name,x)", "eq(name"])
def test_ixon_filters_that_are_none(own: Ixon, text: str):
    """What is no filter, or names no field, is told."""
    own.get(f"/roles?filters={text}").assert_refused(400, MISMATCH, "filters.0")


@pytest.mark.parametrize("path", ["/users/me/", "/agents/", "/roles/"])
def test_ixon_a_last_slash_does_not_matter(ixon: Ixon, path: str):
    """A path is found with and without it."""
    assert ixon.get(path).status == 200


def test_ixon_head(ixon: Ixon):
    """HEAD gives the head of GET."""
    answer = ixon.call("HEAD", "/agents")

    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/agents"), ("PUT", "/roles"), ("POST", "/")]
)
def test_ixon_methods_that_are_not_there(ixon: Ixon, method: str, path: str):
    """The answer lists those that are."""
    answer = ixon.call(method, path)

    answer.assert_refused(405, "Method not allowed")
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/nothing", "/agents/x/y/z", "/users/me/otp-auth"])
def test_ixon_paths_that_are_not_there(ixon: Ixon, path: str):
    """Every unknown path is not found, with or without credentials."""
    ixon.get(path).assert_refused(404, "Resource not found")
    ixon.get(path, token=None, company=None).assert_refused(404, "Resource not found")
