"""What requests and answers about PSPs look like."""

from failwell.apis.connxt.wire import HIDDEN, LOCAL_MOMENT, STATUS, enveloped, identity
from failwell.server.schemas import Schema, answer, identifier, text

__all__ = [
    "LONGEST_CREDENTIAL",
    "NEW_PSP",
    "PSP",
    "PSP_CHANGES",
    "PSP_LIST",
    "PSP_QUERY",
]

LONGEST_CREDENTIAL = 10_000
"""Characters that a credential may have."""

_NAME: Schema = text(1, 100, title="PSP name")

_LOGO: Schema = {
    "type": ["string", "null"],
    "maxLength": 200_000,
    "pattern": r"^[^\u0000]*$",
    "description": "URL, or the picture itself in base64.",
}

_CREDENTIAL: Schema = text(
    1,
    LONGEST_CREDENTIAL,
    title="Credential",
    contentMediaType="application/json",
    description="A JSON text that the credentialSchema of the flow target accepts. Stored "
    "encrypted and never told again.",
    examples=['{"apiKey":"your_api_key_here"}'],
)

_OPERATION: Schema = {
    "type": "object",
    "properties": {
        "flowActionId": identity("Flow action ID"),
        "flowDefinitionId": identity("Flow definition ID"),
        "status": {**STATUS, "title": "Status"},
    },
    "required": ["flowActionId", "flowDefinitionId", "status"],
}

_OPERATIONS: Schema = {
    "type": "array",
    # The contract words the absence of several things in the plural.
    "format": "list",
    "title": "Operations",
    "items": _OPERATION,
    "minItems": 1,
    "maxItems": 50,
    "uniqueItems": True,
}

NEW_PSP: Schema = {
    "type": "object",
    "properties": {
        "name": _NAME,
        "logo": _LOGO,
        "credential": _CREDENTIAL,
        "flowTargetId": identity("Flow target ID"),
        "operations": _OPERATIONS,
    },
    "required": ["name", "credential", "flowTargetId", "operations"],
}
"""Body of POST /psps/external."""

PSP_CHANGES: Schema = {
    "type": "object",
    "properties": {
        "name": _NAME,
        "logo": _LOGO,
        "credential": _CREDENTIAL,
        "operations": _OPERATIONS,
        "status": {**STATUS, "title": "Status"},
    },
}
"""Body of PUT /psps/{pspId}: what is left out stays as it is."""

PSP_QUERY: Schema = {
    "type": "object",
    "properties": {
        "flowTargetId": identity("Flow target ID"),
        "name": _NAME,
        "status": {**STATUS, "title": "Status"},
        "limit": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1000},
        "offset": {"type": "integer", "minimum": 0, "maximum": 1_000_000, "default": 0},
    },
}
"""Query of GET /psps."""

_TEXTS: Schema = {"type": "array", "items": {"type": "string"}}
_ACTION_ID: Schema = identifier("fat_01jt2cetrheh48mkp2m8z680xz")
_DEFINITION_ID: Schema = identifier("fld_01jt2cyyskeh48mkpkf3y9z6j3")
_TARGET_ID: Schema = identifier("ftg_01jt2ctt8veh48mkpcx2bdeatz")
_ENVIRONMENT_ID: Schema = identifier("env_8AJmgfoJgGJ0eFoH8UZ6oeli42")

_PSP: Schema = answer(
    id=identifier("psp_mSwZ5vYUDN96gEei1kiIjCJc3g"),
    name=_NAME,
    description={"type": "null"},
    logo=_LOGO,
    credential={"type": "string", "enum": [HIDDEN]},
    brandId=identifier("brn_McUjiTJboTbpIjdZIog2w6fWdx"),
    environmentId=_ENVIRONMENT_ID,
    flowTargetId=_TARGET_ID,
    status=STATUS,
    createdAt=LOCAL_MOMENT,
    updatedAt=LOCAL_MOMENT,
    createdBy=_ENVIRONMENT_ID,
    updatedBy=_ENVIRONMENT_ID,
    operations={
        "type": "array",
        "items": answer(flowActionId=_ACTION_ID, flowDefinitionId=_DEFINITION_ID, status=STATUS),
    },
    flowTarget=answer(
        id=_TARGET_ID,
        credentialSchema={"type": "string", "description": "The JSON Schema as a text."},
        flowTypeId=identifier("ftp_01jt2ccyw4eh48mknzvb48erpk"),
        currencies=_TEXTS,
        countries=_TEXTS,
        paymentMethods=_TEXTS,
        supportedActions={
            "type": "array",
            "items": answer(
                flowActionId=_ACTION_ID,
                flowDefinitionId=_DEFINITION_ID,
                flowActionName={"type": "string"},
            ),
        },
    ),
)

PSP: Schema = enveloped(_PSP)
"""A PSP."""

PSP_LIST: Schema = enveloped({"type": "array", "items": _PSP})
"""PSPs of the environment."""
