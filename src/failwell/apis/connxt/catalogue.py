"""The payment gateways that every new environment can choose from.

All of them are sandboxes: they lead to `connxt.gateway_url`, or to the bundled provider.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

__all__ = ["CATALOGUE", "FLOW_TYPE_NAME", "Gateway"]

FLOW_TYPE_NAME = "PSP"
"""The one flow type there is: payment service providers."""

_LOGO = (
    "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAg"
    "MCAyNCAyNCI+PHJlY3Qgd2lkdGg9IjI0IiBoZWlnaHQ9IjI0IiByeD0iNCIvPjwvc3ZnPg=="
)


class Gateway(msgspec.Struct, frozen=True, kw_only=True):
    """What is the same about a payment gateway in every environment."""

    name: str
    """What people call it."""

    status: str = "ENABLED"
    """Whether it can be used."""

    logo: str = _LOGO
    """Its picture."""

    credential_schema: Mapping[str, Any]
    """JSON Schema (draft 7) of what a merchant needs to use it."""

    payment_methods: tuple[str, ...] = ()
    """How can be paid; all ways when empty."""

    countries: tuple[str, ...] = ()
    """Where it works; everywhere when empty."""

    currencies: tuple[str, ...] = ()
    """What can be paid; every currency when empty."""

    actions: tuple[str, ...]
    """What it can do."""

    unfinished: tuple[str, ...] = ()
    """What it could do, were it set up."""


CATALOGUE = (
    Gateway(
        name="Sandbox Card",
        credential_schema={
            "type": "object",
            "required": ["apiKey"],
            "properties": {"apiKey": {"type": "string"}},
        },
        actions=("DEPOSIT", "WITHDRAW", "REFUND"),
    ),
    Gateway(
        name="Sandbox Wallet",
        credential_schema={
            "type": "object",
            "required": ["merchantEmail", "apiKey"],
            "properties": {"apiKey": {"type": "string"}, "merchantEmail": {"type": "string"}},
            "additionalProperties": False,
        },
        payment_methods=("Wallet",),
        countries=("DE", "IN", "US"),
        currencies=("EUR", "INR", "USD"),
        actions=("DEPOSIT", "WITHDRAW"),
        unfinished=("REFUND",),
    ),
    Gateway(
        name="Sandbox Voucher",
        status="DISABLED",
        credential_schema={
            "type": "object",
            "required": ["merchantId", "secret"],
            "properties": {
                "merchantId": {"type": "integer", "minimum": 1},
                "secret": {"type": "string", "minLength": 8},
            },
        },
        payment_methods=("Voucher",),
        currencies=("EUR",),
        actions=("DEPOSIT",),
    ),
)
"""In the order they are listed."""
