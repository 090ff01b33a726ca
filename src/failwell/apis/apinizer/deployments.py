"""Deployments: a proxy at an environment."""

from sqlalchemy import Connection

from failwell.apis.apinizer.access import Access
from failwell.apis.apinizer.authentication import BEARER
from failwell.apis.apinizer.deploying import Deploying, deployed, undeployed
from failwell.apis.apinizer.deployment_rows import Row, remove_deployment
from failwell.apis.apinizer.environment_rows import find_environment
from failwell.apis.apinizer.project_rows import find_project
from failwell.apis.apinizer.proxy_rows import find_proxy
from failwell.apis.apinizer.proxy_schemas import DEPLOYED
from failwell.apis.apinizer.wire import DEPLOY
from failwell.core.clock import Clock
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.stores.database import Database

__all__ = ["Deployments"]

_PATH = "/projects/{projectName}/apiProxies/{apiProxyName}/environments/{environmentName}/"


class Deployments:
    """The endpoints of deployments.

    Args:
        database: ``apinizer.db``.
        deploying: Brings proxies to environments.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, deploying: Deploying, clock: Clock) -> None:
        self._database = database
        self._access = Access(database)
        self._deploying = deploying
        self._clock = clock

    async def deploy(self, call: Call) -> Reply:
        """Bring a proxy to an environment; one that is there already is brought anew."""

        def begin(connection: Connection) -> tuple[Row, list[Row]]:
            proxy = _proxy(connection, call)
            names = [call.path["environmentName"]]
            return proxy, self._deploying.begin(connection, call.tenant, proxy, names)

        proxy, places = await self._database.write(begin)
        return Reply(body=deployed(await self._deploying.finish(proxy, places)))

    async def undeploy(self, call: Call) -> Reply:
        """Take a proxy away from an environment."""
        name, now = call.path["environmentName"], self._clock.now()

        def undeploy(connection: Connection) -> None:
            proxy = _proxy(connection, call)
            environment = find_environment(connection, call.tenant, name)
            remove_deployment(connection, proxy, environment, now=now)

        await self._database.write(undeploy)
        return Reply(body=undeployed([name]))

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="POST",
                path=_PATH,
                handler=self.deploy,
                id="deployApiProxy",
                summary="Deploy a proxy to an environment.",
                tags=("deployments",),
                auth=BEARER,
                existence=self._access.needs(DEPLOY),
                returns=DEPLOYED,
                situations=(Situation.NO_PERMISSION, Situation.NOT_FOUND, Situation.CONFLICT),
            ),
            Operation(
                method="DELETE",
                path=_PATH,
                handler=self.undeploy,
                id="undeployApiProxy",
                summary="Take a proxy away from an environment.",
                tags=("deployments",),
                auth=BEARER,
                existence=self._access.needs(DEPLOY),
                returns=DEPLOYED,
                situations=(Situation.NO_PERMISSION, Situation.NOT_FOUND, Situation.CONFLICT),
            ),
        )


def _proxy(connection: Connection, call: Call) -> Row:
    project = find_project(connection, call.tenant, call.path["projectName"])
    return find_proxy(connection, project["id"], call.path["apiProxyName"])
