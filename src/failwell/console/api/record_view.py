"""Fault records, catalogue entries and counts as operators see them."""

from typing import Any

import msgspec

from failwell.console.api.moments import precise
from failwell.core.catalogue import ErrorCode
from failwell.stores.faults import FaultRecord, Rate

__all__ = ["entry_view", "rate_view", "record_view"]


def record_view(record: FaultRecord) -> dict[str, Any]:
    """Show one error response; its cause is no part of it."""
    return {
        "request_id": record.request_id,
        "parent_id": record.parent_id,
        "at": precise(record.at),
        "api": record.api,
        "method": record.method,
        "route": record.route,
        "status": record.status,
        "code": record.code,
        "severity": record.severity,
        "message": record.message,
        "situation": record.situation,
        "failure": record.failure,
        "planned": record.planned,
        "tenant": record.tenant,
        "user_id": record.user_id,
        "credential_id": record.credential_id,
        "environment": record.environment,
        "affected": record.affected,
        "headers": record.headers,
        "body": record.body,
        "seconds": round(record.seconds, 6),
    }


def entry_view(entry: ErrorCode) -> dict[str, Any]:
    """Show what a contract says of a code."""
    return {
        "code": entry.code,
        "says": entry.says,
        "causes": entry.causes,
        "fix": entry.fix,
        "retry": entry.retry,
        "user": dict(entry.user),
        "see": entry.see,
    }


def rate_view(rate: Rate) -> dict[str, Any]:
    """Show one sum, with what it was to be kept apart by."""
    view = {
        name: value for name, value in msgspec.structs.asdict(rate).items() if value is not None
    }
    return view | ({} if rate.moment is None else {"moment": precise(rate.moment)})
