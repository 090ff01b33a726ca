"""A code of the contract is no secret: what was sent never changes which error it is."""

import httpx2
import pytest

from failwell.client import raise_for_fault
from failwell.core.contract import Contract
from failwell.core.wire import WireResponse
from tests.client.byte_server import reply, serve
from tests.client.driving import Drive

CONNIX = Contract.bundled("connix")
GOLDEN = CONNIX.golden("invalid_json")
SENT = {"X-API-Key": "json"}


def test_a_secret_inside_a_code_does_not_change_the_error(drive: Drive) -> None:
    """A key that happens to be a part of a code changes neither the code nor the class."""
    with serve(reply(GOLDEN.status, GOLDEN.body, GOLDEN.headers)) as server:
        api = drive.client(server.url, contract=CONNIX, headers=SENT)
        with pytest.raises(CONNIX.exception("invalid_json")) as caught:
            api.get("/")

    assert caught.value.code == "invalid_json"
    assert caught.value.attempts[0].code == "invalid_json"


def test_nor_does_it_in_responses_of_other_clients() -> None:
    """The same is true of a response that is read by itself."""
    with pytest.raises(CONNIX.exception("invalid_json")) as caught:
        raise_for_fault(_answer(GOLDEN), contract=CONNIX)

    assert caught.value.code == "invalid_json"


def _answer(golden: WireResponse) -> httpx2.Response:
    request = httpx2.Request("GET", "https://api.example.com/", headers=SENT)
    fields = list(golden.headers)
    return httpx2.Response(golden.status, headers=fields, content=golden.body, request=request)
