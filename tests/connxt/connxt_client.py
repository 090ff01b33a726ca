"""A bare client for Connxt: one real connection per call, nothing interpreted."""

import json
from collections.abc import Mapping
from typing import Any

from tests import calling
from tests.calling import Caller
from tests.running_server import RunningServer

TIMESTAMP = (("timestamp",),)


class Answer(calling.Answer):
    """What came back."""

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def code(self) -> str:
        return self.json["code"]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Field and message of each rejected input."""
        return [(each["field"], each["message"]) for each in self.json["errors"]]

    def assert_page(self, status: int, page: str, **_: Any) -> None:
        """Check that the body is an example of the page; its moment stands for any."""
        super().assert_page(status, page, varying=TIMESTAMP)


class Connxt(Caller):
    """Calls one running server.

    Args:
        server: The server.
        token: The token of every call that says nothing else.
    """

    answer = Answer

    def __init__(self, server: RunningServer, *, token: str | None = None) -> None:
        self.server = server
        self.known = server.credentials["connxt"]
        self.token = token or self.known["secret_token"]
        super().__init__(self.known["base_url"], headers={"X-SECRET-TOKEN": self.token})

    def as_(self, token: str) -> "Connxt":
        """Call the same server with another token."""
        return Connxt(self.server, token=token)

    @property
    def other_environment(self) -> "Connxt":
        """The same brand's other environment."""
        return self.as_(self.known["other_environment_secret_token"])

    def targets(self) -> list[dict[str, Any]]:
        """The payment gateways of the environment."""
        return self.get("/flow-types/definitions?type=PSP").data["targets"]

    def target(self, name: str = "Sandbox Card") -> dict[str, Any]:
        """One payment gateway, with its actions by name under ``by_name``."""
        found = next(each for each in self.targets() if each["name"] == name)
        return found | {"by_name": {action["name"]: action for action in found["actions"]}}

    def new_psp(self, name: str, **changes: Any) -> dict[str, Any]:
        """Write the body of a PSP that can do everything its gateway can."""
        target = self.target(changes.pop("gateway", "Sandbox Card"))
        body = {
            "name": name,
            "credential": json.dumps({"apiKey": "your_api_key_here"}),
            "flowTargetId": target["id"],
            "operations": [
                {
                    "flowActionId": action["id"],
                    "flowDefinitionId": action["definition"]["id"],
                    "status": "ENABLED",
                }
                for action in target["actions"]
                if action["definition"] is not None
            ],
        }
        return body | changes

    def psp(self, name: str, **changes: Any) -> dict[str, Any]:
        """Set up a PSP and return it."""
        answer = self.post("/psps/external", self.new_psp(name, **changes))
        assert answer.status == 200, answer.body
        return answer.data

    def new_transaction(
        self, psp: Mapping[str, Any], action: str = "DEPOSIT", **changes: Any
    ) -> dict[str, Any]:
        """Write the body of a transaction through a PSP."""
        actions = {
            each["flowActionName"]: each["flowActionId"]
            for each in psp["flowTarget"]["supportedActions"]
        }
        body = {
            "flowActionId": actions[action],
            "flowTargetId": psp["flowTargetId"],
            "pspId": psp["id"],
            "transactionType": action.lower(),
            "txnCurrency": "USD",
            "txnAmount": 200,
            "executePayload": {
                "body": {"order": {"id": "ORDER_123"}, "customer": {"id": "cust_001"}}
            },
        }
        return body | changes

    def transaction(self, psp: Mapping[str, Any], action: str = "DEPOSIT", **changes: Any) -> Any:
        """Start a transaction and return its data."""
        answer = self.post("/transactions", self.new_transaction(psp, action, **changes))
        assert answer.status == 200, answer.body
        assert answer.json["message"] == "Transaction created successfully"
        return answer.data

    def deposit(self, psp: Mapping[str, Any], **changes: Any) -> tuple[str, str]:
        """Start a payment; returns its id and the path of its page below the prefix."""
        data = self.transaction(psp, **changes)["data"]["data"]
        address = data["navigation"]["value"]
        base = self.known["base_url"]
        assert address.startswith(f"{base}/gateway/pay_")
        return data["orderId"], address.removeprefix(base)

    def status(self, transaction_id: str) -> str:
        """The state of a transaction."""
        return self.get(f"/transactions/{transaction_id}").data["status"]

    def issue(self, *flags: str) -> dict[str, Any]:
        """Make a token on the command line."""
        return calling.issue(self.server, "connxt", *flags)

    def command(self, *words: str) -> Any:
        """Run a command beside the server and return what it prints as JSON."""
        return calling.command(self.server, *words)
