"""``POST /data``: what machines logged, raw or condensed.

Points are read a chunk at a time with a breath in between, so that a large request leaves
room for every other one. How long it takes depends on how much was asked for; past the
deadline the work stops.
"""

import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection

from failwell.apis.ixon.data_query import evaluate
from failwell.apis.ixon.data_rows import Point, find_source, find_tag, read_chunk
from failwell.apis.ixon.data_schemas import DATA, DATA_REQUEST
from failwell.apis.ixon.moments import seconds_of
from failwell.apis.ixon.operations import for_company
from failwell.apis.ixon.wire import found_in_body, items_of
from failwell.core.clock import Clock
from failwell.core.exceptions import ValidationError
from failwell.core.fault import Location, Violation
from failwell.core.situation import Situation
from failwell.server.guards.deadline import Deadline
from failwell.server.operation import Call, Operation, Reply
from failwell.server.workers import Workers
from failwell.stores.database import Database

__all__ = ["Data"]

_CHUNK = 250
_PORTION = 1000
_BREATH = 0.005
_MOST_VALUES = 500_000
_DAY = 86_400

_encode = msgspec.json.Encoder().encode


class _StoppedError(Exception):
    """Nobody waits for the answer any more."""


class _Range(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a request, with everything looked up."""

    start: int
    end: int
    zone: str
    source: str
    queries: tuple[tuple[int, str, Mapping[str, Any]], ...]
    place: tuple[int, ...]

    @property
    def descending(self) -> bool:
        return all(query.get("order") == "desc" for _, _, query in self.queries)


class Data:
    """The endpoint of logged data.

    Args:
        database: ``ixon.db``.
        workers: Threads for the work.
        deadline: Seconds a request may take.
        clock: Where the time comes from.
    """

    def __init__(
        self, database: Database, *, workers: Workers, deadline: float, clock: Clock
    ) -> None:
        self._database = database
        self._workers = workers
        self._deadline = Deadline(seconds=deadline)
        self._clock = clock

    async def read(self, call: Call) -> Reply:
        """Answer every query of the request."""
        tenant, body, now = call.tenant, call.body, int(self._clock.now())
        ranges = await self._database.read(
            lambda connection: [
                _looked_up(connection, tenant, place, each, now=now)
                for place, each in items_of(body)
            ]
        )
        stop = threading.Event()
        try:
            answers = await self._workers.run(_Reading(self._database, stop).answer, ranges)
        finally:
            # When the deadline cut the waiting short, the thread has to be told.
            stop.set()
        return Reply(body=_joined(answers, several=isinstance(body, list)))

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoint."""
        return (
            for_company(
                "DataList",
                "POST",
                "/data",
                self.read,
                permission="data:view",
                summary="Read what was logged, raw or condensed.",
                body=DATA_REQUEST,
                returns=DATA,
                situations=(Situation.NOT_FOUND, Situation.UNPROCESSABLE),
                deadline=self._deadline,
            ),
        )


def _joined(answers: list[bytes], *, several: bool) -> bytes:
    if not several:
        return b'{"type":"DataList","data":' + answers[0] + b',"status":"success"}'
    data = b",".join(answers)
    return b'{"type":"DataList","data":[' + data + b'],"moreAfter":null,"status":"success"}'


def _looked_up(
    connection: Connection,
    company_id: str,
    place: tuple[int, ...],
    given: Mapping[str, Any],
    *,
    now: int,
) -> _Range:
    source_id = given["source"]["publicId"]
    source = find_source(connection, company_id, source_id)
    found_in_body(source, "data_source", *place, "source", "publicId")
    queries = []
    for index, wanted in enumerate(given["tags"]):
        tag = find_tag(connection, company_id, source_id, wanted)
        row = found_in_body(tag, "data_tag", *place, "tags", index)
        queries += [
            (row["number"], query.get("ref", row["slug"]), query)
            for query in wanted.get("queries", ({},))
        ]
    end = int(seconds_of(given["end"])) if "end" in given else now
    start = int(seconds_of(given["start"])) if "start" in given else max(0, end - _DAY)
    zone = given.get("timeZone", "UTC")
    return _Range(
        start=start, end=end, zone=zone, source=source_id, queries=tuple(queries), place=place
    )


class _Reading:
    """The work on one request, in a thread of its own."""

    def __init__(self, database: Database, stop: threading.Event) -> None:
        self._database = database
        self._stop = stop
        self._unbreathed = 0
        self._values = 0

    def answer(self, ranges: list[_Range]) -> list[bytes]:
        """Write the answer to each range."""
        return [self._range(each) for each in ranges]

    def _range(self, wanted: _Range) -> bytes:
        found: dict[int, dict[str, float | None]] = {}
        for number, ref, query in wanted.queries:
            stream = self._stream(wanted, number, descending=query.get("order") == "desc")
            for time, value in evaluate(stream, query, start=wanted.start):
                found.setdefault(time, {})[ref] = value
                self._count(wanted)
        zone: tzinfo = UTC if wanted.zone == "UTC" else ZoneInfo(wanted.zone)
        head = _encode(
            {
                "start": _written(wanted.start, zone),
                "end": _written(wanted.end, zone),
                "timeZone": wanted.zone,
                "source": {"publicId": wanted.source},
            }
        )
        times = sorted(found, reverse=wanted.descending)
        points = b",".join(self._portions(found, times, zone))
        return head[:-1] + b',"points":[' + points + b"]}"

    def _portions(
        self, found: Mapping[int, Mapping[str, float | None]], times: list[int], zone: tzinfo
    ) -> Iterator[bytes]:
        for first in range(0, len(times), _PORTION):
            portion = times[first : first + _PORTION]
            shown = [{"time": _written(time, zone), "values": found[time]} for time in portion]
            yield _encode(shown)[1:-1]
            self._breathe()

    def _stream(self, wanted: _Range, number: int, *, descending: bool) -> Iterator[Point]:
        start, end = wanted.start, wanted.end
        while start <= end:
            chunk = self._chunk(number, start, end, descending=descending)
            yield from chunk
            if len(chunk) < _CHUNK:
                return
            start, end = (start, chunk[-1][0] - 1) if descending else (chunk[-1][0] + 1, end)

    def _chunk(self, number: int, start: int, end: int, *, descending: bool) -> list[Point]:
        chunk = self._database.read_now(
            lambda connection: read_chunk(
                connection, number, start=start, end=end, descending=descending, size=_CHUNK
            )
        )
        self._unbreathed += len(chunk) + 1
        if self._unbreathed >= _CHUNK:
            self._breathe()
        return chunk

    def _breathe(self) -> None:
        """Let others have the processor for a moment, and look whether anybody still waits."""
        self._unbreathed = 0
        if self._stop.wait(_BREATH):
            raise _StoppedError

    def _count(self, wanted: _Range) -> None:
        self._values += 1
        if self._values > _MOST_VALUES:
            # More would not fit into the memory that one caller may have.
            where = Violation(code="invalid_value", location=Location((*wanted.place, "tags")))
            raise ValidationError(situation=Situation.UNPROCESSABLE, violations=[where])


def _written(seconds: int, zone: tzinfo) -> str:
    text = datetime.fromtimestamp(seconds, zone).isoformat()
    return text.replace("+00:00", "Z") if zone is UTC else text
