"""Bodies far too large: the answer can be read whatever the caller does with its body."""

import pytest

from tests.every_api.rows import ROWS
from tests.hostile.big_requests import BIG, WAITING
from tests.hostile.hostile_caller import HostileCaller
from tests.hostile.hostile_request import CANARY, HostileRequest, invalid, post

APIS = [api.name for api in ROWS]


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("big", BIG, ids=lambda big: big.name)
def test_twenty_megabytes_are_refused_readably(
    callers: dict[str, HostileCaller], api: str, big: HostileRequest
) -> None:
    """Who sends everything before it reads gets the answer, not a reset connection."""
    callers[api].send(big)


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("big", WAITING, ids=lambda big: big.name)
def test_nobody_is_asked_for_a_body_that_is_refused(
    callers: dict[str, HostileCaller], api: str, big: HostileRequest
) -> None:
    """Who waits for "100 Continue" with a hopeless body gets the final answer at once."""
    caller = callers[api]
    filling = caller.secrets()
    with caller.connect(patience=2.0) as connection:
        connection.send(filling.fill(big.data))
        answer = connection.answer(interim=True)

        caller.check(big.name, big.expected, answer, filling)
        assert connection.rest() == b""


@pytest.mark.parametrize("api", APIS)
def test_a_body_that_is_wanted_is_asked_for(callers: dict[str, HostileCaller], api: str) -> None:
    """Who waits for "100 Continue" with a good head gets it, then the answer to the body."""
    caller = callers[api]
    filling = caller.secrets()
    whole = filling.fill(post(b'{"secret":"' + CANARY + b'"}', b"Expect: 100-continue"))
    head, _, body = whole.partition(b"\r\n\r\n")
    with caller.connect() as connection:
        connection.send(head + b"\r\n\r\n")
        assert connection.answer(interim=True).status == 100
        connection.send(body)
        answer = connection.answer(interim=True)

        caller.check("a wanted body", invalid(("name", "required")), answer, filling)
