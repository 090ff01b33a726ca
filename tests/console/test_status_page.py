"""The status page: open to everybody where it may be, closed where it tells more."""

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from failwell.console.status_page import RunningApi, StatusPage

TOKEN = "token-of-the-console"

ALLOWED = {
    *("html", "head", "body", "main", "meta", "title", "style", "h1", "h2"),
    *("p", "ul", "li", "code", "footer", "a"),
}
"""Tags of a plain page."""

UP = RunningApi(name="connix", title="Connix <API>", base_url="http://127.0.0.1:8701/api/v1")
AWAY = RunningApi(
    name="connix",
    title="Connix",
    base_url="http://127.0.0.1:8701/api/v1",
    maintenance="Upgrade & <script>alert(1)</script>",
    resume_at=datetime(2024, 1, 15, 17, 0, tzinfo=UTC),
)


@pytest.fixture
def page():
    """Make a client of a page that shows the given APIs."""

    def make(*apis, broken=False):
        async def running():
            if broken:
                raise OSError("secret path")
            return apis

        application = StatusPage(running, token=TOKEN, version="1.2.3").application()
        return TestClient(application, raise_server_exceptions=False)

    return make


class Tags(HTMLParser):
    """Collects the tags of a page."""

    def __init__(self, text):
        super().__init__()
        self.names = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.names.append(tag)


def test_status_is_for_everybody(page):
    """/status needs no token, and says that things work."""
    answer = page(UP).get("/status")

    assert answer.status_code == 200
    assert "Everything is operational." in answer.text
    assert "Connix &lt;API&gt;" in answer.text
    assert UP.base_url not in answer.text


def test_maintenance_is_told_with_its_end(page):
    """An open window shows its words, harmless, and when it is over."""
    text = page(AWAY).get("/status").text

    assert "1 of 1 in maintenance." in text
    assert "Upgrade &amp; &lt;script&gt;" in text
    assert "Until 2024-01-15 17:00 UTC." in text


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
    ],
)
def test_without_the_token_nothing_more_is_told(page, headers, query):
    """No token, a wrong one, or one in the wrong place: 401 and how to do it."""
    answer = page(UP).get(f"/{query}", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="failwell"'
    assert UP.base_url not in answer.text
    assert TOKEN not in answer.text


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"Authorization": f"Bearer {TOKEN}"}, ""),
        ({"Authorization": f"bearer {TOKEN}"}, ""),
        ({}, f"?token={TOKEN}"),
    ],
)
def test_the_token_opens_the_overview(page, headers, query):
    """With the token the page says what runs where."""
    answer = page(UP).get(f"/{query}", headers=headers)

    assert answer.status_code == 200
    assert UP.base_url in answer.text
    assert "1.2.3" in answer.text
    assert TOKEN not in answer.text


def test_readiness_is_json(page):
    """/readyz tells programs the state of each API; a probe needs no token."""
    answer = page(AWAY).get("/readyz")

    assert answer.json() == {"ready": True, "apis": {"connix": "maintenance"}}


def test_health_needs_nothing(page):
    """/healthz answers even when the stores do not."""
    assert page(broken=True).get("/healthz").text == "ok\n"


@pytest.mark.parametrize("path", ["/status", "/nothing", "/?token=wrong"])
def test_pages_are_plain_and_safe(page, path):
    """No script, nothing from elsewhere, nothing kept, readable on a phone and in the dark."""
    answer = page(UP).get(path)

    assert set(Tags(answer.text).names) <= ALLOWED
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "width=device-width" in answer.text
    assert "prefers-color-scheme:dark" in answer.text


def test_a_wrong_method_says_which_are_right(page):
    """Pages are read, not written."""
    answer = page(UP).post("/status")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_a_broken_store_is_a_503_without_its_reason(page):
    """When the state cannot be read the page says so, and nothing about why."""
    answer = page(broken=True).get("/status")

    assert answer.status_code == 503
    assert "secret path" not in answer.text
