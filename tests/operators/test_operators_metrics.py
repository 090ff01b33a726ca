"""``/metrics``: the names that dashboards are built on, and nothing that callers make up."""

import asyncio

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from failwell.core.contract import Contract
from failwell.core.exceptions import NotFoundError, UnavailableError
from failwell.server.failwell import Failwell
from tests.server.library_api import call
from tests.webhooks.endpoint_host import http

CANARY = "canary"


async def samples(operators):
    """Each sample as Prometheus reads it: name, labels, value."""
    answer = await operators.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = text_string_to_metric_families(answer.text)
    return [each for family in families for each in family.samples]


def value(found, name, **labels):
    """The sum of the samples that have a name and these labels."""
    return sum(
        each.value for each in found if each.name == name and labels.items() <= each.labels.items()
    )


async def answered(operators, error=None, *, route="/api/v1/projects/{project_id}"):
    """Let a request to Connix be answered, and counted."""

    async def app(scope, _receive, send):
        scope["failwell"].route = route
        operators.clock.advance(0.2)
        if error is not None:
            raise error
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    given = {"recorder": operators.metrics, "clock": operators.clock}
    app = Failwell(app, Contract.bundled("connix"), **given)
    await call(app, "GET", f"/api/v1/projects/{CANARY}", (b"x-request-id", CANARY.encode()))


async def test_requests_are_counted_and_timed(operators):
    """Each request by API, route and status, with the time it took in buckets that add up."""
    await answered(operators)
    await answered(operators)
    await answered(operators, NotFoundError(resource_type="project", resource_id=CANARY))

    found = await samples(operators)

    assert value(found, "api_requests_total", api="connix", status="200") == 2
    name, route = "http_server_request_duration_seconds", "/api/v1/projects/{project_id}"
    labels = {"http_route": route, "http_response_status_code": "200"}
    assert value(found, f"{name}_count", **labels) == 2
    assert value(found, f"{name}_bucket", le="0.1", **labels) == 0
    assert value(found, f"{name}_bucket", le="0.25", **labels) == 2
    assert value(found, f"{name}_bucket", le="+Inf", **labels) == 2
    assert 0.39 < value(found, f"{name}_sum", **labels) < 0.41
    assert value(found, f"{name}_count", error_type="resource_not_found") == 1


async def test_errors_are_counted_by_code(operators):
    """Each error by its code and severity; what a window answers is counted as planned."""
    missing = NotFoundError(resource_type="project", resource_id=CANARY)
    await answered(operators, missing)
    await answered(operators, UnavailableError(reason="maintenance", retry_after=60))

    found = await samples(operators)

    labels = {"code": "resource_not_found", "documented": "true", "planned": "false"}
    assert value(found, "api_errors_total", status="404", severity="low", **labels) == 1
    assert value(found, "api_errors_total", code="service_unavailable", planned="true") == 1
    assert value(found, "api_errors_total") == 2


async def test_no_label_holds_what_callers_make_up(operators):
    """Ids, paths and messages are in no label: what is counted stays bounded."""
    await answered(operators, NotFoundError(resource_type="project", resource_id=CANARY))
    await answered(operators, route=None)

    answer = await operators.get("/metrics")

    assert CANARY not in answer.text
    assert 'http_route="_unmatched"' in answer.text


async def test_deliveries_are_counted(operators, receiver):
    """What was delivered, what was tried and why it failed, how long events took, what waits."""
    endpoint = await operators.pipeline.subscribe(receiver)
    await operators.pipeline.happen(endpoint)
    await operators.pipeline.webhooks.run_due()
    receiver.answer = http("500 Internal Server Error")
    await operators.pipeline.happen(endpoint)
    await operators.pipeline.webhooks.run_due()
    operators.clock.advance(25)

    found = await samples(operators)

    assert value(found, "webhook_deliveries_total", outcome="delivered") == 1
    assert value(found, "webhook_deliveries_total", outcome="exhausted") == 0
    assert value(found, "webhook_delivery_attempts_total", error_class="none") == 1
    assert value(found, "webhook_delivery_attempts_total", error_class="http") == 1
    assert value(found, "webhook_delivery_delay_seconds_count") == 1
    assert value(found, "webhook_pending") == 1
    assert 19 < value(found, "webhook_oldest_due_seconds") < 21
    assert value(found, "webhook_endpoint_state", endpoint=endpoint.id, state="active") == 1


async def test_counters_are_there_before_anything_happened(operators):
    """A rate needs a zero to begin with."""
    found = await samples(operators)

    zeros = {each.labels["error_class"] for each in found if "error_class" in each.labels}
    assert {"none", "timeout", "blocked"} <= zeros
    assert value(found, "fault_records_lost_total") == 0
    assert {"webhook_pending", "webhook_oldest_due_seconds"} <= {each.name for each in found}


async def test_a_broken_database_does_not_silence_the_rest(operators):
    """When the outbox cannot be read its numbers are missing, and only they."""
    await answered(operators)
    await operators.pipeline.database.write(
        lambda connection: connection.execute(text("ALTER TABLE webhook_deliveries RENAME TO gone"))
    )

    found = await samples(operators)

    assert value(found, "api_requests_total") == 1
    assert "webhook_pending" not in {each.name for each in found}


async def test_counting_goes_on_while_metrics_are_written(operators):
    """Requests that come while somebody reads hundreds of kinds are counted the next time."""
    for number in range(300):
        await answered(operators, route=f"/routes/{number}")
    reading = asyncio.ensure_future(samples(operators))
    for number in range(300, 400):
        await answered(operators, route=f"/routes/{number}")
        await asyncio.sleep(0)

    assert value(await reading, "api_requests_total") >= 300
    assert value(await samples(operators), "api_requests_total") == 400
