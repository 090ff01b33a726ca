"""How a situation is brought about that is another thing in each API."""

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import pyotp

from failwell.core.situation import Situation
from tests.every_api.provoking import Provoke
from tests.every_api.rows import apinizer_token, ixon_basic, ixon_token
from tests.every_api.scene import Scene
from tests.hostile.raw_connection import RawAnswer

__all__ = ["OWN", "SLOW"]

Asked = tuple[str, str, Any]
"""Method, path and body."""

Asking = Callable[[Scene], Asked]
"""Makes what a request needs; returns the request that is sent then."""

_LONG_AGO = "2020-01-01T00:00:00Z"


def _twice(scene: Scene) -> RawAnswer:
    scene.create("Taken")
    return scene.create("Taken")


def _read_only(member: str) -> Provoke:
    def provoke(scene: Scene) -> RawAnswer:
        body = scene.api.body(scene.known, "Not allowed")
        return scene.ask("POST", scene.api.create, body, secret=scene.known[member])

    return provoke


def _asking(method: str, path: str, body: Any = None) -> Provoke:
    return lambda scene: scene.ask(method, path, body)


def _hung_up(asked: Asking) -> Provoke:
    def provoking(scene: Scene) -> RawAnswer:
        scene.host.hangs_up = True
        return scene.ask(*asked(scene))

    return provoking


def _slow(asked: Asking) -> Provoke:
    def provoking(scene: Scene) -> RawAnswer:
        scene.host.sleeps = 2.0
        return scene.ask(*asked(scene))

    return provoking


def _connix_deleted(scene: Scene) -> RawAnswer:
    project = scene.ok("POST", "/projects", {"name": "Soon deleted"})["id"]
    scene.ok("DELETE", f"/projects/{project}")
    return scene.ask("GET", f"/projects/{project}")


def _connix_key_of_the_past(scene: Scene) -> RawAnswer:
    headers = {"Authorization": f"Bearer {scene.known['oauth']['access_token']}"}
    key = {"name": "Key", "scopes": ["projects:read"], "expires_at": _LONG_AGO}
    return scene.ask("POST", "/auth/api-keys", key, headers=headers)


def _connix_invocation(scene: Scene) -> Asked:
    place = f"/projects/{scene.known['project_id']}/agents"
    agent = scene.ok("POST", place, {"name": "Agent"})["id"]
    return "POST", f"/agents/{agent}/invoke", {"input": "Hello"}


def _connxt_payment(scene: Scene, *, status: str = "ENABLED") -> Asked:
    name = f"PSP {secrets.token_hex(4)}"
    psp = scene.ok("POST", scene.api.create, scene.api.body(scene.known, name))["data"]["id"]
    scene.ok("PUT", f"/psps/{psp}", {"status": status})
    return "POST", "/transactions", _payment(scene) | {"pspId": psp}


def _connxt_wrong_currency(scene: Scene) -> RawAnswer:
    """Pay a gateway that takes some currencies with another one."""
    flows = scene.ok("GET", "/flow-types/definitions?type=PSP")["data"]["targets"]
    choosy = next(each for each in flows if each["name"] == "Sandbox Wallet")
    action = next(each for each in choosy["actions"] if each["definition"])
    ids = {"flowActionId": action["id"], "flowTargetId": choosy["id"]}
    operation = {"flowActionId": action["id"], "flowDefinitionId": action["definition"]["id"]}
    sample = dict.fromkeys(choosy["credentialSchema"]["required"], "x@example.com")
    body = {
        "name": "Choosy",
        "flowTargetId": choosy["id"],
        "credential": json.dumps(sample),
        "operations": [operation | {"status": "ENABLED"}],
    }
    psp = scene.ok("POST", scene.api.create, body)["data"]["id"]
    return scene.ask("POST", "/transactions", _payment(scene) | ids | {"pspId": psp})


def _payment(scene: Scene) -> dict[str, Any]:
    return {
        "flowActionId": scene.known["flow_action_id"],
        "flowTargetId": scene.known["flow_target_id"],
        "transactionType": "DEPOSIT",
        "txnCurrency": "JPY",
        "txnAmount": 10,
        "executePayload": {"body": {}},
    }


def _agenthuman_deleted(scene: Scene) -> RawAnswer:
    body = scene.api.body(scene.known, "Soon deleted")
    agent = scene.ok("POST", "/agents", body)["agent"]["agent_id"]
    scene.ok("DELETE", f"/agents/{agent}")
    return scene.ask("GET", f"/agents/{agent}")


def _agenthuman_character(scene: Scene) -> RawAnswer:
    look = scene.ok("GET", f"/avatars/{scene.known['avatar_id']}")["avatar"]
    return scene.ask("POST", "/sessions", {"avatar_id": look["parent_id"]})


def _agenthuman_session(scene: Scene) -> Asked:
    return "POST", "/sessions", {"avatar_id": scene.known["avatar_id"]}


def _apinizer_member(scene: Scene) -> RawAnswer:
    token = apinizer_token(scene.known, "member_")
    return scene.ask("POST", scene.api.create, {"name": "NotAllowed"}, secret=token)


def _apinizer_deleted(scene: Scene) -> RawAnswer:
    scene.ok("POST", "/projects/", {"name": "SoonDeleted"})
    scene.ok("DELETE", "/projects/SoonDeleted/")
    return scene.ask("GET", "/projects/SoonDeleted/apiProxies/")


