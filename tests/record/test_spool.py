"""The file where batches wait: what is in it survives, and what is torn harms nobody."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from failwell.server.spool import Spool, SpoolFullError
from failwell.stores.faults import Kind, RecordBatch
from failwell.stores.outbox import NewDelivery

KIND = Kind("library", "/books/{id}", "not_found", 404, False)


def batch(name: str, record=None) -> RecordBatch:
    delivery = NewDelivery(
        id=f"dlv_{name}",
        event_id="msg_1",
        endpoint_id="whk_1",
        api=None,
        tenant=None,
        event_type="error.occurred",
        body=b"\x00\xff bytes\n",
        created_at=1.5,
    )
    return RecordBatch(
        id=name,
        records=() if record is None else (record(cause="line 1\nline 2 \ud83d", body="\u2028"),),
        counts=((60, KIND, 2),),
        deliveries=(delivery,),
        flooded=(("whk_1", 60, "not_found", 3),),
    )


@pytest.fixture
def spool(tmp_path):
    """An empty spool."""
    return Spool(tmp_path / "spool.jsonl")


def read_all(spool):
    """Read every line: batches, and None for what is torn."""
    found, offset = [], 0
    while (line := spool.read(offset)) is not None:
        offset += len(line[0])
        found.append(line[1])
    return found, offset


def test_a_batch_comes_back_as_it_was(spool, record):
    """Records, counts, bytes of deliveries and floods are the same after the file."""
    given = batch("b1", lambda **fields: record(**fields | {"cause": "line 1\nline 2"}))

    spool.add(given)
    spool.add(batch("b2"))

    found, _ = read_all(Spool(spool.path))
    assert found == [given, batch("b2")]


def test_the_file_is_private(spool):
    """Nobody else on the machine reads what waits."""
    spool.add(batch("b1"))

    assert stat.S_IMODE(spool.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("cut", [1, 40, 2])
def test_a_torn_last_line_costs_only_itself(spool, cut):
    """A process killed in the middle of a line leaves the lines before and after it readable."""
    spool.add(batch("b1"))
    spool.add(batch("b2"))
    spool.path.write_bytes(spool.path.read_bytes()[:-cut])
    spool = Spool(spool.path)

    spool.add(batch("b3"))

    found, _ = read_all(spool)
    torn = batch("b2") if cut == 1 else None
    assert found == [batch("b1"), torn, batch("b3")]


def test_it_is_emptied_only_of_what_was_read(spool):
    """A batch that came in the meantime stays."""
    spool.add(batch("b1"))
    _, offset = read_all(spool)
    spool.add(batch("b2"))

    emptied_too_early = spool.clear(offset)
    _, offset = read_all(spool)

    assert not emptied_too_early
    assert spool.clear(offset)
    assert spool.is_empty


def test_it_does_not_grow_for_ever(tmp_path):
    """Beyond its bound it takes nothing, and what is in it stays."""
    spool = Spool(tmp_path / "spool.jsonl", most_bytes=1000)
    spool.add(batch("b1"))

    with pytest.raises(SpoolFullError):
        spool.add(batch("b" * 1000))

    assert read_all(spool)[0][0] == batch("b1")


def test_lines_of_several_threads_do_not_mix(spool):
    """Every batch of many writers is whole."""
    names = [f"b{number}" for number in range(40)]

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda name: spool.add(batch(name)), names))

    found, _ = read_all(spool)
    assert sorted(each.id for each in found) == sorted(names)


def test_what_is_rejected_lies_beside_it(spool):
    """A line that can never be loaded is kept for people."""
    spool.add(batch("b1"))
    line, _ = spool.read(0)

    spool.reject(line)

    assert spool.path.with_name("spool.rejected.jsonl").read_bytes() == line
