"""Statements 15 and 16 of the Connxt page: when it is not the caller's fault."""

import http.server
import json
import secrets
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import StartServer
from tests.connxt.connxt_client import Answer, Connxt
from tests.running_server import RunningServer

SERVER_ERROR = """
{
  "timestamp": "2025-12-12T08:55:04Z",
  "code": "1000",
  "message": "Generic server error"
}
"""


def assert_server_error(answer: Answer) -> None:
    """Check that the body is the page's, with no word of the cause."""
    answer.assert_page(500, SERVER_ERROR)
    for word in (b"sql", b"lock", b"key", b"Traceback", b"connect"):
        assert word not in answer.body.lower()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connxt]:
    """A Connxt whose file may be locked."""
    server = RunningServer(tmp_path_factory.mktemp("connxt"))
    yield Connxt(server.wait_until_ready())
    server.stop()


@contextmanager
def locked(connxt: Connxt) -> Iterator[None]:
    """Hold the file from another process's point of view: a second connection."""
    lock = sqlite3.connect(connxt.server.data / "connxt.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    yield
    lock.close()


def rows(connxt: Connxt) -> dict[str, int]:
    """How many rows each table has."""
    with sqlite3.connect(connxt.server.data / "connxt.db") as database:
        tables = ("psps", "psp_operations", "transactions", "transaction_steps")
        counts = {
            table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in tables
        }
    database.close()
    return counts


def test_connxt_s15_a_locked_database_is_a_server_error(own: Connxt):
    """Writes fail with the body of the page and no word of the cause; reads go on."""
    psp = own.psp("Before the lock")
    _, page = own.deposit(psp)

    with locked(own):
        assert_server_error(own.post("/psps/external", own.new_psp("Locked out")))
        assert_server_error(own.put(f"/psps/{psp['id']}", {"name": "Locked out"}))
        assert_server_error(own.post("/transactions", own.new_transaction(psp)))
        assert_server_error(own.form(page, {"outcome": "SUCCESS"}))
        assert own.get("/psps").status == 200
        assert own.post("/psps/external", own.new_psp("Locked out", credential="{}")).status == 400


def test_connxt_s16_a_retry_finds_nothing_half_written(own: Connxt):
    """After a failure there is no row of it, and the same request then succeeds."""
    body = own.new_psp("Sent again")
    psp = own.psp("For the retry")
    payment = own.new_transaction(psp)
    before = rows(own)

    with locked(own):
        assert_server_error(own.post("/psps/external", body))
        assert_server_error(own.post("/transactions", payment))

    assert rows(own) == before
    assert own.post("/psps/external", body).status == 200
    assert own.post("/transactions", payment).status == 200
    after = rows(own)
    assert after["psps"] == before["psps"] + 1
    assert after["psp_operations"] == before["psp_operations"] + 3
    assert after["transactions"] == before["transactions"] + 1
    assert after["transaction_steps"] == before["transaction_steps"] + 3


def test_connxt_s16_a_change_that_fails_changes_nothing(own: Connxt):
    """A PUT that replaces operations is one transaction: old or new, never none."""
    psp = own.psp("Changed as a whole")
    change = {"name": "Changed", "operations": psp["operations"][:1]}

    with locked(own):
        assert_server_error(own.put(f"/psps/{psp['id']}", change))

    assert own.get(f"/psps/{psp['id']}").data == psp
    assert own.put(f"/psps/{psp['id']}", change).data["operations"] == psp["operations"][:1]


def test_maintenance_is_a_server_error_that_says_when(own: Connxt, eventually):
    """While a window is open every endpoint gives 1000 with Retry-After, and works again after."""
    _, page = own.deposit(own.psp("In maintenance"))
    own.command("maintenance", "start", "--api", "connxt", "--minutes", "30")
    eventually(lambda: own.get("/psps").status == 500)

    for answer in (
        own.get("/psps"),
        own.get("/flow-types/definitions?type=PSP", headers={"X-SECRET-TOKEN": None}),
        own.get(page),
        own.get("/nowhere"),
    ):
        assert_server_error(answer)
        assert 1790 <= int(answer.headers["Retry-After"]) <= 1800

    own.command("maintenance", "end", "--api", "connxt")
    eventually(lambda: own.get("/psps").status == 200)


def test_connxt_s15_another_encryption_key_is_a_server_error(start_server: StartServer):
    """A credential that was sealed with another key cannot be used, until it is given again."""
    first_key, second_key = secrets.token_hex(32), secrets.token_hex(32)
    first = Connxt(start_server(f"connxt.encryption_key={first_key}"))
    psp = first.psp("Of the first key")
    payment = first.new_transaction(psp)
    assert first.post("/transactions", payment).status == 200
    data = first.server.data
    first.server.stop()

    second = Connxt(start_server(f"connxt.encryption_key={second_key}", data=data))
    assert second.token == first.token
    before = rows(second)
    assert_server_error(second.post("/transactions", payment))
    assert rows(second) == before
    assert "OtherKeyError" in second.server.log
    assert first_key not in second.server.log
    assert second_key not in second.server.log
    # Everything that needs no credential goes on, and the way out is a new credential.
    assert second.get(f"/psps/{psp['id']}").data == psp
    assert second.transaction(second.psp("Of the second key"))["success"]
    second.server.stop()

    third = Connxt(start_server(f"connxt.encryption_key={first_key}", data=data))
    assert third.post("/transactions", payment).status == 200
    other = next(each for each in third.get("/psps").data if each["name"] == "Of the second key")
    assert_server_error(third.post("/transactions", third.new_transaction(other)))
    third.put(f"/psps/{other['id']}", {"credential": '{"apiKey":"again"}'})
    assert third.transaction(other)["success"]


def test_the_key_file_is_made_once(own: Connxt):
    """Without a setting the key lies beside the database, for its owner only."""
    key = own.server.data / "connxt.key"

    assert len(key.read_text("ascii").strip()) == 64
    assert key.stat().st_mode & 0o777 == 0o600


class _Provider(http.server.BaseHTTPRequestHandler):
    """A payment provider that does what the order's id asks it to."""

    heard: list[dict]

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        payment = json.loads(self.rfile.read(length))
        type(self).heard.append({"key": self.headers["Idempotency-Key"], **payment})
        good = {"id": "theirs_1", "status": "PENDING", "redirectUrl": "https://pay.example/1"}
        status, answer = {
            "broken": (500, good),
            "list": (200, []),
            "html": (200, "<h1>Pay</h1>"),
            "strange": (200, good | {"status": "MAYBE"}),
            "nowhere": (200, good | {"redirectUrl": None}),
            "script": (200, good | {"redirectUrl": "javascript:alert(1)"}),
            "nameless": (200, good | {"id": ""}),
            "done": (200, {"id": "theirs_2", "status": "SUCCESS"}),
        }.get(payment["payload"]["body"]["order"]["id"], (200, good))
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def heard() -> list[dict]:
    """What the payment provider was told."""
    return []


@pytest.fixture(scope="module")
def provider(heard: list[dict]) -> Iterator[str]:
    """The address of a payment provider."""
    handler = type("Handler", (_Provider,), {"heard": heard})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/payments"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def asking(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connxt]:
    """A Connxt that asks this provider."""
    data: Path = tmp_path_factory.mktemp("asking")
    server = RunningServer(data, settings=[f"connxt.gateway_url={provider}"])
    yield Connxt(server.wait_until_ready())
    server.stop()


def _order(name: str) -> dict:
    return {"body": {"order": {"id": name}}}


def test_the_provider_is_told_about_the_payment(asking: Connxt, heard: list[dict]):
    """It gets the decrypted credential and the transaction's id, and its page is passed on."""
    psp = asking.psp("Told", credential='{"apiKey":"theirs to see"}')

    data = asking.transaction(psp, executePayload=_order("7"))["data"]["data"]

    told = heard[-1]
    assert told["credential"] == {"apiKey": "theirs to see"}
    assert told["reference"] == told["key"] == data["orderId"]
    assert (told["action"], told["currency"], told["amount"]) == ("DEPOSIT", "USD", 200)
    assert told["payload"] == _order("7")
    assert told["page"].startswith(asking.known["base_url"] + "/gateway/pay_")
    assert data["navigation"]["value"] == "https://pay.example/1"
    callback = told["page"].removeprefix(asking.known["base_url"])
    assert asking.form(callback, {"outcome": "SUCCESS"}).status == 303
    found = asking.get(f"/transactions/{data['orderId']}").data
    assert (found["status"], found["pspTxnId"]) == ("SUCCESS", "theirs_1")


def test_the_provider_may_decide_at_once(asking: Connxt):
    """A deposit that needs no customer has the direct form."""
    data = asking.transaction(asking.psp("At once"), executePayload=_order("done"))

    assert (data["status"], data["pspTxnId"]) == ("SUCCESS", "theirs_2")


@pytest.mark.parametrize(
    "order", ["broken", "list", "html", "strange", "nowhere", "script", "nameless"]
)
def test_connxt_s15_nonsense_of_the_provider_is_a_server_error(
    asking: Connxt, heard: list[dict], order: str
):
    """What is no success or no answer of the provider is 1000; the transaction has failed."""
    psp = asking.psp(f"Nonsense {order}")

    assert_server_error(
        asking.post("/transactions", asking.new_transaction(psp, executePayload=_order(order)))
    )

    assert asking.status(heard[-1]["reference"]) == "FAILED"


@pytest.mark.parametrize("deaf", [True, False])
def test_connxt_s15_a_provider_that_does_not_answer_is_a_server_error(
    start_server: StartServer, deaf: bool
):
    """A closed port and a silent one are 1000; nothing says where the provider is."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        if deaf:
            silent.close()
        url = f"connxt.gateway_url=http://127.0.0.1:{port}/"
        connxt = Connxt(start_server(url, "connxt.deadline=0.5"))
        psp = connxt.psp("Silence")

        answer = connxt.post("/transactions", connxt.new_transaction(psp))

    assert_server_error(answer)
    assert str(port).encode() not in answer.body
    assert connxt.get("/psps").status == 200
