"""What waits for the disk before it is answered, what does not, and what a flood leaves."""

import asyncio
import json
import sqlite3

import pytest

from failwell.core.exceptions import ConflictError, NotFoundError, UnavailableError
from failwell.server.failwell import Failwell
from failwell.server.fault_recorder import FaultRecorder
from failwell.server.spool import Spool
from failwell.testing import FakeClock
from tests.record.answering import CONNIX, Fan, Shelf, api, ask


@pytest.fixture
def shelf():
    """A store in memory."""
    return Shelf()


async def crash(_exchange, _scope):
    raise RuntimeError("a bug")


async def miss(exchange, _scope):
    exchange.route = "/projects/{project_id}"
    raise NotFoundError(resource_type="project", resource_id="proj_1234567890abcdef")


async def ready(awaitable) -> bool:
    """Tell whether something is done after everything that can run has run."""
    for _ in range(20):
        await asyncio.sleep(0)
    return awaitable.done()


async def test_webhooks_w15_a_5xx_is_answered_after_its_record_is_on_the_disk(shelf):
    """Who has the answer of a crash with its request id can ask for its record."""
    recorder = FaultRecorder(shelf)
    shelf.gate.clear()
    answering = asyncio.create_task(ask(api(crash, recorder)))

    answered_before = await ready(answering)
    shelf.gate.set()
    answer = await answering

    assert not answered_before
    assert [record.request_id for record in shelf.records] == [answer.request_id]
    await recorder.close()


async def test_webhooks_w15_what_a_webhook_tells_of_is_answered_after_its_delivery_is_on_the_disk(
    shelf,
):
    """A 4xx waits too when somebody is told of it, and both are in one batch."""
    told = []
    recorder = FaultRecorder(shelf, subscribers=Fan(), committed=lambda: told.append(1))
    shelf.gate.clear()
    answering = asyncio.create_task(ask(api(miss, recorder)))

    answered_before = await ready(answering)
    told_before = list(told)
    shelf.gate.set()
    answer = await answering

    (batch,) = shelf.batches.values()
    assert (answered_before, told_before, told) == (False, [], [1])
    assert [record.request_id for record in batch.records] == [answer.request_id]
    assert [each.id for each in batch.deliveries] == [f"dlv_{answer.request_id}"]
    await recorder.close()


async def test_other_errors_leave_at_once_and_are_written_together(shelf):
    """Twenty 4xx wait for nobody and become one batch."""
    recorder = FaultRecorder(shelf, every=60.0, subscribers=Fan(wants=False))
    app = api(miss, recorder)

    answers = [await ask(app) for _ in range(20)]

    assert shelf.offered == []
    await recorder.flush()
    (batch,) = shelf.batches.values()
    assert [record.request_id for record in batch.records] == [each.request_id for each in answers]
    await recorder.close()


async def test_what_is_queued_is_written_soon_although_nobody_waits(shelf):
    """No further request is needed for the record of the last one."""
    recorder = FaultRecorder(shelf, every=0.01)

    await ask(api(miss, recorder))
    await shelf.taken.wait()

    assert shelf.total == 1
    await recorder.close()


async def test_answers_that_wait_at_the_same_time_share_a_commit(shelf):
    """While one batch is written, the next one gathers everything that comes."""
    recorder = FaultRecorder(shelf)
    app = api(crash, recorder)
    shelf.gate.clear()
    first = asyncio.create_task(ask(app))
    await ready(first)

    others = [asyncio.create_task(ask(app)) for _ in range(10)]
    await ready(others[0])
    shelf.gate.set()
    await asyncio.gather(first, *others)

    assert [len(batch.records) for batch in shelf.offered] == [1, 10]
    await recorder.close()


async def test_a_caller_that_gives_up_takes_nobody_with_it(shelf):
    """One cancelled request does not wake or cancel those that wait for the same commit."""
    recorder = FaultRecorder(shelf)
    app = api(crash, recorder)
    shelf.gate.clear()
    leaving, staying = asyncio.create_task(ask(app)), asyncio.create_task(ask(app))
    await ready(staying)

    leaving.cancel()
    await asyncio.wait((leaving,))
    still_waiting = not await ready(staying)
    shelf.gate.set()

    assert still_waiting
    assert (await staying).status == 500
    await recorder.close()


async def test_a_flood_leaves_a_sample_and_exact_counts(shelf):
    """Of five hundred equal errors in a second two hundred rows stay, and the number 500."""
    clock = FakeClock()
    recorder = FaultRecorder(shelf, clock=clock, every=60.0)
    app = api(miss, recorder, clock=clock)

    for _ in range(500):
        await ask(app)
    clock.advance(1.0)
    await ask(app)
    await recorder.flush()

    assert len(shelf.records) == 201
    assert shelf.total == 501
    await recorder.close()


async def test_the_queue_is_bounded(shelf):
    """More rows than the queue takes are counted and not kept."""
    recorder = FaultRecorder(shelf, every=60.0, most_queued=5)
    app = api(miss, recorder)

    for _ in range(8):
        await ask(app)
    await recorder.flush()

    assert (len(shelf.records), shelf.total) == (5, 8)
    await recorder.close()


async def test_what_floods_an_endpoint_is_counted_in_the_same_batch(shelf):
    """Events beyond the rate limit of an endpoint are added up by window and code."""
    recorder = FaultRecorder(shelf, subscribers=Fan(flooded=(("whk_2", 60, "not_found", 1),)))
    app = api(crash, recorder)

    await asyncio.gather(ask(app), ask(app))

    flooded = [row for batch in shelf.batches.values() for row in batch.flooded]
    assert sum(count for *_, count in flooded) == 2
    await recorder.close()


