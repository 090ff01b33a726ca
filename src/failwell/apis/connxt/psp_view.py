"""PSPs as callers see them: everything but the credential."""

from typing import Any

from failwell.apis.connxt.credential_check import schema_text
from failwell.apis.connxt.psp_rows import Row
from failwell.apis.connxt.wire import HIDDEN, local_moment

__all__ = ["psp_view"]


def psp_view(row: Row, target: Row) -> dict[str, Any]:
    """Show a PSP; its credential is not even read.

    Args:
        row: The PSP.
        target: Its flow target.
    """
    return {
        "id": row["id"],
        "name": row["name"],
        "description": None,
        "logo": row["logo"],
        "credential": HIDDEN,
        "brandId": row["brand_id"],
        "environmentId": row["environment_id"],
        "flowTargetId": row["flow_target_id"],
        "status": row["status"],
        "createdAt": local_moment(row["created_at"]),
        "updatedAt": local_moment(row["updated_at"]),
        "createdBy": row["created_by"],
        "updatedBy": row["updated_by"],
        "operations": [
            {
                "flowActionId": operation["flow_action_id"],
                "flowDefinitionId": operation["flow_definition_id"],
                "status": operation["status"],
            }
            for operation in row["operations"]
        ],
        "flowTarget": _flow_target(target),
    }


def _flow_target(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "credentialSchema": schema_text(row["credential_schema"]),
        "flowTypeId": row["flow_type_id"],
        "currencies": row["currencies"],
        "countries": row["countries"],
        "paymentMethods": row["payment_methods"],
        "supportedActions": [
            {
                "flowActionId": action["id"],
                "flowDefinitionId": action["definition_id"],
                "flowActionName": action["name"],
            }
            for action in row["actions"]
            if action["definition_id"] is not None
        ],
    }
