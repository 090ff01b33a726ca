"""Counters of requests: exact, bounded, and made of words that nobody can invent."""

import pytest

from failwell.core.exceptions import NotFoundError, UnavailableError
from failwell.server.failwell import Failwell
from failwell.server.metrics import BUCKETS, Metrics
from failwell.testing import FakeClock
from tests.record.answering import CONNIX, ask


@pytest.fixture
def metrics():
    """Counters at zero."""
    return Metrics()


def api(handler, metrics, clock=None):
    async def app(scope, _receive, send):
        await handler(scope["failwell"], scope)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return Failwell(app, CONNIX, recorder=metrics, clock=clock)


async def test_each_answer_is_counted_with_how_long_it_took(metrics):
    """Count, sum and bucket belong to route, method, status and code."""
    clock = FakeClock()

    async def handler(exchange, _scope):
        exchange.route = "/projects/{project_id}"
        clock.advance(0.03)
        raise NotFoundError(resource_type="project", resource_id="proj_1")

    app = api(handler, metrics, clock)
    await ask(app, method="POST")
    await ask(app, method="POST")

    ((kind, timing),) = metrics.answers.items()
    assert kind[:5] == ("connix", "/projects/{project_id}", "POST", 404, "resource_not_found")
    assert (kind.severity, kind.planned) == ("low", False)
    assert (timing.count, round(timing.seconds, 6)) == (2, 0.06)
    assert timing.buckets[BUCKETS.index(0.05)] == 2
    assert sum(timing.buckets) == 2


async def test_a_good_answer_has_no_code(metrics):
    """Success is counted too: rates need both."""

    async def handler(_exchange, _scope):
        pass

    await ask(api(handler, metrics))

    ((kind, _),) = metrics.answers.items()
    assert (kind.status, kind.code, kind.severity) == (204, None, None)


async def test_made_up_methods_and_paths_are_one_kind(metrics):
    """A scanner cannot make the counters grow."""

    async def handler(_exchange, scope):
        raise NotFoundError(situation="no_route", path=scope["path"])

    app = api(handler, metrics)
    for number in range(20):
        await ask(app, f"/admin{number}.php", method=f"HACK{number}")

    ((kind, timing),) = metrics.answers.items()
    assert (kind.method, kind.route, timing.count) == ("_OTHER", "_unmatched", 20)


async def test_maintenance_is_counted_apart(metrics):
    """An announced absence burns no budget."""

    async def handler(_exchange, _scope):
        raise UnavailableError(reason="maintenance")

    await ask(api(handler, metrics))

    assert [kind.planned for kind in metrics.answers] == [True]
