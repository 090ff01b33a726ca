"""The payment page and its callback: here a customer decides, and goes back to the shop."""

from urllib.parse import urlencode, urlsplit, urlunsplit

from sqlalchemy import Connection

from failwell.apis.connxt.page_address import PAGE_PATH, PAGE_TOKEN
from failwell.apis.connxt.payment_page import PAGE_HEADERS, closed_page, payment_page
from failwell.apis.connxt.transaction_rows import Row, find_by_page, move
from failwell.apis.connxt.transaction_schemas import PAYMENT
from failwell.apis.connxt.transaction_states import FINAL, OUTCOMES, state_at
from failwell.core.clock import Clock
from failwell.core.exceptions import NotFoundError
from failwell.core.situation import Situation
from failwell.security.keys import digest
from failwell.server.operation import FORM, Call, Operation, Reply
from failwell.stores.database import Database

__all__ = ["Gateway"]

_HTML = "text/html"


class Gateway:
    """The endpoints of the payment page; who knows its address needs no token.

    Args:
        database: ``connxt.db``.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def show(self, call: Call) -> Reply:
        """Show the page, or how the payment ended."""
        page_hash, now = _page_hash(call), self._clock.now()
        row = await self._database.read(lambda connection: find_by_page(connection, page_hash))
        status = state_at(row["status"], expires_at=row["expires_at"], now=now)
        page = closed_page(row, status) if status in FINAL else payment_page(row)
        return Reply(body=page, headers=PAGE_HEADERS, media=f"{_HTML}; charset=utf-8")

    async def decide(self, call: Call) -> Reply:
        """Write down what the customer decided, and send the customer back.

        Whoever comes a second time, or too late, is sent back as it ended before.
        """
        page_hash, outcome, now = _page_hash(call), call.body["outcome"], self._clock.now()

        def settle(connection: Connection) -> tuple[Row, str]:
            row = find_by_page(connection, page_hash)
            status = state_at(row["status"], expires_at=row["expires_at"], now=now)
            if row["status"] not in FINAL:
                states = ("FAILED",) if status in FINAL else OUTCOMES[outcome]
                move(connection, row["id"], *states, now=now)
                status = states[-1]
            return row, status

        row, status = await self._database.write(settle)
        location = _way_back(row, status) or _own_path(call)
        return Reply(headers=(("Location", location), ("Cache-Control", "no-store")))

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="GET",
                path=PAGE_PATH,
                handler=self.show,
                id="showPayment",
                summary="Show the payment page.",
                tags=("gateway",),
                returns={"type": "string"},
                produces=_HTML,
                situations=(Situation.NOT_FOUND,),
            ),
            Operation(
                method="POST",
                path=PAGE_PATH,
                handler=self.decide,
                id="decidePayment",
                summary="Finish a payment and send the customer back to the shop.",
                tags=("gateway",),
                body=PAYMENT,
                media=FORM,
                status=303,
                situations=(Situation.NOT_FOUND,),
            ),
        )


def _page_hash(call: Call) -> str:
    token = call.path["token"]
    if not PAGE_TOKEN.matches(token):
        raise NotFoundError(resource_type="payment page", resource_id="")
    return digest(token)


def _own_path(call: Call) -> str:
    # Relative to the form itself, so that it is right behind every proxy.
    return call.path["token"]


def _way_back(row: Row, status: str) -> str | None:
    url = row["success_url" if status == "SUCCESS" else "failure_url"]
    if url is None:
        return None
    parts = urlsplit(url)
    told = urlencode({"orderId": row["id"], "status": status})
    return urlunsplit(parts._replace(query=f"{parts.query}&{told}" if parts.query else told))
