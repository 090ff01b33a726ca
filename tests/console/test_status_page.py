"""The status page: open to everybody where it may be, closed where it tells more."""

import itertools

import pytest

from tests.console.conftest import APIS, HOSTILE, TOKEN, Page

HARMLESS = {
    *("html", "head", "body", "main", "meta", "title", "style", "link", "h1", "h2", "h3"),
    *("p", "ul", "li", "code", "footer", "a", "nav", "bdi"),
}
"""Tags of a plain page."""


class Unreadable:
    """A calendar nobody can look into."""

    async def published(self, now):
        raise OSError("secret path")

    list = published


def test_status_is_for_everybody(console):
    """/status needs no token, and says that things work."""
    answer = console().get("/status")

    assert answer.status_code == 200
    assert "Everything is operational." in answer.text
    assert "Connix &lt;API&gt;" in answer.text
    assert APIS[0].base_url not in answer.text


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, ""),
        ({}, "?token="),
        ({}, "?token=wrong"),
        ({}, "?token=%ff%00"),
        ({"Authorization": "Bearer wrong"}, f"?token={TOKEN}"),
        ({"Authorization": TOKEN}, ""),
        ({"Authorization": "Bearer"}, ""),
        ({"Cookie": "failwell_console="}, ""),
        ({"Cookie": f"failwell_console={TOKEN}"}, ""),
    ],
)
def test_without_the_token_nothing_more_is_told(console, headers, query):
    """No token, a wrong one, or one in the wrong place: 401 and how to do it."""
    answer = console().get(f"/{query}", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="failwell"'
    assert "set-cookie" not in answer.headers
    assert APIS[0].base_url not in answer.text
    assert TOKEN not in answer.text


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"Authorization": f"Bearer {TOKEN}"}, ""),
        ({"Authorization": f"bearer {TOKEN}"}, ""),
        ({}, f"?token={TOKEN}"),
    ],
)
def test_the_token_opens_the_overview(console, headers, query):
    """With the token the page says what runs where."""
    answer = console().get(f"/{query}", headers=headers)

    assert answer.status_code == 200
    assert APIS[0].base_url in answer.text
    assert "1.2.3" in answer.text
    assert TOKEN not in answer.text


def test_a_browser_is_remembered_without_its_token(console):
    """After the first visit links need no token; the cookie is no token and no script reads it."""
    client = console()

    first = client.get(f"/?token={TOKEN}")
    second = client.get("/")

    cookie = first.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert TOKEN not in cookie
    assert second.status_code == 200


def test_readiness_is_json(console, windows, run):
    """/readyz tells programs the state of each API; a probe needs no token."""
    run(windows.start("connix"))
    run(windows.start("ixon", routes=["/api/users/*"]))

    answer = console().get("/readyz")

    assert answer.json() == {
        "ready": True,
        "apis": {"connix": "maintenance", "ixon": "partial_maintenance"},
    }


def test_health_needs_nothing(console):
    """/healthz answers even when the stores do not."""
    assert console(windows=Unreadable()).get("/healthz").text == "ok\n"


@pytest.mark.parametrize("path", ["/status", "/nothing", "/?token=wrong", f"/?token={TOKEN}"])
def test_pages_are_plain_and_safe(console, windows, run, path):
    """No script, nothing from elsewhere, no style in a tag, readable on a phone and in the dark."""
    run(windows.start("connix", message=HOSTILE))

    answer = console().get(path)

    page = Page(answer.text)
    assert set(page.tags) <= HARMLESS
    assert not [each for each in page.attributes if each[1].startswith("on") or each[1] == "style"]
    links = [value for _, name, value in page.attributes if name in ("href", "src")]
    assert all(value.startswith(("/", "?")) for value in links)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "width=device-width" in answer.text
    assert "prefers-color-scheme:dark" in answer.text


def test_pages_behind_the_token_are_not_kept(console):
    """What is not for everybody is in no cache."""
    answers = [console().get(path) for path in (f"/?token={TOKEN}", "/", "/readyz")]

    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


def test_hostile_words_are_shown_as_what_they_are(console, windows, run):
    """HTML is text; what turns the direction of writing or speaks to terminals is an escape."""
    run(windows.start("connix", message=HOSTILE, routes=["/api/v1/{a&b}"]))

    for path in ("/status", f"/?token={TOKEN}"):
        answer = console().get(path)
        shown = Page(answer.text).text
        assert "<script>alert(1)</script> \\u202egnp.exe \\x1b[31mred\\x07 \\u2066 end" in shown
        assert "/api/v1/{a&b}" in shown
        assert not set("\u202e\u2066\x1b\x07") & set(answer.text)
    data = console().get("/status/api/v2/summary.json").text
    feed = console().get("/status/feed.atom").text
    assert not set("\u202e\u2066\x1b\x07") & set(data + feed)
    assert "<script" not in feed


def test_a_page_has_its_parts_in_order(console, windows, run, clock):
    """One first heading, then second ones with third ones below: a screen reader finds its way."""
    run(windows.start("connix"))
    run(windows.start("ixon", starts_at=clock.now() + 60))

    for path in ("/status", f"/?token={TOKEN}"):
        page = Page(console().get(path).text)
        levels = [int(tag[1]) for tag in page.tags if tag in ("h1", "h2", "h3")]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
        assert ("html", "lang", "en") in page.attributes


def test_a_wrong_method_says_which_are_right(console):
    """Pages are read, not written."""
    answer = console().post("/status")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/status", "/status/feed.atom", "/status/api/v2/summary.json"])
def test_a_broken_store_is_a_503_without_its_reason(console, path):
    """When the state cannot be read the page says so, and nothing about why."""
    answer = console(windows=Unreadable()).get(path)

    assert answer.status_code == 503
    assert "secret path" not in answer.text


def test_a_store_that_breaks_leaves_the_last_known_state(console, windows, shared, run, clock):
    """Whoever looks while the database cannot be read sees what was known."""
    run(windows.start("connix", message="Disks"))
    client = console()
    before = client.get("/status").text
    shared.write_now(
        lambda c: c.exec_driver_sql("ALTER TABLE maintenance_windows RENAME TO away").rowcount
    )
    clock.advance(10)

    assert client.get("/status").text == before
