"""The bundled payment provider: a real HTTP server that decides about payments.

It stands in for a payment gateway, so that a transaction makes a real outbound call on a
machine with no accounts and no network. What a customer has to confirm waits for the
customer; everything else is decided at once, by the credential it comes with.
"""

from typing import Any, Literal

import msgspec

from failwell.outbound.local_host import LocalAnswer, LocalHost, LocalRequest
from failwell.security.keys import random_id

__all__ = ["Announcement", "Decision", "SandboxProvider", "decide"]

Status = Literal["PENDING", "SUCCESS", "FAILED", "REJECTED"]
"""What can be said about a payment; only ``PENDING`` is not the end."""

_MAGIC: dict[str, Status] = {"sandbox-reject": "REJECTED", "sandbox-fail": "FAILED"}


class Announcement(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a payment provider is told about a payment."""

    reference: str
    """The transaction; told twice it is still one payment."""

    action: str
    """``DEPOSIT``, ``WITHDRAW`` or ``REFUND``."""

    currency: str
    """ISO 4217."""

    amount: float
    """How much of it."""

    page: str
    """A page where a customer can confirm."""

    credential: Any
    """What the merchant has to show."""

    payload: Any = None
    """What the merchant says besides."""

    def __repr__(self) -> str:
        return f"Announcement(reference={self.reference!r})"


class Decision(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a payment provider answers."""

    id: str
    """The provider's own name for the payment."""

    status: Status
    """What it says about it."""

    redirect_url: str | None = None
    """Where a customer has to go, while it is ``PENDING``."""


def decide(payment: Announcement) -> Decision:
    """Decide about a payment.

    A credential with the value ``sandbox-reject`` or ``sandbox-fail`` has its way; a
    deposit waits for the customer; all else is done.
    """
    values = payment.credential.values() if isinstance(payment.credential, dict) else ()
    wished = [_MAGIC[value] for value in values if isinstance(value, str) and value in _MAGIC]
    waits = payment.action == "DEPOSIT" and not wished
    return Decision(
        id=random_id("sbx_"),
        status=wished[0] if wished else "PENDING" if waits else "SUCCESS",
        redirect_url=payment.page if waits else None,
    )


class SandboxProvider(LocalHost):
    """Serves `decide` as ``POST /`` on a free loopback port."""

    def __init__(self) -> None:
        super().__init__(_answer)


async def _answer(request: LocalRequest) -> LocalAnswer:
    if request.method != "POST":
        return LocalAnswer(status=405, content={"error": "announce a payment with POST"})
    try:
        payment = msgspec.json.decode(request.body, type=Announcement)
    except ValueError:
        return LocalAnswer(status=400, content={"error": "send a payment as JSON"})
    return LocalAnswer(content=decide(payment))
