"""The five APIs as a test that goes over all of them needs them: one row each."""

import base64
import json
import urllib.request
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

import msgspec

from failwell.cli.apis import APIS, port_of
from failwell.core.contract import Contract
from tests.calling import Caller
from tests.running_server import RunningServer

__all__ = ["ROWS", "ApiRow", "Known", "contract", "row_of"]

Known = Mapping[str, Any]
"""What ``credentials.json`` says of one API."""

Headers = dict[str, str]


class ApiRow(msgspec.Struct, frozen=True, kw_only=True):
    """One API. Paths are below its prefix."""

    name: str
    """Its name."""

    prefix: str
    """In front of its paths."""

    root: tuple[str, ...]
    """Members of every error body, the optional ones left out."""

    field: str
    """The header field that says who is calling."""

    scheme: str = ""
    """In front of the secret in that field."""

    shape: str
    """How the secret begins, before what is random in it."""

    secret: Callable[[Known], str]
    """Gets a secret of the demo caller."""

    beside: Callable[[Known], Headers] = lambda known: {}
    """Header fields that every request has besides."""

    read: str
    """A cheap GET that the demo caller may do."""

    create: str
    """A POST with a JSON body, which must be an object."""

    body: Callable[[Known, str], dict[str, Any]]
    """A body for it that is good, with a name of its own."""

    made: int = 201
    """What it is answered then."""

    knows_405: bool = True
    """Whether a wrong method is another status than a wrong path."""

    def port(self, server: RunningServer) -> int:
        """Tell where it listens."""
        return port_of(self.name, server.port)

    def headers(self, known: Known, secret: str | None = None) -> Headers:
        """Write the header fields of a caller; the demo caller's without a secret."""
        return {
            **self.beside(known),
            self.field: self.scheme + (secret or _secret(self.name, json.dumps(known))),
        }

    def caller(self, server: RunningServer, secret: str | None = None) -> Caller:
        """Make somebody who calls it; the demo caller without a secret."""
        known = server.credentials[self.name]
        return Caller(known["base_url"], headers=self.headers(known, secret))


@cache
def contract(name: str) -> Contract:
    """Load the contract of an API."""
    return Contract.bundled(name)


@cache
def _secret(name: str, known: str) -> str:
    """Log in once a server; tokens last longer than a test run."""
    return row_of(name).secret(json.loads(known))


def _posted(url: str, body: bytes, headers: Headers) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as response:
        return json.load(response)


def apinizer_token(known: Known, who: str = "") -> str:
    """Log in to Apinizer, as the administrator or as ``member_`` or ``outsider_``."""
    form = {
        "grant_type": "client_credentials",
        "client_id": known[f"{who}username"],
        "client_secret": known[f"{who}password"],
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    url = f"{known['base_url']}/auth/token"
    return str(_posted(url, urlencode(form).encode(), headers)["access_token"])


def ixon_basic(known: Known, who: str = "", otp: str = "") -> Headers:
    """Write the header fields of a log-in to IXON, of the usual person or of ``otp_``."""
    person = f"{known[f'{who}email']}:{otp}:{known[f'{who}password']}"
    basic = base64.b64encode(person.encode()).decode()
    application = {"Api-Version": "2", "Api-Application": known["application_id"]}
    return {**application, "Authorization": f"Basic {basic}"}


def ixon_token(known: Known, who: str = "", otp: str = "") -> str:
    """Log in to IXON."""
    headers = {**ixon_basic(known, who, otp), "Content-Type": "application/json"}
    url = f"{known['base_url']}/access-tokens?fields=secretId"
    return str(_posted(url, b'{"expiresIn":86400}', headers)["data"]["secretId"])


def _ixon_beside(known: Known) -> Headers:
    company = {"Api-Company": known["company_id"]}
    return {"Api-Version": "2", "Api-Application": known["application_id"], **company}


def _psp(known: Known, name: str) -> dict[str, Any]:
    operation = {
        "flowActionId": known["flow_action_id"],
        "flowDefinitionId": known["flow_definition_id"],
        "status": "ENABLED",
    }
    return {
        "name": name,
        "credential": '{"apiKey":"pk_1"}',
        "flowTargetId": known["flow_target_id"],
        "operations": [operation],
    }


_ALL = (
    ApiRow(
        name="connix",
        prefix="/api/v1",
        root=("error",),
        field="X-API-Key",
        shape="cx_",
        secret=lambda known: known["api_key"],
        read="/hello",
        create="/projects",
        body=lambda known, name: {"name": name},
    ),
    ApiRow(
        name="connxt",
        prefix="/connxt/v2",
        root=("timestamp", "code", "message"),
        field="X-SECRET-TOKEN",
        shape="sec_",
        secret=lambda known: known["secret_token"],
        read="/psps",
        create="/psps/external",
        body=_psp,
        made=200,
        knows_405=False,
    ),
    ApiRow(
        name="agenthuman",
        prefix="/v1",
        root=("error",),
        field="x-api-key",
        shape="ah_live_",
        secret=lambda known: known["api_key"],
        read="/roles",
        create="/agents",
        body=lambda known, name: {"name": name, "role_id": known["role_id"]},
    ),
    ApiRow(
        name="apinizer",
        prefix="/apiops",
        root=("error", "error_description"),
        field="Authorization",
        scheme="Bearer ",
        shape="",
        secret=apinizer_token,
        read="/projects/",
        create="/projects/",
        body=lambda known, name: {"name": name},
        knows_405=False,
    ),
    ApiRow(
        name="ixon",
        prefix="/api",
        root=("type", "data", "moreAfter", "status"),
        field="Authorization",
        scheme="Bearer ",
        shape="",
        secret=ixon_token,
        beside=_ixon_beside,
        read="/users/me",
        create="/roles",
        body=lambda known, name: {"name": name},
    ),
)

ROWS = tuple(row for row in _ALL if row.name in APIS)
"""Those that are served."""


def row_of(name: str) -> ApiRow:
    """Find the row of an API."""
    return next(row for row in _ALL if row.name == name)
