"""Hostile requests, one by one: an answer of the page, no echo, a connection in order."""

import pytest

from tests.every_api.rows import ROWS
from tests.hostile.hostile_caller import HostileCaller
from tests.hostile.hostile_request import HostileRequest
from tests.hostile.table import TABLE, rows_for

REQUESTS = [
    pytest.param(api.name, hostile, id=f"{api.name}: {hostile.name}")
    for api in ROWS
    for hostile in rows_for(api.name)
]


@pytest.mark.parametrize("api", [api.name for api in ROWS])
def test_the_table_is_long_and_every_row_has_its_name(api: str) -> None:
    """There are hundreds of hostile requests, and a failure names the one it is about."""
    rows = rows_for(api)
    assert len(TABLE) > 300
    assert len({hostile.name for hostile in rows}) == len(rows)
    assert len({(hostile.data, hostile.rest) for hostile in rows}) == len(rows)


@pytest.mark.parametrize(("api", "hostile"), REQUESTS)
def test_a_hostile_request_gets_an_answer_of_the_page(
    callers: dict[str, HostileCaller], api: str, hostile: HostileRequest
) -> None:
    """It is refused as the page refuses, or served; then the connection ends or goes on well."""
    callers[api].send(hostile)
