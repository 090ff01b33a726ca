"""What two tenants of an API do to their things, and to each other's: one description each."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from tests.calling import Caller, issue
from tests.every_api.rows import row_of
from tests.running_server import RunningServer

__all__ = ["KEEPERS", "Keeper", "Tenant", "tenant"]

Body = dict[str, Any]


class Tenant(msgspec.Struct):
    """One tenant with everything it was ever given."""

    canary: str
    """In every text of its own."""

    headers: dict[str, str]
    """Of its calls."""

    own: Mapping[str, Any]
    """Identifiers it needs in bodies."""

    standing: tuple[str, ...]
    """Identifiers of things it has had from the beginning."""

    ids: set[str] = msgspec.field(default_factory=set)
    """Identifiers of things it made."""


class Keeper(msgspec.Struct, frozen=True, kw_only=True):
    """How things are made, read, changed and deleted. Paths are below the prefix."""

    create: str
    body: Callable[[Tenant, str], Body]
    id_of: Callable[[Any, str], str]
    """Takes the identifier from the answer, or from the name that was given."""

    lists: tuple[str, ...]
    read: str | None = None
    change: tuple[str, str, Callable[[str], Body]] | None = None
    renames: bool = True
    """Whether a change gives a thing another name."""

    delete: str | None = None
    one_name_once: bool = True
    """Whether two things of one tenant cannot have the same name."""

    about: Callable[[Caller], tuple[Mapping[str, Any], tuple[str, ...]]]
    """Finds what a tenant has from the beginning: for bodies, and identifiers of its own."""

    probes: tuple[str, ...] = ()
    """What is asked about the things that others had from the beginning."""


def _connix(caller: Caller) -> tuple[Body, tuple[str, ...]]:
    return {}, ()


def _connxt(caller: Caller) -> tuple[Body, tuple[str, ...]]:
    flows = caller.get("/flow-types/definitions?type=PSP").json["data"]["targets"]
    actions = [(each, action) for each in flows for action in each["actions"]]
    target, action = next(pair for pair in actions if pair[1]["definition"])
    ids = {
        "flow_target_id": target["id"],
        "flow_action_id": action["id"],
        "flow_definition_id": action["definition"]["id"],
    }
    return ids, (target["id"],)


def _agenthuman(caller: Caller) -> tuple[Body, tuple[str, ...]]:
    roles = caller.get("/roles").json["roles"]
    return {"role_id": next(each["role_id"] for each in roles if each["enabled"])}, ()


def _ixon(caller: Caller) -> tuple[Body, tuple[str, ...]]:
    return {}, tuple(each["publicId"] for each in caller.get("/agents").json["data"])


def _proxy(name: str) -> Body:
    return {
        "apiProxyName": name,
        "apiProxyCreationType": "REVERSE_PROXY",
        "clientRoute": {"relativePathList": [f"/{name}"]},
        "routingInfo": {"routingAddressList": [{"address": "https://backend.example.com"}]},
    }


KEEPERS: Mapping[str, Keeper] = {
    "connix": Keeper(
        create="/projects",
        body=lambda tenant, name: {"name": name},
        id_of=lambda answer, name: answer["id"],
        lists=("/projects?limit=100&sort=created_at&order=desc", "/webhooks"),
        read="/projects/{}",
        change=("PATCH", "/projects/{}", lambda name: {"name": name}),
        delete="/projects/{}",
        about=_connix,
        probes=("/organizations/{}",),
    ),
    "connxt": Keeper(
        create="/psps/external",
        body=lambda tenant, name: row_of("connxt").body(tenant.own, name),
        id_of=lambda answer, name: answer["data"]["id"],
        lists=("/psps?limit=100", "/flow-types/definitions?type=PSP"),
        read="/psps/{}",
        change=("PUT", "/psps/{}", lambda name: {"name": name}),
        about=_connxt,
        probes=("/psps?flowTargetId={}",),
    ),
    "agenthuman": Keeper(
        create="/agents",
        body=lambda tenant, name: {**tenant.own, "name": name, "context": tenant.canary},
        id_of=lambda answer, name: answer["agent"]["agent_id"],
        lists=("/agents?limit=100", "/sessions", "/api-keys", "/avatars", "/usage"),
        read="/agents/{}",
        delete="/agents/{}",
        about=_agenthuman,
    ),
    "apinizer": Keeper(
        create="/projects/",
        body=lambda tenant, name: {"name": name, "description": tenant.canary},
        # A name is the identifier, and both may have a project of that name.
        id_of=lambda answer, name: name,
        lists=("/projects/?size=100", "/users/", "/environments/", "/auth/tokens"),
        read="/projects/{}/members/",
        change=("POST", "/projects/{}/apiProxies/url/", _proxy),
        renames=False,
        delete="/projects/{}/",
        about=lambda caller: ({}, ()),
    ),
    "ixon": Keeper(
        create="/roles",
        body=lambda tenant, name: {"name": name, "description": tenant.canary},
        id_of=lambda answer, name: answer["data"]["publicId"],
        lists=("/roles?fields=*", "/agents?fields=*", "/users?fields=*", "/companies?fields=*"),
        change=("PATCH", "/roles/{}", lambda name: {"name": name}),
        one_name_once=False,
        about=_ixon,
        probes=("/agents/{}", "/agents/{}/devices", "/agents/{}/data-tags"),
    ),
}
"""API -> description."""


def tenant(server: RunningServer, api: str, canary: str) -> Tenant:
    """Make a tenant of its own on the command line.

    Args:
        server: The server.
        api: The API.
        canary: The name of the tenant, and in every text of its own.
    """
    row, known = row_of(api), dict(server.credentials[api])
    issued = issue(server, api, "--tenant", canary)
    if api == "ixon":
        known["company_id"] = _company(row.caller(server, issued["secret"]))
    headers = row.headers(known, issued["secret"])
    own, standing = KEEPERS[api].about(Caller(known["base_url"], headers=headers))
    names = (issued["tenant"],) if issued["tenant"] != canary else ()
    return Tenant(
        canary=canary, headers=headers, own=own, standing=(*standing, *names, issued["id"])
    )


def _company(caller: Caller) -> str:
    """Ask for the company of a token; the list of companies wants none to be named."""
    companies = caller.get("/companies", headers={"Api-Company": None}).json["data"]
    return str(companies[0]["publicId"])
