"""Discovery: which resources there are, for anybody who asks; and what time it is here."""

from collections.abc import Iterable

from failwell.apis.ixon.operations import for_anybody, rel_of
from failwell.apis.ixon.wire import listed, one, reply, reply_list
from failwell.core.clock import Clock, timestamp
from failwell.server.operation import Call, Operation, Reply
from failwell.server.schemas import MOMENT, answer

__all__ = ["Discovery"]

_RESOURCE = answer(
    rel={"type": "string"},
    href={"type": "string"},
    methods={"type": "array", "items": {"enum": ["DELETE", "GET", "PATCH", "POST", "PUT"]}},
)


class Discovery:
    """The endpoints that need no credentials.

    Args:
        others: Every other endpoint.
        prefix: In front of their paths.
        clock: Where the time comes from.
    """

    def __init__(self, others: Iterable[Operation], *, prefix: str, clock: Clock) -> None:
        self._clock = clock
        self._resources = _resources((*others, *self.operations()), prefix)

    async def list(self, _call: Call) -> Reply:
        """List every resource with what can be done to it."""
        return reply_list("Discovery", self._resources)

    async def time(self, _call: Call) -> Reply:
        """Tell the time."""
        return reply("ServerTime", {"time": timestamp(self._clock.now())})

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            for_anybody(
                "Discovery",
                "GET",
                "/",
                self.list,
                summary="List every resource.",
                returns=listed("Discovery", _RESOURCE),
            ),
            for_anybody(
                "ServerTime",
                "GET",
                "/server-time",
                self.time,
                summary="Tell the time.",
                returns=one("ServerTime", answer(time=MOMENT)),
            ),
        )


def _resources(operations: Iterable[Operation], prefix: str) -> list[dict[str, object]]:
    found: dict[tuple[str, str], list[str]] = {}
    for operation in operations:
        place = (rel_of(operation), operation.template(prefix))
        found.setdefault(place, []).append(operation.method)
    return [
        {"rel": rel, "href": href, "methods": sorted(methods)}
        for (rel, href), methods in found.items()
    ]
