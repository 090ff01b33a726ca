"""Transactions: payments that a PSP is told about, and what becomes of them."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection

from failwell.apis.connxt.flow_rows import find_target
from failwell.apis.connxt.identifiers import TRANSACTION as TRANSACTION_ID
from failwell.apis.connxt.page_address import PAGE_TOKEN, page_address
from failwell.apis.connxt.provider import PaymentProvider
from failwell.apis.connxt.psp_rows import find_psp
from failwell.apis.connxt.psps import credential_place
from failwell.apis.connxt.sandbox_provider import Announcement, Decision
from failwell.apis.connxt.settings import ConnxtSettings
from failwell.apis.connxt.transaction_rows import Row, add_transaction, find_transaction, move
from failwell.apis.connxt.transaction_schemas import NEW_TRANSACTION, STARTED, TRANSACTION
from failwell.apis.connxt.transaction_states import OUTCOMES
from failwell.apis.connxt.transaction_view import direct_view, redirect_view, transaction_view
from failwell.apis.connxt.wire import AUTH, ENABLED, Owner, answered, owner_of
from failwell.core.clock import Clock
from failwell.core.exceptions import FaultError, NotFoundError, ValidationError
from failwell.core.situation import Situation
from failwell.security.encryption import Vault
from failwell.security.keys import digest
from failwell.server.operation import Call, Operation, Reply
from failwell.stores.database import Database

__all__ = ["Transactions"]

_CREATED = "Transaction created successfully"


class Transactions:
    """The endpoints of transactions.

    Args:
        database: ``connxt.db``.
        vault: Opens the credentials of PSPs.
        provider: Is told about payments.
        settings: What the operator chose.
        clock: Where the time comes from.
    """

    def __init__(
        self,
        database: Database,
        *,
        vault: Vault,
        provider: PaymentProvider,
        settings: ConnxtSettings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._provider = provider
        self._settings = settings
        self._clock = clock

    async def create(self, call: Call) -> Reply:
        """Write a payment down, tell the provider, and say what comes next."""
        owner, body = owner_of(call), call.body
        psp, action = await self._database.read(lambda each: _chosen(each, owner, body))
        # Before anything is written: with another key nothing has happened.
        credential = self._vault.open(psp["credential"], place=credential_place(psp["id"]))
        row = _row(body, expires_at=self._clock.now() + self._settings.page_seconds)
        await self._write(lambda each, now: add_transaction(each, owner, row, now=now))
        page_token = PAGE_TOKEN.generate()
        payment = Announcement(
            reference=row["id"],
            action=action,
            currency=row["currency"],
            amount=row["amount"],
            page=page_address(call, page_token, public_url=self._settings.public_url),
            credential=msgspec.json.decode(credential),
            payload=body["executePayload"],
        )
        decision = await self._announced(payment)
        await self._write(lambda each, now: _decided(each, row["id"], decision, page_token, now))
        return self._started(row, decision)

    async def get(self, call: Call) -> Reply:
        """Read a transaction."""
        owner, transaction_id, now = owner_of(call), call.path["txnId"], self._clock.now()
        row = await self._database.read(lambda each: find_transaction(each, owner, transaction_id))
        return Reply(body=answered(transaction_view(row, now=now), now=now))

    async def _announced(self, payment: Announcement) -> Decision:
        try:
            return await self._provider.announce(payment)
        except FaultError:
            reference = payment.reference
            await self._write(lambda each, now: move(each, reference, "FAILED", now=now))
            raise

    async def _write(self, function: Any) -> None:
        now = self._clock.now()
        await self._database.write(lambda connection: function(connection, now))

    def _started(self, row: Row, decision: Decision) -> Reply:
        view = redirect_view if decision.status == "PENDING" else direct_view
        body = answered(view(row, decision), now=self._clock.now(), message=_CREATED)
        return Reply(body=body)

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="POST",
                path="/transactions",
                handler=self.create,
                id="createTransaction",
                summary="Start a payment.",
                description="A payment that its customer has to confirm is answered with the "
                "page to send the customer to; any other one with its result.",
                tags=("transactions",),
                auth=AUTH,
                scopes=("transactions:write",),
                body=NEW_TRANSACTION,
                returns=STARTED,
                situations=(
                    Situation.NOT_FOUND,
                    Situation.UNPROCESSABLE,
                    Situation.BAD_GATEWAY,
                    Situation.GATEWAY_TIMEOUT,
                ),
            ),
            Operation(
                method="GET",
                path="/transactions/{txnId}",
                handler=self.get,
                id="getTransaction",
                summary="Read a transaction with the states it has been in.",
                tags=("transactions",),
                auth=AUTH,
                scopes=("transactions:read",),
                returns=TRANSACTION,
                situations=(Situation.NOT_FOUND,),
            ),
        )


def _chosen(connection: Connection, owner: Owner, body: Mapping[str, Any]) -> tuple[Row, str]:
    """Find the PSP and the name of the action; what is disabled is not there."""
    psp = find_psp(connection, owner, body["pspId"])
    target = find_target(connection, owner, body["flowTargetId"])
    usable = psp["status"] == target["status"] == ENABLED
    if not usable or psp["flow_target_id"] != target["id"]:
        raise NotFoundError(resource_type="PSP", resource_id=psp["id"])
    enabled = {each["flow_action_id"] for each in psp["operations"] if each["status"] == ENABLED}
    for action in target["actions"]:
        if action["id"] == body["flowActionId"] and action["id"] in enabled:
            _check_currency(target["currencies"], body["txnCurrency"])
            return psp, action["name"]
    raise NotFoundError(resource_type="flow action", resource_id=body["flowActionId"])


def _check_currency(allowed: list[str], currency: str) -> None:
    if allowed and currency not in allowed:
        raise ValidationError(
            situation=Situation.UNPROCESSABLE,
            field="txnCurrency",
            reason=f"Currency must be one of: {', '.join(allowed)}",
        )


def _row(body: Mapping[str, Any], *, expires_at: float) -> Row:
    payload = body["executePayload"].get("body") or {}
    return {
        "id": TRANSACTION_ID.generate(),
        "psp_id": body["pspId"],
        "flow_target_id": body["flowTargetId"],
        "flow_action_id": body["flowActionId"],
        "type": body.get("transactionType"),
        "currency": body["txnCurrency"],
        "amount": body["txnAmount"],
        "order_id": _own_name(payload.get("order")),
        "user_id": _own_name(payload.get("customer")),
        "success_url": payload.get("successUrl"),
        "failure_url": payload.get("failureUrl"),
        "expires_at": expires_at,
    }


def _own_name(thing: Mapping[str, Any] | None) -> str | None:
    name = (thing or {}).get("id")
    return None if name is None else str(name)


def _decided(
    connection: Connection, transaction_id: str, decision: Decision, page_token: str, now: float
) -> None:
    waits = decision.status == "PENDING"
    changes = {
        "psp_txn_id": decision.id,
        "page_hash": digest(page_token) if waits else None,
    }
    states = ("INITIATED", *(() if waits else OUTCOMES[decision.status]))
    move(connection, transaction_id, *states, now=now, changes=changes)
