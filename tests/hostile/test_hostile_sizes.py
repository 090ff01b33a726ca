"""Bodies far too large: the answer can be read whatever the caller does with its body."""

import pytest

from tests.hostile.answer_rules import check_answer
from tests.hostile.big_requests import BIG, WAITING
from tests.hostile.hostile_caller import HostileCaller
from tests.hostile.hostile_request import CANARY, HostileRequest, post


@pytest.mark.parametrize("big", BIG, ids=lambda big: big.name)
def test_twenty_megabytes_are_refused_readably(caller: HostileCaller, big: HostileRequest) -> None:
    """Who sends everything before it reads gets the answer, not a reset connection."""
    caller.send(big)


@pytest.mark.parametrize("big", WAITING, ids=lambda big: big.name)
def test_nobody_is_asked_for_a_body_that_is_refused(
    caller: HostileCaller, big: HostileRequest
) -> None:
    """Who waits for "100 Continue" with a hopeless body gets the final answer at once."""
    filling = caller.secrets()
    with caller.connect(patience=2.0) as connection:
        connection.send(filling.fill(big.data))
        answer = connection.answer(interim=True)

        check_answer(answer, canary=filling.canary)
        caller.check_row(big.name, big.expected, answer)
        assert connection.rest() == b""


def test_a_body_that_is_wanted_is_asked_for(caller: HostileCaller) -> None:
    """Who waits for "100 Continue" with a good head gets it, then the answer to the body."""
    filling = caller.secrets()
    whole = filling.fill(post(b'{"secret":"' + CANARY + b'"}', b"Expect: 100-continue"))
    head, _, body = whole.partition(b"\r\n\r\n")
    with caller.connect() as connection:
        connection.send(head + b"\r\n\r\n")
        assert connection.answer(interim=True).status == 100
        connection.send(body)
        answer = connection.answer(interim=True)

        check_answer(answer, canary=filling.canary)
        assert (answer.status, b'"code":"required"' in answer.body) == (400, True)