def _apinizer_proxy(scene: Scene) -> Asked:
    proxy = {
        "apiProxyName": "Fetched",
        "apiProxyCreationType": "OPEN_API",
        "specUrl": f"{scene.host.url}/openapi.json",
    }
    return "POST", f"/projects/{scene.known['project_name']}/apiProxies/url/", proxy


def _ixon_strong(scene: Scene) -> str:
    return ixon_token(scene.known, "otp_", pyotp.TOTP(scene.known["otp_secret"]).now())


def _ixon_limited(scene: Scene) -> RawAnswer:
    limited = scene.issue("--tenant", scene.known["company_id"], "--scope", "agents:view")
    return scene.ask("POST", "/roles", {"name": "Not allowed"}, secret=limited)


def _ixon_revoked(scene: Scene) -> RawAnswer:
    headers = ixon_basic(scene.known)
    made = scene.ok("POST", "/access-tokens", {"expiresIn": 60}, headers=headers)["data"]
    scene.ok("DELETE", f"/access-tokens/{made['publicId']}")
    return scene.ask("GET", f"/access-tokens/{made['publicId']}")


def _ixon_data(scene: Scene) -> Asked:
    agent = scene.ok("GET", "/agents")["data"][0]["publicId"]
    source = scene.ok("GET", f"/agents/{agent}/data-sources")["data"][0]["publicId"]
    tags = scene.ok("GET", f"/agents/{agent}/data-tags?fields=tagId")["data"]
    wanted = {
        "start": "2000-01-01T00:00:00Z",
        "end": "2030-01-01T00:00:00Z",
        "source": {"publicId": source},
        "tags": [
            {"id": tag["tagId"], "queries": [{"postAggr": "median", "step": 60, "ref": str(ref)}]}
            for tag in tags
            for ref in range(5)
        ],
    }
    return "POST", "/data", wanted


def _ixon_without_second_factor(scene: Scene) -> RawAnswer:
    return scene.ask(
        "POST", "/access-tokens", {"expiresIn": 60}, headers=ixon_basic(scene.known, "otp_")
    )


OWN: Mapping[str, Mapping[Situation, Provoke]] = {
    "connix": {
        Situation.NO_PERMISSION: _read_only("read_only_api_key"),
        Situation.NOT_FOUND: _asking("GET", "/projects/proj_0000000000000000"),
        Situation.GONE: _connix_deleted,
        Situation.CONFLICT: _twice,
        Situation.UNPROCESSABLE: _connix_key_of_the_past,
        Situation.BAD_GATEWAY: _hung_up(_connix_invocation),
        Situation.GATEWAY_TIMEOUT: _slow(_connix_invocation),
    },
    "connxt": {
        Situation.NO_PERMISSION: _read_only("read_only_secret_token"),
        Situation.NOT_FOUND: _asking("GET", "/psps/psp_00000000000000000000000000"),
        Situation.GONE: lambda scene: scene.ask(*_connxt_payment(scene, status="DISABLED")),
        Situation.CONFLICT: _twice,
        Situation.UNPROCESSABLE: _connxt_wrong_currency,
        Situation.BAD_GATEWAY: _hung_up(_connxt_payment),
        Situation.GATEWAY_TIMEOUT: _slow(_connxt_payment),
    },
    "agenthuman": {
        Situation.NO_PERMISSION: _read_only("read_only_api_key"),
        Situation.NOT_FOUND: _asking("GET", "/sessions/123"),
        Situation.GONE: _agenthuman_deleted,
        Situation.CONFLICT: _twice,
        Situation.UNPROCESSABLE: _agenthuman_character,
        Situation.BAD_GATEWAY: _hung_up(_agenthuman_session),
        Situation.GATEWAY_TIMEOUT: _slow(_agenthuman_session),
    },
    "apinizer": {
        Situation.NO_PERMISSION: _apinizer_member,
        Situation.NOT_FOUND: _asking("GET", "/projects/Nowhere/apiProxies/"),
        Situation.GONE: _apinizer_deleted,
        Situation.CONFLICT: _twice,
        Situation.UNPROCESSABLE: _asking(
            "POST", "/auth/tokens", {"name": "Late", "expireDate": _LONG_AGO}
        ),
        Situation.BAD_GATEWAY: _hung_up(_apinizer_proxy),
        Situation.GATEWAY_TIMEOUT: _slow(_apinizer_proxy),
    },
    "ixon": {
        Situation.SECOND_FACTOR: _ixon_without_second_factor,
        Situation.NO_PERMISSION: _ixon_limited,
        Situation.NOT_FOUND: _asking("GET", "/agents/000000000000"),
        Situation.GONE: _ixon_revoked,
        Situation.CONFLICT: lambda scene: scene.ask(
            "POST", "/users/me/otp-auth/enable", secret=_ixon_strong(scene)
        ),
        Situation.UNPROCESSABLE: _asking(
            "POST", "/users/me/otp-auth/verify", {"oneTimePassword": "000000"}
        ),
        Situation.GATEWAY_TIMEOUT: lambda scene: scene.ask(*_ixon_data(scene)),
    },
}
"""API -> situation -> how."""

_SLOW: Mapping[str, Asking] = {
    "connix": _connix_invocation,
    "connxt": _connxt_payment,
    "agenthuman": _agenthuman_session,
    "apinizer": _apinizer_proxy,
    "ixon": _ixon_data,
}

SLOW: Mapping[str, Callable[[Scene], bytes]] = {
    name: lambda scene, asked=asked: scene.request(*asked(scene)) for name, asked in _SLOW.items()
}
"""API -> a request that takes as long as the server behind it, or as its work."""
