"""How codes are brought about that no situation of the matrix ends in: code by code."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from tests.every_api.provoking import Provoke
from tests.every_api.rows import apinizer_token
from tests.every_api.scene import Scene
from tests.hostile.raw_connection import RawAnswer

__all__ = ["CANNOT_BE_PROVOKED", "FURTHER"]

_FORM = "application/x-www-form-urlencoded"
_PROXY = {"apiProxyName": "Undeployed", "apiProxyCreationType": "REVERSE_PROXY"}


def _asking(method: str, path: str, body: Any = None) -> Provoke:
    """Ask for a path, ``{project}`` filled in."""
    return lambda scene: scene.ask(
        method, path.replace("{project}", str(scene.known.get("project_name"))), body
    )


def _wrong_password(scene: Scene) -> RawAnswer:
    form = {"grant_type": "client_credentials", "client_id": "admin", "client_secret": "wrong"}
    content = urlencode(form)
    head = (
        f"POST {scene.api.prefix}/auth/token HTTP/1.1\r\nHost: api.test\r\n"
        f"Content-Type: {_FORM}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    with scene.connect() as connection:
        connection.send((head + content).encode("ascii"))
        return connection.answer()


def _outsider(scene: Scene) -> RawAnswer:
    path = f"/projects/{scene.known['project_name']}/apiProxies/"
    return scene.ask("GET", path, secret=apinizer_token(scene.known, "outsider_"))


def _undeployed(scene: Scene) -> RawAnswer:
    place = f"/projects/{scene.known['project_name']}/apiProxies"
    scene.ok("POST", f"{place}/url/", _PROXY)
    return scene.ask("DELETE", f"{place}/Undeployed/environments/test/")


def _without_company(scene: Scene) -> RawAnswer:
    headers = scene.api.headers(scene.known)
    del headers["Api-Company"]
    return scene.ask("GET", "/agents", headers=headers)


def _authorized(value: str) -> Provoke:
    return lambda scene: scene.ask(
        "GET",
        "/users/me",
        headers={**scene.api.headers(scene.known), "Authorization": value},
    )


FURTHER: Mapping[str, Mapping[str, Provoke]] = {
    "connix": {},
    "connxt": {},
    "agenthuman": {
        "avatar_not_found": _asking("GET", "/avatars/123"),
        "role_not_found": _asking("POST", "/agents", {"name": "Agent", "role_id": "123"}),
    },
    "apinizer": {
        "invalid_parameter": _asking("GET", "/projects/{project}/apiProxies/?page=0"),
        "unauthorized_client": _wrong_password,
        "access_denied": _outsider,
        "resource_not_found": _asking("GET", "/projects/{project}/apiProxies/Nowhere/"),
        "conflict": _undeployed,
    },
    "ixon": {
        "required_header": _without_company,
        "value_too_short": _asking("PATCH", "/users/me", {"name": ""}),
        "value_too_long": _asking("PATCH", "/users/me", {"name": "x" * 5000}),
        "value_mismatch": _asking(
            "POST", "/users/me/otp-auth/verify", {"oneTimePassword": "12345"}
        ),
        "token_too_short": _authorized("Bearer short"),
        "token_too_long": _authorized(f"Bearer {'0' * 33}"),
        "token_malformed": _authorized("Bearer"),
        "token_mismatch": _authorized(f"Bearer {'0' * 31}!"),
    },
}
"""API -> code -> how."""

CANNOT_BE_PROVOKED: Mapping[str, Mapping[str, str]] = {
    "ixon": {"bad_gateway": "it asks no other server"},
}
"""API -> code -> why not; it is only replayed."""
