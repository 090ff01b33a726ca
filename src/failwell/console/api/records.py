"""Fault records and their counts: what went wrong, looked up by request id or in a list."""

from collections.abc import Mapping
from typing import Any

from failwell.console.api.delivery_view import delivery_view
from failwell.console.api.moments import precise, seconds_of
from failwell.console.api.paging import before_of, page
from failwell.console.api.record_schemas import (
    CAUSE_QUERY,
    RATE_QUERY,
    RATES,
    RECORD_LOOKUP,
    RECORD_QUERY,
    RECORDS,
)
from failwell.console.api.record_view import entry_view, rate_view, record_view
from failwell.console.api.token import BEARER
from failwell.core.clock import Clock
from failwell.core.contract import Contract
from failwell.core.exceptions import NotFoundError
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.stores.faults import FaultRecord, FaultStore, RateQuery, RecordQuery
from failwell.stores.outbox import DeliveryQuery, OutboxStore

__all__ = ["Records"]

_STEPS = {"minute": 60.0, "hour": 3_600.0}
_USUAL_RANGE = 86_400.0
_MOST_DELIVERIES = 500
_MOST_RATES = 5_000


class Records:
    """The endpoints of records and rates.

    Args:
        faults: Where records are kept.
        outbox: Where deliveries are kept.
        contracts: Contract of each API, by its name.
        clock: Where the time comes from.
    """

    def __init__(
        self,
        faults: FaultStore,
        outbox: OutboxStore,
        *,
        contracts: Mapping[str, Contract],
        clock: Clock,
    ) -> None:
        self._faults = faults
        self._outbox = outbox
        self._contracts = contracts
        self._clock = clock

    async def list(self, call: Call) -> Reply:
        """List records, newest first."""
        query = call.query
        names = ("api", "route", "code", "status", "severity", "tenant")
        found = await self._faults.list(
            RecordQuery(
                **{name: query.get(name) for name in names},
                **_range(query),
                before_seq=before_of(query),
                limit=query["limit"] + 1,
            )
        )
        shown, following = page(found, query["limit"])
        views = [record_view(record) for record in shown]
        return Reply(body={"records": views, "next": following})

    async def get(self, call: Call) -> Reply:
        """Read everything that is known by a request id."""
        request_id = call.path["request_id"]
        found = await self._faults.find(request_id)
        if not found:
            raise await self._unknown(request_id)
        views = [await self._in_full(record, cause=call.query["cause"]) for record in found]
        ids = dict.fromkeys(record.request_id for record in found)
        told = [each for name in ids for each in await self._outbox.list(_telling_of(name))]
        return Reply(body={"records": views, "deliveries": [*map(delivery_view, told)]})

    async def rates(self, call: Call) -> Reply:
        """Count errors, apart by what the query names."""
        query, given = call.query, _range(call.query)
        step, now = _STEPS[query["step"]], self._clock.now()
        until = now if given["until"] is None else given["until"]
        since = until - _USUAL_RANGE if given["since"] is None else given["since"]
        # Counts are kept by the minute and the hour: a part of one cannot be told from the rest.
        since -= since % step
        names = ("api", "route", "code", "status", "planned")
        only: dict[str, Any] = {name: query.get(name) for name in names}
        found = await self._faults.rates(
            RateQuery(
                since=since,
                until=until,
                step=query["step"],
                by=tuple(query["by"]),
                limit=_MOST_RATES + 1,
                **only,
            )
        )
        body = {
            "since": precise(since),
            "until": precise(until),
            "step": query["step"],
            "records_since": precise(await self._faults.oldest()),
            "rates": [rate_view(each) for each in found[:_MOST_RATES]],
            "truncated": len(found) > _MOST_RATES,
        }
        return Reply(body=body)

    async def _in_full(self, record: FaultRecord, *, cause: bool) -> dict[str, Any]:
        contract = self._contracts.get(record.api)
        entry = None if contract is None else contract.codes.get(record.code)
        view = record_view(record) | {"catalogue": None if entry is None else entry_view(entry)}
        if cause:
            view["cause"] = await self._faults.cause(record.request_id)
        return view

    async def _unknown(self, request_id: str) -> NotFoundError:
        """Say how far back records reach: an id may be right and yet too old."""
        oldest, now = precise(await self._faults.oldest()), precise(self._clock.now())
        reach = "there are no records yet" if oldest is None else f"records reach back to {oldest}"
        return NotFoundError(
            resource_type="record",
            resource_id=request_id,
            reason=f"No error of this id is recorded; {reach}, and now it is {now}",
        )

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="GET",
                path="/records",
                handler=self.list,
                id="listRecords",
                summary="List error responses, newest first.",
                tags=("records",),
                auth=BEARER,
                query=RECORD_QUERY,
                returns=RECORDS,
            ),
            Operation(
                method="GET",
                path="/records/{request_id}",
                handler=self.get,
                id="getRecord",
                summary="Read everything that is known by a request id.",
                tags=("records",),
                auth=BEARER,
                query=CAUSE_QUERY,
                returns=RECORD_LOOKUP,
                situations=(Situation.NOT_FOUND,),
            ),
            Operation(
                method="GET",
                path="/rates",
                handler=self.rates,
                id="getRates",
                summary="Count error responses.",
                tags=("records",),
                auth=BEARER,
                query=RATE_QUERY,
                returns=RATES,
            ),
        )


def _telling_of(request_id: str) -> DeliveryQuery:
    return DeliveryQuery(request_id=request_id, limit=_MOST_DELIVERIES)


def _range(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: seconds_of(query[name]) if name in query else None for name in ("since", "until")}
