"""API proxies: what a gateway answers with, made from a specification or from nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from failwell.apis.apinizer.access import Access, check_roles, roles_in
from failwell.apis.apinizer.authentication import BEARER
from failwell.apis.apinizer.deploying import Deploying, deployed, undeployed
from failwell.apis.apinizer.deployment_rows import deployments_of, remove_proxy
from failwell.apis.apinizer.project_rows import Row, find_project
from failwell.apis.apinizer.proxy_rows import (
    add_proxy,
    change_proxy,
    check_name,
    count_proxies,
    find_proxy,
    list_proxies,
    replace_proxy,
)
from failwell.apis.apinizer.proxy_schemas import (
    DEPLOYED,
    METADATA,
    NEW_PROXY,
    PROXY,
    PROXY_ITEM,
)
from failwell.apis.apinizer.proxy_wire import (
    REVERSE_PROXY,
    metadata_of,
    proxy_item,
    proxy_of,
    shown_proxy,
)
from failwell.apis.apinizer.specification import Specifications
from failwell.apis.apinizer.wire import (
    DEPLOY,
    DONE,
    MANAGE,
    PAGE_QUERY,
    SUCCEEDED,
    counted,
    listing,
    page_of,
)
from failwell.core.clock import Clock
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.stores.database import Database

__all__ = ["ApiProxies"]

_LIST = "/projects/{projectName}/apiProxies/"
_ONE = "/projects/{projectName}/apiProxies/{apiProxyName}/"


class ApiProxies:
    """The endpoints of proxies.

    Args:
        database: ``apinizer.db``.
        specifications: Fetches and checks specifications.
        deploying: Brings proxies to environments.
        clock: Where the time comes from.
    """

    def __init__(
        self,
        database: Database,
        *,
        specifications: Specifications,
        deploying: Deploying,
        clock: Clock,
    ) -> None:
        self._database = database
        self._access = Access(database)
        self._specifications = specifications
        self._deploying = deploying
        self._clock = clock

    async def list(self, call: Call) -> Reply:
        """List one page of the proxies of a project."""
        page = page_of(call)

        def read(connection: Connection) -> tuple[list[Row], int]:
            project_id = _project(connection, call)["id"]
            return (
                list_proxies(connection, project_id, page),
                count_proxies(connection, project_id),
            )

        rows, total = await self._database.read(read)
        return listing([proxy_item(row) for row in rows], total)

    async def create(self, call: Call) -> Reply:
        """Make a proxy, or give the one of this name a new specification."""
        await self._database.read(lambda connection: _check(connection, call))
        summary = await self._summary(call.body)
        proxy, places = await self._database.write(
            lambda connection: self._store(connection, call, summary)
        )
        return Reply(body=deployed(await self._deploying.finish(proxy, places)))

    async def get(self, call: Call) -> Reply:
        """Read a proxy."""

        def read(connection: Connection) -> tuple[Row, list[Row]]:
            proxy = _proxy(connection, call)
            return proxy, deployments_of(connection, proxy)

        proxy, places = await self._database.read(read)
        return Reply(body=shown_proxy(proxy, places))

    async def delete(self, call: Call) -> Reply:
        """Delete a proxy and take it away from every environment."""
        now = self._clock.now()

        def remove(connection: Connection) -> list[str]:
            proxy, roles = _proxy(connection, call), _roles(connection, call)
            names = remove_proxy(connection, proxy, now=now)
            if names:
                check_roles(roles, (DEPLOY,))
            return names

        return Reply(body=undeployed(await self._database.write(remove)))

    async def change_metadata(self, call: Call) -> Reply:
        """Change the members that are given."""
        changes, now = metadata_of(call.body), self._clock.now()

        def change(connection: Connection) -> None:
            proxy = _proxy(connection, call)
            change_proxy(connection, proxy["id"], changes, now=now)

        await self._database.write(change)
        return Reply(body=SUCCEEDED)

    async def _summary(self, body: Mapping[str, Any]) -> dict[str, Any]:
        if body["apiProxyCreationType"] == REVERSE_PROXY:
            return {}
        headers = {
            each["headerName"]: each["headerValue"]
            for each in body.get("specAuthorizationValueList", ())
        }
        return await self._specifications.read(
            body["apiProxyCreationType"], body["specUrl"], headers
        )

    def _store(
        self, connection: Connection, call: Call, summary: Mapping[str, Any]
    ) -> tuple[Row, Sequence[Row]]:
        project, body = _project(connection, call), call.body
        store = replace_proxy if body.get("reParse", False) else add_proxy
        members = proxy_of(body) | {"specification": dict(summary)}
        proxy = store(connection, project["id"], members, now=self._clock.now())
        names = body.get("deployTargetEnvironmentNameList", ()) if body.get("deploy") else ()
        return proxy, self._deploying.begin(connection, call.tenant, proxy, names)

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="GET",
                path=_LIST,
                handler=self.list,
                id="listApiProxies",
                summary="List the proxies of a project by name.",
                tags=("apiProxies",),
                auth=BEARER,
                existence=self._access.needs(),
                query=PAGE_QUERY,
                returns=counted(PROXY_ITEM),
                situations=(Situation.NO_PERMISSION,),
            ),
            Operation(
                method="POST",
                path=f"{_LIST}url/",
                handler=self.create,
                id="createApiProxy",
                summary="Create a proxy from a specification, or a reverse proxy.",
                tags=("apiProxies",),
                auth=BEARER,
                existence=self._access.needs(MANAGE),
                body=NEW_PROXY,
                returns=DEPLOYED,
                situations=(
                    Situation.NO_PERMISSION,
                    Situation.NOT_FOUND,
                    Situation.CONFLICT,
                    Situation.UNPROCESSABLE,
                ),
            ),
            Operation(
                method="GET",
                path=_ONE,
                handler=self.get,
                id="getApiProxy",
                summary="Read a proxy.",
                tags=("apiProxies",),
                auth=BEARER,
                existence=self._access.needs(),
                returns=PROXY,
                situations=(Situation.NO_PERMISSION, Situation.NOT_FOUND),
            ),
            Operation(
                method="DELETE",
                path=_ONE,
                handler=self.delete,
                id="deleteApiProxy",
                summary="Delete a proxy and take it away from every environment.",
                tags=("apiProxies",),
                auth=BEARER,
                existence=self._access.needs(MANAGE),
                returns=DEPLOYED,
                situations=(Situation.NO_PERMISSION, Situation.NOT_FOUND, Situation.CONFLICT),
            ),
            Operation(
                method="PATCH",
                path=f"{_ONE}settings/metadata/",
                handler=self.change_metadata,
                id="changeApiProxyMetadata",
                summary="Change what describes a proxy.",
                tags=("apiProxies",),
                auth=BEARER,
                existence=self._access.needs(MANAGE),
                body=METADATA,
                returns=DONE,
                situations=(Situation.NO_PERMISSION, Situation.NOT_FOUND, Situation.CONFLICT),
            ),
        )


def _project(connection: Connection, call: Call) -> Row:
    return find_project(connection, call.tenant, call.path["projectName"])


def _proxy(connection: Connection, call: Call) -> Row:
    return find_proxy(connection, _project(connection, call)["id"], call.path["apiProxyName"])


def _roles(connection: Connection, call: Call) -> Any:
    return roles_in(connection, _project(connection, call), call)


def _check(connection: Connection, call: Call) -> None:
    """Refuse early what needs no look at the specification."""
    if call.body.get("deploy"):
        check_roles(_roles(connection, call), (DEPLOY,))
    if not call.body.get("reParse", False):
        check_name(connection, _project(connection, call)["id"], call.body["apiProxyName"])
