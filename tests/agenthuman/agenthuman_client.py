"""A bare client for AgentHuman: one real connection per call, nothing interpreted."""

import asyncio
import uuid
from collections.abc import Mapping
from typing import Any

from failwell.apis import agenthuman
from failwell.stores.accounts import AccountStore
from failwell.stores.api_stores import ApiStores
from failwell.stores.credentials import IssuedCredential
from failwell.stores.credentials_sql import SqlCredentialStore
from failwell.stores.database import Database
from failwell.stores.issuing import IssueRequest
from tests import calling
from tests.calling import Caller, command
from tests.running_server import RunningServer

JSON = {"Content-Type": "application/json"}


class Answer(calling.Answer):
    """What came back."""

    @property
    def error(self) -> dict[str, Any]:
        return self.json["error"]

    @property
    def code(self) -> str:
        return self.error["code"]

    @property
    def message(self) -> str:
        return self.error["message"]

    @property
    def details(self) -> Any:
        return self.error["details"]


class AgentHuman(Caller):
    """Calls one running server.

    Args:
        server: The server.
        key: The key of every call that says nothing else; that of the demo account by default.
    """

    answer = Answer

    def __init__(self, server: RunningServer, *, key: str | None = None) -> None:
        self.server = server
        self.known = server.credentials["agenthuman"]
        self.key = key or self.known["api_key"]
        super().__init__(self.known["base_url"], headers={"x-api-key": self.key})

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = "",
        headers: Mapping[str, str | None] | None = None,
        **how: Any,
    ) -> Answer:
        """Send one request.

        Args:
            method: The method.
            path: Below the prefix.
            body: Sent as JSON.
            key: Another key than usual, or ``None`` for none.
            headers: Further header fields.
            how: As for `Caller.call`.
        """
        chosen: dict[str, str | None] = {} if key == "" else {"x-api-key": key}
        return super().call(method, path, body, headers={**chosen, **(headers or {})}, **how)

    def account(self, *, plan: str = "enterprise", name: str | None = None) -> "AgentHuman":
        """Make an account of its own and call as it."""
        name = name or f"Account {uuid.uuid4().hex}"
        # What the command does, without the second that starting a process takes.
        issued = asyncio.run(_issue(self.server, name, plan))
        return AgentHuman(self.server, key=issued.secret)

    def new_key(self, **members: Any) -> str:
        """Make a key with this one and return its secret."""
        answer = self.post("/api-keys", {"name": "Made by a test", **members})
        assert answer.status == 201, answer.body
        return answer.json["api_key"]

    def agent(self, **members: Any) -> str:
        """Make an agent and return its id."""
        body = {"name": uuid.uuid4().hex, "role_id": self.known["role_id"], **members}
        answer = self.post("/agents", body)
        assert answer.status == 201, answer.body
        return answer.json["agent"]["agent_id"]

    def session(self, **members: Any) -> str:
        """Make a session and return its id."""
        body = members or {"avatar_id": self.known["avatar_id"]}
        answer = self.post("/sessions", body)
        assert answer.status == 201, answer.body
        return answer.json["session"]["session_id"]

    def started(self) -> str:
        """Make a session, start it and return its id."""
        session_id = self.session()
        answer = self.put(f"/sessions/{session_id}/start")
        assert answer.status == 200, answer.body
        return session_id

    def end_all(self) -> None:
        """Give every worker of this account back."""
        for session in self.get("/sessions?status=started").json["sessions"]:
            assert self.post(f"/sessions/{session['session_id']}/end").status == 200

    def role(self, name: str) -> str:
        """Find the identifier of a role by its name."""
        roles = self.get("/roles").json["roles"]
        return next(role["role_id"] for role in roles if role["name"] == name)

    def command(self, *words: str) -> Any:
        """Run a command beside the server and return what it prints as JSON."""
        return command(self.server, *words)


async def _issue(server: RunningServer, name: str, plan: str) -> IssuedCredential:
    shared, own = (Database(server.data / f"{each}.db") for each in ("failwell", "agenthuman"))
    try:
        return await agenthuman.issue(
            ApiStores(
                database=own,
                accounts=AccountStore(shared),
                credentials=SqlCredentialStore(shared),
            ),
            IssueRequest(tenant=name, plan=plan),
        )
    finally:
        await shared.close()
        await own.close()
