"""Running scenarios against clients, and the table that comes of it."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from benchmarks.peers.ask import Ask
from benchmarks.peers.bodies import BODIES
from benchmarks.peers.delays import DELAYS
from benchmarks.peers.peer import Peer
from benchmarks.peers.replays import REPLAYS
from benchmarks.peers.scenario import Observed, Scenario, Verdict, good
from tests.client.byte_server import ByteServer

__all__ = ["SCENARIOS", "Column", "as_json", "as_table", "judge"]

SCENARIOS: Sequence[Scenario] = (*DELAYS, *REPLAYS[:-1], *BODIES, REPLAYS[-1])
"""All 39 rows."""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """What one client achieved."""

    name: str

    verdicts: Mapping[str, Verdict]
    """By the id of the scenario."""

    @property
    def passed(self) -> int:
        """How many promises are kept."""
        return sum(verdict.passed is True for verdict in self.verdicts.values())

    @property
    def applicable(self) -> int:
        """How many rows say anything about the client."""
        return sum(verdict.passed is not None for verdict in self.verdicts.values())


def judge(scenario: Scenario, peer: Peer) -> Verdict:
    """Play one scenario against one client."""
    about = peer.about
    if scenario.body not in about.bodies or (
        scenario.needs is not None and scenario.needs not in about.retried
    ):
        return Verdict(None)
    return scenario.judge(_observe(scenario, peer))


def _observe(scenario: Scenario, peer: Peer) -> Observed:
    with (
        ByteServer(lambda _seen: good()) as other,
        ByteServer(lambda _seen: scenario.answer(server.count, other.url)) as server,
    ):
        # Some replies take long to make for the first time; no timeout should run meanwhile.
        scenario.answer(0, other.url)
        ask = Ask(scenario.method, server.url, scenario.body, scenario.contract)
        told = peer.call(ask, limit=scenario.limit)
        return Observed(told=told, requests=list(server.requests), elsewhere=other.count)


def as_table(columns: Sequence[Column]) -> str:
    """Write a Markdown table, one row per scenario and one column per client."""
    rows = [["behaviour", *(column.name for column in columns)]]
    for scenario in (each for each in SCENARIOS if each.id in columns[0].verdicts):
        cells = (str(column.verdicts[scenario.id]) for column in columns)
        rows.append([f"{scenario.id} {scenario.promise}", *cells])
    totals = (f"**{column.passed}/{column.applicable}**" for column in columns)
    rows.append(["**pass / applicable**", *totals])
    return "\n".join(_lines(rows))


def as_json(columns: Sequence[Column]) -> str:
    """Write the columns for machines."""
    found = [
        {**msgspec.structs.asdict(column), "passed": column.passed, "of": column.applicable}
        for column in columns
    ]
    return msgspec.json.format(msgspec.json.encode(found)).decode()


def _lines(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    for index, row in enumerate(rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"| {' | '.join(cells)} |"
        if index == 0:
            yield f"|{'|'.join('-' * (width + 2) for width in widths)}|"
