"""Every row of the matrix that `make peers` prints is green for our client.

The rows play against a process of its own, as they do for every other client, several of them
at a time, because most of what they do is wait.
"""

import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from benchmarks.peers.__main__ import OURS, column
from benchmarks.peers.matrix import SCENARIOS, Column

_AT_ONCE = 3
_IDS = [scenario.id for scenario in SCENARIOS]

Columns = Mapping[tuple[str, str], Future[Column]]


@pytest.fixture(scope="module")
def columns() -> Iterator[Columns]:
    """By client and row: the share of the column that has it, when it is done."""
    with ThreadPoolExecutor(_AT_ONCE * len(OURS)) as pool:
        found = {}
        for client in OURS:
            for start in range(_AT_ONCE):
                share = _IDS[start::_AT_ONCE]
                running = pool.submit(column, client, sys.executable, chosen=share)
                found |= {(client, row): running for row in share}
        yield found


@pytest.mark.parametrize("client", OURS)
@pytest.mark.parametrize("row", _IDS)
def test_a_row_of_the_matrix_is_green(columns: Columns, client: str, row: str):
    """Our client does what the row asks for, in threads and on asyncio."""
    verdict = columns[client, row].result().verdicts[row]

    assert verdict.passed, str(verdict)


def test_the_matrix_has_thirty_nine_rows():
    """No row goes missing unseen."""
    assert len(SCENARIOS) == 39
    assert len(set(_IDS)) == 39
