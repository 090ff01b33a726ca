"""A bare client for Connix: one real connection per call, nothing interpreted."""

import http.client
import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from tests.running_server import RunningServer


class Answer:
    """What came back."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        return self.json["error"]

    @property
    def code(self) -> str:
        return self.error["code"]

    @property
    def details(self) -> Any:
        return self.error["details"]

    def assert_page(self, status: int, page: str) -> None:
        """Check that the body is an example of the page, to the byte.

        Args:
            status: The status the page gives.
            page: The JSON as the page prints it; its request_id and timestamp stand for any.
        """
        expected = json.loads(page)
        for varying in ("request_id", "timestamp"):
            expected["error"][varying] = self.error[varying]
        assert self.status == status
        assert self.headers["Content-Type"] == "application/json"
        assert self.body.decode() == json.dumps(expected, separators=(",", ":"))


class Connix:
    """Calls one running server.

    Args:
        server: The server.
        key: The key of every call that says nothing else.
    """

    def __init__(self, server: RunningServer, *, key: str | None = None) -> None:
        self.server = server
        self.known = server.connix
        self.key = key or self.known["api_key"]
        self.oauth = self.known["oauth"]

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = "",
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
        prefix: str = "/api/v1",
    ) -> Answer:
        """Send one request.

        Args:
            method: The method.
            path: Below the prefix.
            body: Sent as JSON.
            key: Another key than usual, or ``None`` for none.
            token: An access token; no key is sent then.
            headers: Further header fields.
            raw: A body as it is.
            prefix: In front of the path.
        """
        sent = {} if body is None else {"Content-Type": "application/json"}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        elif key is not None:
            sent["X-API-Key"] = key or self.key
        content = raw if body is None else msgspec.json.encode(body)
        port = urlsplit(self.known["base_url"]).port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request(method, prefix + path, content, {**sent, **(headers or {})})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path: str, **how: Any) -> Answer:
        return self.call("GET", path, **how)

    def post(self, path: str, body: Any = None, **how: Any) -> Answer:
        return self.call("POST", path, body, **how)

    def patch(self, path: str, body: Any, **how: Any) -> Answer:
        return self.call("PATCH", path, body, **how)

    def delete(self, path: str, **how: Any) -> Answer:
        return self.call("DELETE", path, **how)

    def form(self, path: str, fields: Mapping[str, str], **how: Any) -> Answer:
        """Send a form, to a path from the root."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", **how.pop("headers", {})}
        raw = urlencode(fields).encode()
        how = {"key": None, "headers": headers, "raw": raw, "prefix": "", **how}
        return self.call("POST", path, **how)

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
        return self.command("credentials", "issue", "--api", "connix", *flags)

    def command(self, *words: str) -> Any:
        """Run a command beside the server and return what it prints as JSON."""
        command = [sys.executable, "-m", "failwell.cli", *words]
        command += ["--data", str(self.server.data), "--json"]
        done = subprocess.run(command, capture_output=True, check=False, timeout=30)
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)
