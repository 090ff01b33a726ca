"""Hostile requests, one by one: an answer of the page, no echo, a connection in order."""

import pytest

from tests.hostile.hostile_caller import HostileCaller
from tests.hostile.hostile_request import HostileRequest
from tests.hostile.table import TABLE


def test_the_table_is_long_and_every_row_has_its_name() -> None:
    """There are hundreds of hostile requests, and a failure names the one it is about."""
    assert len(TABLE) > 300
    assert len({hostile.name for hostile in TABLE}) == len(TABLE)
    assert len({hostile.data for hostile in TABLE}) == len(TABLE)


@pytest.mark.parametrize("hostile", TABLE, ids=lambda hostile: hostile.name)
def test_a_hostile_request_gets_an_answer_of_the_page(
    caller: HostileCaller, hostile: HostileRequest
) -> None:
    """It is refused as the page refuses, or served; then the connection ends or goes on well."""
    caller.send(hostile)
