"""What requests and answers about proxies look like."""

from failwell.apis.apinizer.wire import NAME
from failwell.server.schemas import Schema, answer, text

__all__ = [
    "CREATION_TYPES",
    "DEPLOYED",
    "METADATA",
    "NEW_PROXY",
    "PROXY",
    "PROXY_ITEM",
    "SHARING_TYPES",
]

CREATION_TYPES = ("OPEN_API", "SWAGGER", "WSDL", "REVERSE_PROXY")
"""What a proxy can be made of."""

SHARING_TYPES = ("BOTH", "NONE", "EXTERNAL", "INTERNAL")
"""Whom a proxy is shared with."""

_URL: Schema = {
    "type": "string",
    "format": "uri",
    "minLength": 1,
    "maxLength": 2048,
    "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://",
    "examples": ["https://backend.example.com"],
}
_SWITCH: Schema = {"type": "boolean"}
_DESCRIPTION: Schema = {"type": ["string", "null"], "maxLength": 1000, "pattern": r"^[^\u0000]*$"}
_ROUTE: Schema = text(1, 200, pattern=r"^/[^\u0000-\u0020\u007f]*$", examples=["/api/v1"])
_HOST: Schema = text(
    1,
    253,
    pattern=r"^(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$",
    examples=["api.example.com"],
)
_CLIENT_ROUTE: Schema = {
    "type": "object",
    "properties": {
        "relativePathList": {"type": "array", "items": _ROUTE, "maxItems": 50},
        "virtualHostList": {"type": "array", "items": _HOST, "maxItems": 50},
    },
}
_ADDRESS: Schema = {
    "type": "object",
    "properties": {
        "address": _URL,
        "weight": {"type": "integer", "minimum": 0, "maximum": 10_000},
        "healthCheckEnabled": _SWITCH,
    },
    "required": ["address"],
}
_ROUTING: Schema = {
    "type": "object",
    "properties": {
        "routingAddressList": {"type": "array", "items": _ADDRESS, "maxItems": 50},
        "routingEnabled": _SWITCH,
        "mirrorEnabled": _SWITCH,
    },
}
_MAINTENANCE: Schema = {
    "type": "object",
    "properties": {
        "enabled": _SWITCH,
        "httpStatusCode": {"type": "integer", "minimum": 200, "maximum": 599},
        "contentType": text(1, 100, pattern=r"^[\x20-\x7e]*[\x21-\x7e][\x20-\x7e]*$"),
        "message": text(0, 1000),
    },
}


def _whatever_case(word: str) -> str:
    return "".join(f"[{each.upper()}{each}]" if each.isalpha() else each for each in word)


_FRAMING = "|".join(
    map(
        _whatever_case,
        ("host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "expect"),
    )
)
_AUTHORIZATION: Schema = {
    "type": "object",
    "properties": {
        "headerName": text(
            1,
            100,
            pattern=rf"^(?!(?:{_FRAMING})$)[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
            examples=["Authorization"],
            description="Any field but those that frame a message.",
        ),
        "headerValue": text(1, 4000, pattern=r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$"),
    },
    "required": ["headerName", "headerValue"],
}


def _when(member: str, values: list[object], *needed: str) -> Schema:
    chosen = {"properties": {member: {"enum": values}}, "required": [member]}
    return {"if": chosen, "then": {"required": list(needed)}}


NEW_PROXY: Schema = {
    "type": "object",
    "properties": {
        "apiProxyName": {**NAME, "description": "Unique in the project."},
        "apiProxyDescription": _DESCRIPTION,
        "apiProxyCreationType": {"type": "string", "enum": list(CREATION_TYPES)},
        "specUrl": {**_URL, "description": "Fetched; not needed for a reverse proxy."},
        "clientRoute": _CLIENT_ROUTE,
        "routingInfo": _ROUTING,
        "deploy": {**_SWITCH, "default": False},
        "deployTargetEnvironmentNameList": {
            "type": "array",
            "items": NAME,
            "maxItems": 50,
            "uniqueItems": True,
        },
        "reParse": {**_SWITCH, "default": False, "description": "Update the one of this name."},
        "soapToRest": {**_SWITCH, "default": False},
        "enableWSA": {**_SWITCH, "default": False},
        "enableWSRM": {**_SWITCH, "default": False},
        "backendApiVersion": text(0, 100),
        "maintenanceModeSetting": _MAINTENANCE,
        "specAuthorizationValueList": {"type": "array", "items": _AUTHORIZATION, "maxItems": 20},
    },
    "required": ["apiProxyName", "apiProxyCreationType"],
    "allOf": [
        _when("apiProxyCreationType", ["OPEN_API", "SWAGGER", "WSDL"], "specUrl"),
        _when("deploy", [True], "deployTargetEnvironmentNameList"),
    ],
}
"""Body of POST /projects/{projectName}/apiProxies/url/."""

METADATA: Schema = {
    "type": "object",
    "properties": {
        "name": {**NAME, "description": "Unique in the project."},
        "description": _DESCRIPTION,
        "categoryList": {"type": "array", "items": text(1, 100), "maxItems": 50},
        "sharingType": {"type": "string", "enum": list(SHARING_TYPES)},
    },
    "minProperties": 1,
}
"""Body of PATCH .../settings/metadata/."""

_TYPE: Schema = {"type": "string", "enum": ["REST", "SOAP"]}

PROXY_ITEM: Schema = answer(
    name=NAME,
    description=_DESCRIPTION,
    type=_TYPE,
    relativePath={"type": ["string", "null"]},
    soapToRest=_SWITCH,
)
"""A proxy in a list."""

PROXY: Schema = answer(
    name=NAME,
    description=_DESCRIPTION,
    apiType=_TYPE,
    categoryList={"type": "array", "items": {"type": "string"}},
    sharingType={"type": "string", "enum": list(SHARING_TYPES)},
    clientRoute=_CLIENT_ROUTE,
    routing=_ROUTING,
    deploymentList={
        "type": "array",
        "items": answer(environmentName=NAME, deployed=_SWITCH, redeployRequired=_SWITCH),
    },
)
"""A proxy."""

_RESULT: Schema = answer(environmentName=NAME, success=_SWITCH, message={"type": "string"})

DEPLOYED: Schema = answer(
    success=_SWITCH,
    deploymentResult=answer(success=_SWITCH, deploymentResults={"type": "array", "items": _RESULT}),
)
"""What came of bringing a proxy to environments, or of taking it away."""
