"""AgentHuman, put together: its stores, its endpoints, its contract, in one application."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from failwell.apis.agenthuman.agents import Agents
from failwell.apis.agenthuman.api_keys import ApiKeys
from failwell.apis.agenthuman.authentication import API, SECURITY, authenticator
from failwell.apis.agenthuman.avatars import Avatars
from failwell.apis.agenthuman.image_source import ImageSource
from failwell.apis.agenthuman.recovery import Recovery
from failwell.apis.agenthuman.roles import Roles
from failwell.apis.agenthuman.rooms import Rooms
from failwell.apis.agenthuman.sessions import Sessions
from failwell.apis.agenthuman.settings import AgentHumanSettings
from failwell.apis.agenthuman.wire import PREFIX
from failwell.core.clock import Clock, SystemClock
from failwell.core.contract import Contract
from failwell.server.exchange import ASGIApp
from failwell.server.frameworks.starlette import build_api
from failwell.server.guards.quota import QuotaGuard, by_plan, minute
from failwell.server.hosted import HostedApi
from failwell.server.operation import Operation
from failwell.server.request_id import RequestIds
from failwell.server.workers import Workers
from failwell.stores.accounts import AccountStore
from failwell.stores.api_stores import ApiStores
from failwell.stores.credentials import CredentialStore
from failwell.stores.database import Database

__all__ = ["AgentHumanApi", "Parts", "assemble", "endpoints"]

# Decoding takes a core and a hundred megabytes for a moment: few at once, few waiting.
_PICTURE_THREADS = 2
_PICTURES_WAITING = 8

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What the endpoints of AgentHuman stand on."""

    database: Database
    """``agenthuman.db``."""

    accounts: AccountStore
    """Its accounts."""

    credentials: CredentialStore
    """Its keys."""

    rooms: Rooms
    """Opens rooms for sessions."""

    recovery: Recovery
    """Gives running sessions their rooms back after a restart."""

    images: ImageSource
    """Fetches pictures."""

    picture_workers: Workers
    """Decodes pictures."""

    settings: AgentHumanSettings
    """What the operator chose."""

    clock: Clock
    """Where the time comes from."""


class AgentHumanApi(HostedApi):
    """An AgentHuman that can be served.

    Args:
        stores: ``agenthuman.db`` and its part of ``failwell.db``.
        settings: What the operator chose.
        clock: Where the time comes from.
        options: Options of `failwell.server.failwell.Failwell`, and ``ready``.
    """

    def __init__(
        self,
        stores: ApiStores,
        *,
        settings: AgentHumanSettings | None = None,
        clock: Clock | None = None,
        **options: Any,
    ) -> None:
        contract = Contract.bundled(API)
        self.parts = parts = assemble(
            stores,
            settings=settings or AgentHumanSettings(),
            clock=clock or SystemClock(),
        )
        super().__init__(
            _application(parts, contract, stores, options),
            contract,
            beside=(
                parts.rooms,
                parts.recovery,
                parts.images,
                parts.picture_workers,
            ),
        )


def _application(
    parts: Parts,
    contract: Contract,
    stores: ApiStores,
    options: Mapping[str, Any],
) -> ASGIApp:
    settings, clock = parts.settings, parts.clock
    limits = by_plan({"every": (minute(settings.per_minute, settings.window_seconds),)})
    return build_api(
        endpoints(parts),
        contract,
        prefix=PREFIX,
        authenticator=authenticator(parts.credentials, clock=clock),
        quota=QuotaGuard(stores.quota, limits, clock=clock),
        maintenance=stores.maintenance,
        security=SECURITY,
        title="AgentHuman API",
        version="v1",
        clock=clock,
        # As long as the page shows them.
        **{"request_ids": RequestIds(digits=9, alphabet=_DIGITS), **options},
    )


def assemble(
    stores: ApiStores,
    *,
    settings: AgentHumanSettings,
    clock: Clock,
) -> Parts:
    """Make the parts that are AgentHuman's own from those it shares with others."""
    allow, deadline = tuple(map(str, settings.outbound_allow)), settings.deadline
    rooms = Rooms(settings.room_url, deadline=deadline, allow=allow)
    return Parts(
        database=stores.database,
        accounts=stores.accounts,
        credentials=stores.credentials,
        rooms=rooms,
        recovery=Recovery(
            stores.database, rooms=rooms, bundled=settings.room_url is None, clock=clock
        ),
        images=ImageSource(deadline=deadline, allow=allow),
        picture_workers=Workers(_PICTURE_THREADS, waiting=_PICTURES_WAITING, name="picture"),
        settings=settings,
        clock=clock,
    )


def endpoints(parts: Parts) -> Iterator[Operation]:
    """List every endpoint there is."""
    database, settings, clock = parts.database, parts.settings, parts.clock
    yield from Roles(database).operations()
    yield from Avatars(
        database, source=parts.images, workers=parts.picture_workers, clock=clock
    ).operations()
    yield from Agents(database, clock=clock).operations()
    yield from Sessions(
        database,
        rooms=parts.rooms,
        workers=settings.workers,
        lasts=settings.session_seconds,
        clock=clock,
    ).operations()
    yield from ApiKeys(parts.credentials).operations()
