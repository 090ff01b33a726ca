"""Whatever people write about a window, every page and document stays what it is."""

from xml.etree import ElementTree

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from failwell.console.running_api import Status
from failwell.console.status_feed import feed
from failwell.console.status_html import status_content
from failwell.console.statuspage_json import summary
from failwell.console.window_text import message_of
from failwell.stores.maintenance_window import MaintenanceWindow
from tests.console.conftest import APIS, Page

NOW = 1_700_000_000.0
URL = "http://127.0.0.1:8700/status"
MOMENTS = st.one_of(st.none(), st.floats(NOW - 4e7, NOW + 4e7))

windows = st.builds(
    MaintenanceWindow,
    id=st.just("mnt_0123456789abcdef"),
    api=st.sampled_from(["connix", "ixon", "gone"]),
    starts_at=st.floats(NOW - 4e7, NOW + 4e7),
    ends_at=MOMENTS,
    ended_at=MOMENTS,
    message=st.one_of(st.none(), st.text(max_size=600)),
    routes=st.lists(st.text(max_size=40).map("/{}".format), max_size=3).map(tuple),
    publish_at=MOMENTS,
    manual_end=st.booleans(),
    zone=st.sampled_from([None, "Europe/Berlin", "Asia/Kolkata", "No/Where"]),
    created_at=st.floats(NOW - 4e7, NOW),
    updated_at=st.floats(NOW - 4e7, NOW),
)
states = st.lists(windows, max_size=3).map(
    lambda found: Status(now=NOW, since=NOW - 60, apis=APIS, windows=tuple(found))
)


@given(states)
def test_any_text_leaves_the_page_a_page(status):
    """No tag, no attribute and no direction of writing comes from outside."""
    content = status_content(status)

    page = Page(content)
    assert set(page.tags) <= {*("p", "h2", "h3", "ul", "li", "code", "footer", "a")}
    assert {name for _, name, _ in page.attributes} <= {"class", "id", "dir", "href"}
    for window in status.windows:
        assert message_of(window) in page.text


@given(states)
def test_any_text_leaves_the_feed_well_formed(status):
    """A strict parser reads it, and finds every window."""
    root = ElementTree.fromstring(feed(status, page_url=URL, feed_url=f"{URL}/feed.atom"))

    assert len(root.findall("{http://www.w3.org/2005/Atom}entry")) == len(status.windows)


@given(states)
def test_any_text_leaves_the_summary_json(status):
    """It is JSON, and knows only the states that Statuspage knows."""
    found = msgspec.json.decode(summary(status, page_url=URL))

    assert {each["status"] for each in found["scheduled_maintenances"]} <= {
        *("scheduled", "in_progress")
    }
    assert {each["status"] for each in found["components"]} <= {
        *("operational", "under_maintenance")
    }


@given(st.text())
def test_any_message_is_shown_in_printable_characters(text):
    """Nothing that a terminal or a browser obeys is left, and words stay readable."""
    window = MaintenanceWindow(
        id="mnt_0", api="connix", starts_at=NOW, ends_at=None, ended_at=None, message=text
    )

    assert message_of(window).isprintable()
    assert len(message_of(window)) <= 500
