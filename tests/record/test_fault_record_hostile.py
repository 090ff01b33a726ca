"""Whatever a caller or an application says, its error is answered and its record can be stored."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from failwell.core.exceptions import ConflictError, NotFoundError, ValidationError
from failwell.core.fault import Location, Violation
from failwell.core.situation import Situation
from failwell.server.fault_recorder import FaultRecorder
from failwell.server.spool import Spool
from tests.record.answering import Shelf, api, ask

TEXTS = st.text(st.characters(), max_size=60) | st.sampled_from(
    ("\ud83d", "\x00", "\u202e\u2066", "<script>", "\x1b[31m", "x" * 5_000, "%00", "{", '"')
)
VALUES = st.recursive(
    TEXTS | st.none() | st.booleans() | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
RAISED = st.one_of(
    st.builds(RuntimeError, TEXTS),
    st.builds(lambda text: NotFoundError(text, resource_type="x", resource_id="1"), TEXTS),
    st.builds(lambda value: NotFoundError(resource_type="x", resource_id=value), VALUES),
    st.builds(lambda value: ConflictError(resource_type="x", field="y", value=value), VALUES),
    st.builds(
        lambda name, value: ValidationError(
            situation=Situation.INVALID,
            violations=(Violation(location=Location((name,)), params={"provided": value}),),
        ),
        TEXTS,
        VALUES,
    ),
)
FIELDS = st.dictionaries(
    st.sampled_from(("authorization", "cookie", "x-other", "x-request-id", "origin")),
    st.binary(max_size=80).map(lambda value: value.decode("latin-1")),
    max_size=4,
)


@pytest.fixture(scope="module")
def spool(tmp_path_factory):
    """A spool that takes everything: it writes what has to be written later."""
    return Spool(tmp_path_factory.mktemp("hostile") / "spool.jsonl")


@given(error=RAISED, path=TEXTS, query=TEXTS, headers=FIELDS)
@settings(max_examples=60)
def test_no_text_keeps_an_error_from_being_recorded(spool, error, path, query, headers):
    """Surrogates, zeros, escapes and deep values come out as a record that JSON can hold."""

    async def refuse(_exchange, scope):
        scope["path_params"] = {"book_id": path}
        raise error

    async def one():
        shelf = Shelf()
        recorder = FaultRecorder(shelf)
        answer = await ask(
            api(refuse, recorder),
            f"/{path}",
            query=query.encode("utf-8", "replace").decode("latin-1"),
            headers=headers,
        )
        await recorder.close()
        return answer, shelf

    answer, shelf = asyncio.run(one())

    (record,) = shelf.records
    assert record.request_id == answer.request_id
    spool.add(next(iter(shelf.batches.values())))
    assert len(record.body) <= 8_192 + 1_024
