"""Invoking an agent: one call to the model behind it."""

from failwell.apis.connix.agent_rows import find_agent, touch_agent
from failwell.apis.connix.agent_schemas import INVOCATION, OUTPUT
from failwell.apis.connix.upstream import ModelProvider
from failwell.apis.connix.wire import BOTH
from failwell.core.clock import Clock
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.stores.database import Database

__all__ = ["Invocation"]


class Invocation:
    """The endpoint that gives an agent something to answer.

    Args:
        database: ``connix.db``.
        provider: The model behind the agents.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, provider: ModelProvider, clock: Clock) -> None:
        self._database = database
        self._provider = provider
        self._clock = clock

    async def invoke(self, call: Call) -> Reply:
        """Ask the model and pass its answer on."""
        tenant, agent_id = call.tenant, call.path["agent_id"]
        agent = await self._database.read(
            lambda connection: find_agent(connection, tenant, agent_id)
        )
        output = await self._provider.ask(agent["config"], call.body["input"])
        now = self._clock.now()
        # Nobody's answer waits for, or depends on, this note.
        self._database.offer(lambda connection: touch_agent(connection, agent_id, now=now))
        return Reply(body={"output": output})

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoint."""
        return (
            Operation(
                method="POST",
                path="/agents/{agent_id}/invoke",
                handler=self.invoke,
                id="invokeAgent",
                summary="Ask the model of an agent.",
                tags=("agents",),
                auth=BOTH,
                scopes=("agents:write",),
                body=INVOCATION,
                returns=OUTPUT,
                situations=(
                    Situation.NOT_FOUND,
                    Situation.BAD_GATEWAY,
                    Situation.GATEWAY_TIMEOUT,
                ),
            ),
        )
