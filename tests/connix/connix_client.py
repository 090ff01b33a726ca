"""A bare client for Connix: one real connection per call, nothing interpreted."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests import calling
from tests.calling import Caller
from tests.running_server import RunningServer


class Answer(calling.Answer):
    """What came back."""

    @property
    def error(self) -> dict[str, Any]:
        return self.json["error"]

    @property
    def code(self) -> str:
        return self.error["code"]

    @property
    def details(self) -> Any:
        return self.error["details"]

    def assert_page(self, status: int, page: str, **_: Any) -> None:
        """Check that the body is an example of the page; its id and moment stand for any."""
        varying = (("error", "request_id"), ("error", "timestamp"))
        super().assert_page(status, page, varying=varying)


class Connix(Caller):
    """Calls one running server.

    Args:
        server: The server.
        key: The key of every call that says nothing else.
    """

    answer = Answer

    def __init__(self, server: RunningServer, *, key: str | None = None) -> None:
        self.server = server
        self.known = server.connix
        self.key = key or self.known["api_key"]
        self.oauth = self.known["oauth"]
        super().__init__(self.known["base_url"])

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = "",
        token: str | None = None,
        headers: Mapping[str, str | None] | None = None,
        **how: Any,
    ) -> Answer:
        """Send one request.

        Args:
            method: The method.
            path: Below the prefix.
            body: Sent as JSON.
            key: Another key than usual, or ``None`` for none.
            token: An access token; no key is sent then.
            headers: Further header fields.
            how: As for `Caller.call`.
        """
        sent: dict[str, str | None] = {}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        elif key is not None:
            sent["X-API-Key"] = key or self.key
        return super().call(method, path, body, headers={**sent, **(headers or {})}, **how)

    def form(self, path: str, fields: Mapping[str, str], **how: Any) -> Answer:
        """Send a form, to a path from the root."""
        return super().form(path, fields, **{"key": None, "prefix": "", **how})

    def log_in(self, **changes: str) -> Answer:
        """Log in as the demo user; the answer is the redirect."""
        fields = {
            "email": self.known["email"],
            "password": self.known["password"],
            "client_id": self.oauth["client_id"],
            "redirect_uri": self.oauth["redirect_uri"],
            "response_type": "code",
            **changes,
        }
        return self.form("/oauth2/authorize", fields)

    def trade(self, **fields: str) -> Answer:
        """Ask for tokens as the demo app."""
        app = {name: self.oauth[name] for name in ("client_id", "client_secret")}
        return self.form("/oauth2/token", {**app, **fields})

    def code(self, **changes: str) -> str:
        """Log in and take the code out of the redirect."""
        location = self.log_in(**changes).headers["Location"]
        return parse_qs(urlsplit(location).query)["code"][0]

    def tokens(self, **changes: str) -> dict[str, Any]:
        """Go through the whole flow."""
        redirect_uri = self.oauth["redirect_uri"]
        answer = self.trade(
            grant_type="authorization_code", code=self.code(**changes), redirect_uri=redirect_uri
        )
        assert answer.status == 200, answer.body
        return answer.json

    def project(self, name: str) -> str:
        """Make a project and return its id."""
        answer = self.post("/projects", {"name": name})
        assert answer.status == 201, answer.body
        return answer.json["id"]

    def agent(self, **members: Any) -> str:
        """Make an agent in the demo project and return its id."""
        place = f"/projects/{self.known['project_id']}/agents"
        answer = self.post(place, {"name": "Agent", **members})
        assert answer.status == 201, answer.body
        return answer.json["id"]

    def issue(self, *flags: str) -> dict[str, Any]:
        """Make a credential on the command line."""
        return calling.issue(self.server, "connix", *flags)

    def command(self, *words: str) -> Any:
        """Run a command beside the server and return what it prints as JSON."""
        return calling.command(self.server, *words)
