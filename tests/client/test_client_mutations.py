"""Good answers with changed bytes: never anything but an answer or a typed error."""

import pickle
import time

import httpx2
import pytest

from failwell import FaultError
from failwell.resilience.policy import RetryPolicy
from tests.client.byte_server import ByteServer
from tests.client.calls import OK
from tests.client.driving import driving, outcome
from tests.client.hostile_answers import HOSTILE_ANSWERS
from tests.client.hostile_bodies import HOSTILE_BODIES
from tests.client.mutations import mutants
from tests.client.shop import SHOP

ONCE = RetryPolicy(attempts=1)
SETTINGS = {"retry": ONCE, "timeout": 0.3, "deadline": 0.8}


@pytest.fixture(scope="module")
def asyncio_alone():
    """For what differs in the answers and not in the worlds."""
    with driving("asyncio") as one:
        yield one


@pytest.mark.parametrize("contract", [None, SHOP, "connix"], ids=["no contract", "shop", "connix"])
@pytest.mark.parametrize("seed", range(4))
def test_changed_bytes_never_lead_to_anything_else(drive, seed, contract, fuzzing):
    """Each of many changed answers is read or becomes an error that can be shown and stored."""
    answers = list(mutants(seed, 2000 if fuzzing else 40))

    def script(seen):
        return OK if seen.target == "/well" else answers[int(seen.target[1:])]

    with ByteServer(script) as server:
        client = drive.client(server.url, contract=contract, redirects=0, **SETTINGS)
        for number, answer in enumerate(answers):
            assert_known(outcome(lambda n=number: client.get(f"/{n}")), answer)
        assert client.get("/well", deadline=5.0, timeout=5.0).status_code == 200


def assert_known(ended, answer):
    if isinstance(ended, httpx2.Response):
        assert ended.status_code < 300 or ended.status_code == 304, answer.data
        return
    assert isinstance(ended, FaultError), (ended, answer.data)
    text = str(ended)
    assert text.isprintable(), answer.data
    assert len(text.encode()) <= 1024, answer.data
    assert str(pickle.loads(pickle.dumps(ended))) == text, answer.data
    assert ended.support_text(), answer.data


@pytest.mark.parametrize("hostile", HOSTILE_ANSWERS + HOSTILE_BODIES, ids=lambda each: each.name)
def test_streams_of_hostile_servers_end_in_time_and_typed(asyncio_alone, hostile):
    """Reading piece by piece is as safe as reading at once."""
    with ByteServer(lambda seen: OK if seen.target == "/well" else hostile.answer) as server:
        client = asyncio_alone.client(server.url, **SETTINGS)

        def read():
            with client.stream("GET", "/") as answer:
                return sum(len(piece) for piece in answer.iter_bytes())

        started = time.monotonic()
        ended = outcome(read)
        assert time.monotonic() - started < 1.3
        assert client.get("/well", deadline=5.0, timeout=5.0).status_code == 200
    assert isinstance(ended, FaultError | int), repr(ended)
