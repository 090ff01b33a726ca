"""The reference client waits through a window of a server that really runs: S5."""

import asyncio
import threading
import time
import urllib.request

import pytest

from failwell.client import ApiKey, Client, RetryBudget, RetryPolicy
from failwell.core.exceptions import UnavailableError
from failwell.stores.database import Database
from failwell.stores.faults import RateQuery
from failwell.stores.faults_sql import SqlFaultStore
from failwell.stores.maintenance import MaintenanceStore

HOUR = 3600.0
NOTHING_LEFT = RetryPolicy(budget=RetryBudget(tokens=0.0, refund=0.0, refill=0.0))
"""A client whose retry budget is spent."""


@pytest.fixture
def end(server, eventually):
    """Close one route of Connix on the shared server; gives what opens it again."""
    with Database(server.data / "failwell.db") as database:
        store = MaintenanceStore(database)
        window = _apart(store.start("connix", routes=["/api/v1/hello"], ends_at=time.time() + HOUR))

        def open_again():
            if _apart(store.active("connix", time.time(), "/api/v1/hello")) is not None:
                _apart(store.close(window.id))
            eventually(lambda: not _is_away(server))

        eventually(lambda: _is_away(server))
        yield open_again
        open_again()


def _apart(coroutine):
    """Run a coroutine where there may be an event loop already: in a thread of its own."""
    found = []
    thread = threading.Thread(target=lambda: found.append(asyncio.run(coroutine)))
    thread.start()
    thread.join()
    return found[0]


def _is_away(server):
    with Client(retry=None, **known(server)) as probe:
        try:
            return not probe.get("hello").is_success
        except UnavailableError:
            return True


def known(server):
    """What a client of Connix needs to know."""
    auth = ApiKey(server.connix["api_key"])
    return {"base_url": server.connix["base_url"], "contract": "connix", "auth": auth}


def test_status_s5_a_window_is_waited_for_and_costs_no_budget(end, server, drive):
    """An hour is waited for when the deadline allows it, by a client without any budget left."""
    time_ = drive.fake_time()
    time_.asleep = end
    waits = {"clock": time_, "sleep": time_.sleep, "deadline": 2 * HOUR}
    api = drive.client(retry=NOTHING_LEFT, **waits, **known(server))

    assert api.get("hello").json()["message"].startswith("Hello")

    assert len(time_.slept) == 1
    assert HOUR - 60 <= time_.slept[0] <= 1.1 * HOUR + 1


@pytest.mark.usefixtures("end")
def test_status_s5_a_window_beyond_the_deadline_is_told_at_once(server, drive):
    """Who has less time than the window lasts gets the error now, with the moment in it."""
    time_ = drive.fake_time()
    api = drive.client(clock=time_, sleep=time_.sleep, deadline=60.0, **known(server))

    with pytest.raises(UnavailableError) as caught:
        api.get("hello")

    assert time_.slept == []
    assert caught.value.retry_suppressed == "deadline"
    assert HOUR - 60 <= caught.value.retry_after <= HOUR
    assert api.get("projects").status_code == 200


@pytest.mark.usefixtures("end")
def test_status_s4_answers_given_in_maintenance_are_recorded_apart(server, eventually):
    """A server that runs counts them under their route, as planned, and shows them so."""
    with Client(retry=None, **known(server)) as api, pytest.raises(UnavailableError):
        api.get("hello")

    with Database(server.data / "failwell.db") as database:
        store = SqlFaultStore(database)
        now = time.time()
        query = RateQuery(
            since=now - 2 * HOUR, until=now + HOUR, by=("route",), api="connix", planned=True
        )
        counted = eventually(lambda: asyncio.run(store.rates(query)))
    assert "/api/v1/hello" in {each.route for each in counted}
    console = server.credentials["console"]
    request = urllib.request.Request(
        f"{console['url']}/?range=1h&api=connix",
        headers={"Authorization": f"Bearer {console['token']}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read().decode()
    assert "in maintenance: 0" not in text
    assert "Maintenance of connix (/api/v1/hello)" in text
