"""A bare client for Apinizer: one real connection per call, nothing interpreted."""

from collections.abc import Mapping
from typing import Any

from tests import calling
from tests.calling import Caller
from tests.running_server import RunningServer


class Answer(calling.Answer):
    """What came back."""

    @property
    def code(self) -> str:
        return self.json["error"]

    @property
    def says(self) -> str:
        return self.json["error_description"]

    @property
    def names(self) -> list[str]:
        return [each["name"] for each in self.json["resultList"]]

    def refuses(self, status: int, code: str, says: str) -> bool:
        """Tell whether this is exactly this error, with no member besides."""
        return (self.status, self.json) == (status, {"error": code, "error_description": says})


class Apinizer(Caller):
    """Calls one running server.

    Args:
        server: The server.
        token: The token of every call that says nothing else; one of the demo's administrator
            when not given.
    """

    answer = Answer

    def __init__(self, server: RunningServer, *, token: str | None = None) -> None:
        self.server = server
        self.known = server.credentials["apinizer"]
        self.project = self.known["project_name"]
        super().__init__(self.known["base_url"])
        self.token = token or self.log_in()
        self._held: dict[tuple[str, ...], Apinizer] = {}

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = "",
        headers: Mapping[str, str | None] | None = None,
        **how: Any,
    ) -> Answer:
        """Send one request.

        Args:
            method: The method.
            path: Below the prefix.
            body: Sent as JSON.
            token: Another token than usual, or ``None`` for none.
            headers: Further header fields.
            how: As for `Caller.call`.
        """
        sent: dict[str, str | None] = {}
        if token is not None:
            sent["Authorization"] = f"Bearer {token or self.token}"
        return super().call(method, path, body, headers={**sent, **(headers or {})}, **how)

    def enter(self, **changes: str) -> Answer:
        """Ask for a token as the demo's administrator."""
        fields = {
            "grant_type": "client_credentials",
            "client_id": self.known["username"],
            "client_secret": self.known["password"],
            **changes,
        }
        return self.form("/auth/token", {k: v for k, v in fields.items() if v}, token=None)

    def log_in(self, part: str = "") -> str:
        """Get a token of somebody of the demo: the administrator, ``member_``, ``outsider_``."""
        answer = self.enter(
            client_id=self.known[f"{part}username"], client_secret=self.known[f"{part}password"]
        )
        assert answer.status == 200, answer.body
        return answer.json["access_token"]

    def as_who(self, part: str) -> "Apinizer":
        """Be somebody else of the demo."""
        return Apinizer(self.server, token=self.log_in(part))

    def holding(self, *flags: str) -> "Apinizer":
        """Be somebody with a token from the command line; the same flags are the same caller."""
        if flags not in self._held:
            self._held[flags] = Apinizer(self.server, token=self.issue(*flags)["secret"])
        return self._held[flags]

    def at(self, *steps: str) -> str:
        """Write a path below the demo's project."""
        return "/".join([f"/projects/{self.project}", *steps, ""])

    def proxy(self, name: str, **members: Any) -> Answer:
        """Make a proxy in the demo's project."""
        body = {"apiProxyName": name, "apiProxyCreationType": "REVERSE_PROXY", **members}
        return self.post(self.at("apiProxies", "url"), body)

    def credential(self, username: str, **members: Any) -> Answer:
        """Make a credential in the demo's project."""
        body = {
            "email": "user@example.com",
            "fullName": "Api User",
            "username": username,
            "password": "a long password",
            **members,
        }
        return self.post(self.at("credentials"), body)

    def issue(self, *flags: str) -> dict[str, Any]:
        """Make a token on the command line."""
        return calling.issue(self.server, "apinizer", *flags)

    def command(self, *words: str) -> Any:
        """Run a command beside the server and return what it prints as JSON."""
        return calling.command(self.server, *words)
