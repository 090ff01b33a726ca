"""A console over real stores, with a clock that tests move."""

import asyncio
import shutil
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from failwell.console.running_api import RunningApi
from failwell.console.status_page import StatusPage
from failwell.stores.database import Database
from failwell.stores.maintenance import MaintenanceStore
from failwell.testing import FakeClock
from tests.client.driving import drive

__all__ = ["drive"]

TOKEN = "token-of-the-console"
HOSTILE = "<script>alert(1)</script> \u202egnp.exe \x1b[31mred\x07 \u2066 end"
"""HTML, characters that turn the direction of writing, and an escape sequence of terminals."""

APIS = (
    RunningApi(name="connix", title="Connix <API>", base_url="http://127.0.0.1:8701/api/v1"),
    RunningApi(name="ixon", title="IXON", base_url="http://127.0.0.1:8705/api"),
)


class Page(HTMLParser):
    """The tags, attributes and text of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.elements = []
        self.attributes = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.elements.append((tag, dict(attrs)))
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def clock():
    """A clock that stands still until it is moved."""
    return FakeClock()


@pytest.fixture
def shared(tmp_path, fresh_file):
    """``failwell.db`` as a fresh start makes it."""
    with Database(shutil.copy(fresh_file, tmp_path), busy_timeout=0.2) as database:
        yield database


@pytest.fixture
def run():
    """Run a coroutine where there is no event loop."""
    return asyncio.run


@pytest.fixture
def windows(shared, clock):
    """Maintenance windows."""
    return MaintenanceStore(shared, clock=clock)


@pytest.fixture
def console(windows, clock):
    """Make a client of the console; counts come from `rates` if given."""

    def make(*, windows=windows, rates=None):
        page = StatusPage(APIS, windows, token=TOKEN, version="1.2.3", rates=rates, clock=clock)
        return TestClient(page.application(), raise_server_exceptions=False)

    return make
