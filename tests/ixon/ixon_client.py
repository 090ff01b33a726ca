"""A bare client for IXON: one real connection per call, nothing interpreted."""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import pyotp

from tests import calling
from tests.calling import Caller
from tests.running_server import RunningServer

ORDER = ("type", "data", "moreAfter", "status")
"""The order of the members; the page has more than one."""


class Answer(calling.Answer):
    """What came back."""

    @property
    def data(self) -> Any:
        return self.json["data"]

    def assert_page(self, status: int, page: str, **_: Any) -> None:
        """Check that the body is an example of the page, its members in the order of ours."""
        example = json.loads(page)
        assert set(example) == set(ORDER)
        super().assert_page(status, json.dumps({name: example[name] for name in ORDER}))

    def assert_refused(
        self, status: int, message: str, field: str | None = None, index: int | None = None
    ) -> None:
        """Check that the body is an error with this one item and nothing else."""
        self.assert_items(status, item(message, field, index))

    def assert_items(self, status: int, *items: dict[str, Any]) -> None:
        """Check that the body is an error with these items, in this order."""
        whole = {"type": "Error", "data": list(items), "moreAfter": None, "status": "error"}
        assert (self.status, self.json) == (status, whole)


def item(message: str, field: str | None = None, index: int | None = None) -> dict[str, Any]:
    """Write one item of an error."""
    given = {"message": message, "propertyName": field, "listIndex": index}
    return {name: value for name, value in given.items() if value is not None}


def basic(email: str, password: str, otp: str = "") -> str:
    """Write an ``Authorization`` field with a log-in."""
    return "Basic " + b64encode(f"{email}:{otp}:{password}".encode()).decode()


class Ixon(Caller):
    """Calls one IXON.

    Args:
        known: Its part of credentials.json.
        server: The server, where it is a process of its own.
        token: The token of every call that says nothing else; one of the demo's plain person
            when not given.
        company: The company of every call that says nothing else.
    """

    answer = Answer

    def __init__(
        self,
        known: Mapping[str, Any],
        *,
        server: RunningServer | None = None,
        token: str | None = None,
        company: str | None = None,
    ) -> None:
        super().__init__(known["base_url"])
        self.known = known
        self.server = server
        self.company = company or known["company_id"]
        self.token = token or self.log_in()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = "",
        company: str | None = "",
        headers: Mapping[str, str | None] | None = None,
        **how: Any,
    ) -> Answer:
        """Send one request.

        Args:
            method: The method.
            path: Below the prefix.
            body: Sent as JSON.
            token: Another token than usual, or ``None`` for none.
            company: Another company than usual, or ``None`` for none.
            headers: Further header fields, or ``None`` to leave one out.
            how: As for `Caller.call`.
        """
        sent: dict[str, str | None] = {
            "Api-Version": "2",
            "Api-Application": self.known["application_id"],
        }
        if company is not None:
            sent["Api-Company"] = company or self.company
        if token is not None:
            sent["Authorization"] = f"Bearer {token or self.token}"
        return super().call(method, path, body, headers={**sent, **(headers or {})}, **how)

    def enter(
        self,
        body: Any = None,
        *,
        email: str | None = None,
        password: str | None = None,
        otp: str = "",
        device: str | None = None,
        query: str = "",
    ) -> Answer:
        """Ask for a token, as the demo's plain person when nobody is named."""
        name = self.known["email"] if email is None else email
        word = self.known["password"] if password is None else password
        fields = {"Authorization": basic(name, word, otp), "Api-Device-Identifier": device}
        body = {"expiresIn": 3600} if body is None else body
        return self.post(f"/access-tokens{query}", body, company=None, token=None, headers=fields)

    def enter_carefully(self, body: Any = None, *, otp: str = "", **how: Any) -> Answer:
        """Ask for a token as the demo's person with a second factor."""
        name, word = self.known["otp_email"], self.known["otp_password"]
        return self.enter(body, email=name, password=word, otp=otp, **how)

    def log_in(self) -> str:
        """Get a token of the demo's plain person."""
        answer = self.enter()
        assert answer.status == 201, answer.body
        return answer.data["secretId"]

    def code(self, at: float) -> str:
        """The one-time password that the demo's careful person sees at a moment."""
        return pyotp.TOTP(self.known["otp_secret"]).at(int(at))

    def holding(self, token: str, company: str | None = None) -> "Ixon":
        """Be somebody else, in a company of that person."""
        found = company or self.companies(token)[0]
        return Ixon(self.known, server=self.server, token=token, company=found)

    def tenant(self, *flags: str) -> "Ixon":
        """Be somebody with a token from the command line."""
        return self.holding(self.issue(*flags)["secret"])

    def companies(self, token: str) -> list[str]:
        """List the companies that the person behind a token belongs to."""
        return [each["publicId"] for each in self.get("/companies", token=token).data]

    def issue(self, *flags: str) -> dict[str, Any]:
        """Make a token on the command line."""
        assert self.server is not None
        return calling.issue(self.server, "ixon", *flags)

    def agent(self) -> str:
        """Name the agent that logs data."""
        return self.get("/agents").data[0]["publicId"]

    def source(self) -> tuple[dict[str, str], list[dict[str, Any]]]:
        """Name the data source, and everything it logs."""
        tags = self.get(f"/agents/{self.agent()}/data-tags?page-size=100").data
        return tags[0]["source"], tags

    def role(self, **members: Any) -> str:
        """Make a role and return its name on the wire."""
        answer = self.post("/roles", {"name": "A role", **members})
        assert answer.status == 201, answer.body
        return answer.data["publicId"]

    def own_role(self) -> str:
        """Name the role of the person who is calling."""
        me = self.get("/users/me").data["publicId"]
        rows = self.get("/users/memberships?page-size=1000").data
        return next(row["role"]["publicId"] for row in rows if row["user"]["publicId"] == me)
