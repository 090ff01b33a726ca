"""What requests and answers about transactions look like."""

from typing import Any

from failwell.apis.connxt.currencies import CURRENCIES
from failwell.apis.connxt.transaction_states import STATES
from failwell.apis.connxt.wire import LOCAL_MOMENT, enveloped, identity
from failwell.server.schemas import Schema, answer, identifier, text

__all__ = ["NEW_TRANSACTION", "PAYMENT", "STARTED", "TRANSACTION"]

_AMOUNT: Schema = {
    "type": "number",
    "title": "Amount",
    "exclusiveMinimum": 0,
    "maximum": 1_000_000_000_000,
}

_CURRENCY: Schema = {
    "type": "string",
    "title": "Currency",
    "enum": list(CURRENCIES),
    # The contract words it: a list of every currency would help nobody.
    "format": "currency",
    "description": "ISO 4217.",
}


def _some(**members: Schema) -> dict[str, Any]:
    """Describe an object whose members may be left out."""
    return {"type": ["object", "null"], "properties": members}


_OWN_NAME: Schema = {
    "type": ["string", "integer", "null"],
    "maxLength": 200,
    "pattern": r"^[^\u0000]*$",
}

_ADDRESS: Schema = {
    "type": "string",
    "format": "uri",
    "minLength": 1,
    "maxLength": 2048,
    "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://",
}

_PAYLOAD: Schema = {
    "type": "object",
    "title": "Execute payload",
    "description": "What the payment provider is told; it may have members of its own.",
    "properties": {
        "body": _some(
            order=_some(id=_OWN_NAME),
            customer=_some(id=_OWN_NAME),
            successUrl={**_ADDRESS, "description": "Where a customer goes who has paid."},
            failureUrl={**_ADDRESS, "description": "Where a customer goes who has not."},
        )
    },
}

NEW_TRANSACTION: Schema = {
    "type": "object",
    "properties": {
        "flowActionId": identity("Flow action ID"),
        "flowTargetId": identity("Flow target ID"),
        "pspId": identity("PSP ID"),
        "transactionType": {
            "type": ["string", "null"],
            "title": "Transaction type",
            "maxLength": 100,
            "pattern": r"^[^\u0000]*$",
            "examples": ["deposit"],
        },
        "txnCurrency": _CURRENCY,
        "txnAmount": _AMOUNT,
        "executePayload": _PAYLOAD,
    },
    "required": [
        "flowActionId",
        "flowTargetId",
        "pspId",
        "txnCurrency",
        "txnAmount",
        "executePayload",
    ],
}
"""Body of POST /transactions."""

_ID: Schema = identifier("ortxggdqGELpiuCQ")
_STATUS: Schema = {"type": "string", "enum": list(STATES)}
_OPTIONAL: Schema = {"type": ["string", "null"]}

_REDIRECT: Schema = answer(
    success={"type": "boolean", "enum": [True]},
    data=answer(
        __type={"type": "string", "enum": ["success"]},
        data=answer(
            navigation=answer(
                type={"type": "string", "enum": ["redirect"]},
                contentType={"type": "string", "enum": ["url"]},
                value={"type": "string", "description": "The page to send the customer to."},
            ),
            status={"type": "string", "enum": ["success"]},
            orderId=_ID,
            userId=_OPTIONAL,
        ),
    ),
    error={"type": "null"},
    meta=answer(logs={"type": "object"}, http={"type": "object"}),
)

_DIRECT: Schema = answer(txnId=_ID, status=_STATUS, pspTxnId={"type": "string"})

STARTED: Schema = enveloped({"anyOf": [_REDIRECT, _DIRECT]})
"""A transaction that waits for its customer, or is over already."""

TRANSACTION: Schema = enveloped(
    answer(
        txnId=_ID,
        status=_STATUS,
        transactionType=_OPTIONAL,
        brandId=identifier("brn_McUjiTJboTbpIjdZIog2w6fWdx"),
        environmentId=identifier("env_8AJmgfoJgGJ0eFoH8UZ6oeli42"),
        flowTargetId=identifier("ftg_01jt2ctt8veh48mkpcx2bdeatz"),
        flowActionId=identifier("fat_01jt2cetrheh48mkp2m8z680xz"),
        pspId=identifier("psp_mSwZ5vYUDN96gEei1kiIjCJc3g"),
        pspTxnId=_OPTIONAL,
        txnCurrency={"type": "string"},
        txnAmount={"type": "number"},
        orderId=_OPTIONAL,
        userId=_OPTIONAL,
        createdAt=LOCAL_MOMENT,
        updatedAt=LOCAL_MOMENT,
        history={"type": "array", "items": answer(status=_STATUS, at=LOCAL_MOMENT)},
    )
)
"""A transaction with every state it has been in."""

PAYMENT: Schema = {
    "type": "object",
    "properties": {
        "outcome": text(1, 20, enum=["SUCCESS", "FAILED", "REJECTED"], title="Outcome"),
    },
    "required": ["outcome"],
}
"""The form of the payment page."""
