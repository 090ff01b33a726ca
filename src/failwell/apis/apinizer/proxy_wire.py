"""Proxies between wire and database: what is asked becomes columns, rows become answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from failwell.apis.apinizer.proxy_rows import Row

__all__ = ["REVERSE_PROXY", "metadata_of", "proxy_item", "proxy_of", "shown_proxy"]

REVERSE_PROXY = "REVERSE_PROXY"
"""The one kind of proxy that is made of no specification."""

_COLUMNS = {
    "name": "name",
    "description": "description",
    "categoryList": "categories",
    "sharingType": "sharing_type",
}


def metadata_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Make the columns that a change of metadata changes."""
    return {column: body[name] for name, column in _COLUMNS.items() if name in body}


def proxy_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Make the columns of a proxy of what its maker asks for."""
    kind, route = body["apiProxyCreationType"], body.get("clientRoute", {})
    options = ("enableWSA", "enableWSRM", "backendApiVersion", "maintenanceModeSetting")
    return {
        "name": body["apiProxyName"],
        "description": body.get("apiProxyDescription"),
        "api_type": "SOAP" if kind == "WSDL" else "REST",
        "creation_type": kind,
        "spec_url": None if kind == REVERSE_PROXY else body["specUrl"],
        "client_route": {
            "relativePathList": route.get("relativePathList", []),
            "virtualHostList": route.get("virtualHostList", []),
        },
        "routing": _routing(body.get("routingInfo", {})),
        "options": {name: body[name] for name in options if name in body},
        "soap_to_rest": body.get("soapToRest", False),
    }


def _routing(given: Mapping[str, Any]) -> dict[str, Any]:
    addresses = [
        {
            "address": each["address"],
            "weight": each.get("weight", 100),
            "healthCheckEnabled": each.get("healthCheckEnabled", False),
        }
        for each in given.get("routingAddressList", ())
    ]
    return {
        "routingEnabled": given.get("routingEnabled", True),
        "mirrorEnabled": given.get("mirrorEnabled", False),
        "routingAddressList": addresses,
    }


def proxy_item(row: Row) -> dict[str, Any]:
    """Write a proxy in a list."""
    return {
        "name": row["name"],
        "description": row["description"],
        "type": row["api_type"],
        "relativePath": next(iter(row["client_route"]["relativePathList"]), None),
        "soapToRest": row["soap_to_rest"],
    }


def shown_proxy(proxy: Row, places: Sequence[Row]) -> dict[str, Any]:
    """Write a proxy with its deployments.

    Args:
        proxy: The proxy.
        places: Its deployments, those under way included.
    """
    return {
        "name": proxy["name"],
        "description": proxy["description"],
        "apiType": proxy["api_type"],
        "categoryList": proxy["categories"],
        "sharingType": proxy["sharing_type"],
        "clientRoute": proxy["client_route"],
        "routing": proxy["routing"],
        "deploymentList": [
            {
                "environmentName": place["environment"],
                "deployed": True,
                "redeployRequired": place["revision"] < proxy["revision"],
            }
            for place in places
            if place["revision"] is not None
        ],
    }
