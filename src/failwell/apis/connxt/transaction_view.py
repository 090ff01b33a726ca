"""Transactions as callers see them."""

from typing import Any

from failwell.apis.connxt.sandbox_provider import Decision
from failwell.apis.connxt.transaction_rows import Row
from failwell.apis.connxt.transaction_states import state_at
from failwell.apis.connxt.wire import local_moment

__all__ = ["direct_view", "number", "redirect_view", "transaction_view"]


def redirect_view(row: Row, decision: Decision) -> dict[str, Any]:
    """Show a transaction that waits for its customer, with the page to go to."""
    navigation = {"type": "redirect", "contentType": "url", "value": decision.redirect_url}
    data = {
        "navigation": navigation,
        "status": "success",
        "orderId": row["id"],
        "userId": row["user_id"],
    }
    return {
        "success": True,
        "data": {"__type": "success", "data": data},
        "error": None,
        "meta": {"logs": {}, "http": {"status": 200}},
    }


def direct_view(row: Row, decision: Decision) -> dict[str, Any]:
    """Show a transaction that is over already."""
    return {"txnId": row["id"], "status": decision.status, "pspTxnId": decision.id}


def transaction_view(row: Row, *, now: float) -> dict[str, Any]:
    """Show a transaction and its history.

    Args:
        row: The transaction with its steps.
        now: When it is looked at: what nobody finished in time has failed since.
    """
    status = state_at(row["status"], expires_at=row["expires_at"], now=now)
    steps = list(row["steps"])
    if status != row["status"]:
        steps.append({"status": status, "at": row["expires_at"]})
    return {
        "txnId": row["id"],
        "status": status,
        "transactionType": row["type"],
        "brandId": row["brand_id"],
        "environmentId": row["environment_id"],
        "flowTargetId": row["flow_target_id"],
        "flowActionId": row["flow_action_id"],
        "pspId": row["psp_id"],
        "pspTxnId": row["psp_txn_id"],
        "txnCurrency": row["currency"],
        "txnAmount": number(row["amount"]),
        "orderId": row["order_id"],
        "userId": row["user_id"],
        "createdAt": local_moment(row["created_at"]),
        "updatedAt": local_moment(max(row["updated_at"], steps[-1]["at"])),
        "history": [{"status": each["status"], "at": local_moment(each["at"])} for each in steps],
    }


def number(amount: float) -> int | float:
    """Write a whole amount without a point."""
    return int(amount) if amount == int(amount) else amount
