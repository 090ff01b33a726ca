"""Bringing proxies to environments and taking them away."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from failwell.apis.apinizer.deployment_rows import (
    Row,
    begin_deployment,
    finish_deployment,
)
from failwell.apis.apinizer.environment_rows import find_environment
from failwell.core.clock import Clock
from failwell.stores.database import Database

__all__ = ["Deploying", "deployed", "undeployed"]

_GRACE = 10.0
"""Seconds a deployment may take longer than planned before it no longer counts."""


class Deploying:
    """Brings proxies to environments.

    Args:
        database: ``apinizer.db``.
        clock: Where the time comes from.
        seconds: How long that takes.
    """

    def __init__(self, database: Database, *, clock: Clock, seconds: float) -> None:
        self._database = database
        self._clock = clock
        self._seconds = seconds

    def begin(
        self, connection: Connection, tenant_id: str, proxy: Row, names: Iterable[str]
    ) -> list[Row]:
        """Write down where a proxy is going, and return the environments.

        Raises:
            NotFoundError: There is no such environment; nothing is written then.
            ConflictError: A deployment of it to one of them is running.
        """
        now = self._clock.now()
        found = [find_environment(connection, tenant_id, name) for name in names]
        for environment in found:
            begin_deployment(
                connection, proxy, environment, now=now, until=now + self._seconds + _GRACE
            )
        return found

    async def finish(self, proxy: Row, places: Sequence[Row]) -> list[tuple[str, bool]]:
        """Bring a proxy to where it is going; says for each environment whether it arrived."""
        if not places:
            return []
        await asyncio.sleep(self._seconds)
        now = self._clock.now()
        return await self._database.write(
            lambda connection: [
                (place["name"], finish_deployment(connection, proxy, place, now=now))
                for place in places
            ]
        )


def deployed(results: Sequence[tuple[str, bool]]) -> dict[str, Any]:
    """Write what came of a deployment."""
    words = {True: "Deployment successful", False: "Deployment was interrupted"}
    return _result([(name, done, words[done]) for name, done in results])


def undeployed(names: Iterable[str]) -> dict[str, Any]:
    """Write that a proxy was taken away from some environments."""
    return _result([(name, True, "Undeployment successful") for name in names])


def _result(results: Sequence[tuple[str, bool, str]]) -> dict[str, Any]:
    done = all(success for _, success, _ in results)
    return {
        "success": True,
        "deploymentResult": {
            "success": done,
            "deploymentResults": [
                {"environmentName": name, "success": success, "message": message}
                for name, success, message in results
            ],
        },
    }