async def test_a_subscriber_that_breaks_costs_neither_answer_nor_record(shelf, caplog):
    """A bug of the webhooks is not a bug of the API."""

    class Broken(Fan):
        def match(self, _record, /):
            raise ValueError

    recorder = FaultRecorder(shelf, subscribers=Broken())

    answer = await ask(api(crash, recorder))

    assert [record.request_id for record in shelf.records] == [answer.request_id]
    assert "could not be found" in caplog.text
    await recorder.close()


async def test_a_good_answer_is_no_business_of_the_recorder(shelf):
    """Success leaves no record, no count and no waiting task."""

    async def fine(_exchange, _scope):
        pass

    recorder = FaultRecorder(shelf)

    answer = await ask(api(fine, recorder))

    assert answer.status == 200
    await recorder.flush()
    assert shelf.offered == []


async def test_an_error_of_the_application_itself_is_recorded(shelf):
    """What an application answers by itself, in the words of the contract, has its record too."""
    wire = CONNIX.golden("resource_not_found")

    async def app(_scope, _receive, send):
        fields = [(name.encode(), value.encode()) for name, value in wire.headers]
        await send({"type": "http.response.start", "status": 404, "headers": fields})
        await send({"type": "http.response.body", "body": wire.body})

    recorder = FaultRecorder(shelf)
    answer = await ask(Failwell(app, CONNIX, faults=recorder))
    await recorder.close()

    (record,) = shelf.records
    assert (answer.status, record.request_id) == (404, answer.request_id)
    assert (record.code, record.severity) == ("resource_not_found", "low")
    assert json.loads(record.body).keys() == answer.body.keys()


LOCKED = sqlite3.OperationalError("database is locked")


async def test_a_store_that_cannot_write_costs_no_answer(shelf, tmp_path):
    """The caller gets the answer of the contract, and the record waits in a file."""
    shelf.refusal = LOCKED
    spool = Spool(tmp_path / "spool.jsonl")
    recorder = FaultRecorder(shelf, spool=spool, subscribers=Fan())

    answer = await ask(api(crash, recorder))

    assert answer.status == 500
    found = spool.read(0)
    assert found is not None
    assert [record.request_id for record in found[1].records] == [answer.request_id]
    shelf.refusal = None
    await recorder.close()
    assert [record.request_id for record in shelf.records] == [answer.request_id]
    assert spool.is_empty


async def test_while_the_store_is_down_nobody_waits_for_it(shelf, tmp_path):
    """Only the first answer finds out; the next ones go to the file at once."""
    shelf.refusal = LOCKED
    recorder = FaultRecorder(shelf, spool=Spool(tmp_path / "spool.jsonl"))
    app = api(crash, recorder)

    for _ in range(5):
        await ask(app)

    assert len(shelf.offered) == 1
    await recorder.close()


async def test_what_waited_is_loaded_by_itself_once_the_store_works(shelf, tmp_path):
    """Nobody has to help: records and deliveries appear, and the file is empty."""
    told = []
    spool = Spool(tmp_path / "spool.jsonl")
    recorder = FaultRecorder(
        shelf, spool=spool, subscribers=Fan(), committed=lambda: told.append(1)
    )
    app = api(miss, recorder)
    shelf.refusal = LOCKED
    waiting = {(await ask(app)).request_id for _ in range(3)}

    shelf.refusal = None
    await recorder.start()
    await shelf.taken.wait()

    later = (await ask(app)).request_id
    await recorder.close()

    assert {record.request_id for record in shelf.records} == waiting | {later}
    assert len(told) == len(shelf.batches)
    assert spool.is_empty


async def test_without_a_spool_records_wait_in_memory_up_to_a_bound(shelf):
    """What is beyond the bound is lost, and counted as lost."""
    shelf.refusal = LOCKED
    recorder = FaultRecorder(shelf, most_queued=3)
    app = api(crash, recorder)
    for _ in range(5):
        await ask(app)

    shelf.refusal = None
    await recorder.close()

    assert len(shelf.records) == 3
    assert recorder.lost == 2


async def test_close_writes_what_is_queued(shelf):
    """A server that ends takes no record with it."""
    recorder = FaultRecorder(shelf, every=60.0)
    answer = await ask(api(miss, recorder))

    await recorder.close()

    assert [record.request_id for record in shelf.records] == [answer.request_id]


async def test_close_waits_for_the_batch_that_is_being_written(shelf):
    """The end of a server comes after the answers it still owes."""
    recorder = FaultRecorder(shelf)
    shelf.gate.clear()
    answering = asyncio.create_task(ask(api(crash, recorder)))
    await ready(answering)

    closing = asyncio.create_task(recorder.close())
    closed_before = await ready(closing)
    shelf.gate.set()
    await closing

    assert not closed_before
    assert shelf.records[0].request_id == (await answering).request_id


@pytest.mark.parametrize(
    ("error", "planned"),
    [
        (UnavailableError(reason="maintenance"), True),
        (UnavailableError(reason="overload"), False),
        (ConflictError(resource_type="project", field="name", value="x"), False),
    ],
    ids=["maintenance", "overload", "conflict"],
)
async def test_answers_of_maintenance_are_counted_apart(shelf, error, planned):
    """A planned absence is no failure, whatever members the contract leaves out."""

    async def refuse(_exchange, _scope):
        raise error

    recorder = FaultRecorder(shelf)
    await ask(api(refuse, recorder))
    await recorder.close()

    ((_, kind, _),) = next(iter(shelf.batches.values())).counts
    assert (kind.planned, shelf.records[0].planned) == (planned, planned)
