"""The payment page: followed by a customer, from the redirect back to the shop."""

import http.server
import re
import sqlite3
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.connxt.connxt_client import Answer, Connxt
from tests.connxt.test_connxt_envelope import NOT_FOUND

HISTORY = ["NEW", "CREATED", "INITIATED"]
ENDS = {
    "SUCCESS": ["PG_ACCEPTED", "PG_SUCCESS", "SUCCESS"],
    "FAILED": ["PG_ACCEPTED", "PG_FAILED", "FAILED"],
    "REJECTED": ["PG_REJECTED", "REJECTED"],
}


class _Shop(http.server.BaseHTTPRequestHandler):
    """A shop that greets customers who come back."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"Welcome")

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """The address of a shop."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Shop)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


class Page(HTMLParser):
    """The form of a page, and everything it says."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.form: dict[str, str | None] | None = None
        self.inputs: list[dict[str, str | None]] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(answer.body.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "form":
            self.form = dict(attrs)
        if tag == "input":
            self.inputs.append(dict(attrs))

    def handle_data(self, data):
        self.text += data


def _page(connxt: Connxt, path: str) -> Answer:
    return connxt.get(path, headers={"X-SECRET-TOKEN": None})


def _decide(connxt: Connxt, path: str, outcome: str) -> Answer:
    return connxt.form(path, {"outcome": outcome}, headers={"X-SECRET-TOKEN": None})


def _payload(shop: str) -> dict:
    urls = {"successUrl": f"{shop}/thanks?cart=1#top", "failureUrl": f"{shop}/sorry"}
    return {"body": {"order": {"id": "ORDER_7"}, **urls}}


@pytest.mark.parametrize("outcome", ["SUCCESS", "FAILED", "REJECTED"])
def test_a_customer_comes_back_to_the_shop(connxt: Connxt, psp: dict, shop: str, outcome: str):
    """Open the page, send its form, follow the redirect: a browser does nothing else."""
    data = connxt.transaction(psp, executePayload=_payload(shop))["data"]["data"]
    address = data["navigation"]["value"]

    with urllib.request.urlopen(address) as page:
        assert page.status == 200
    form = urlencode({"outcome": outcome}).encode()
    with urllib.request.urlopen(address, data=form) as back:
        assert back.read() == b"Welcome"
        came_to = urlsplit(back.url)

    assert came_to.path == ("/thanks" if outcome == "SUCCESS" else "/sorry")
    query = parse_qs(came_to.query)
    assert query["orderId"] == [data["orderId"]]
    assert query["status"] == [outcome]
    assert query.get("cart") == (["1"] if outcome == "SUCCESS" else None)
    found = connxt.get(f"/transactions/{data['orderId']}").data
    assert found["status"] == outcome
    assert [each["status"] for each in found["history"]] == HISTORY + ENDS[outcome]


def test_without_a_shop_the_page_tells_the_end(connxt: Connxt, psp: dict):
    """A payment that names no address to go back to leads to its own page."""
    _, path = connxt.deposit(psp)
    address = connxt.known["base_url"] + path

    with urllib.request.urlopen(address, data=b"outcome=SUCCESS") as end:
        assert end.url == address
        assert b"The payment is done." in end.read()


def test_the_first_decision_counts(connxt: Connxt, psp: dict, shop: str):
    """Who sends the form again is sent back as before, and nothing changes."""
    transaction_id, path = connxt.deposit(psp, executePayload=_payload(shop))

    first = _decide(connxt, path, "REJECTED")
    second = _decide(connxt, path, "SUCCESS")

    assert (first.status, second.status) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert first.body == b""
    assert connxt.status(transaction_id) == "REJECTED"
    assert "was not accepted" in Page(_page(connxt, path)).text


def test_of_decisions_at_once_one_counts(connxt: Connxt, psp: dict):
    """Two windows that race leave one history."""
    transaction_id, path = connxt.deposit(psp)

    outcomes = ["SUCCESS", "REJECTED"] * 4
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda outcome: _decide(connxt, path, outcome), outcomes))

    found = connxt.get(f"/transactions/{transaction_id}").data
    assert {answer.status for answer in answers} == {303}
    assert [each["status"] for each in found["history"]] == HISTORY + ENDS[found["status"]]


def test_the_page_needs_no_script(connxt: Connxt, psp: dict):
    """One form with labelled choices and a button, sent to where the page came from."""
    _, path = connxt.deposit(psp)

    answer = _page(connxt, path)

    page = Page(answer)
    assert page.form == {"method": "post"}
    assert [each["value"] for each in page.inputs] == ["SUCCESS", "FAILED", "REJECTED"]
    assert [each["name"] for each in page.inputs] == ["outcome"] * 3
    assert ["checked" in each for each in page.inputs] == [True, False, False]
    assert page.tags.count("label") == 3
    assert page.tags.count("button") == 1
    assert {"fieldset", "legend", "main", "h1", "title"} <= set(page.tags)
    assert not {"script", "iframe", "img", "a"} & set(page.tags)
    assert 'name="viewport" content="width=device-width' in answer.body.decode()
    assert '<html lang="en">' in answer.body.decode()


def test_the_page_is_kept_and_framed_by_nobody(connxt: Connxt, psp: dict):
    """Its address is a key: no cache stores it, no other site learns it."""
    _, path = connxt.deposit(psp)

    headers = _page(connxt, path).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


def test_what_others_wrote_is_only_text_on_the_page(connxt: Connxt):
    """Names of PSPs and orders cannot become markup."""
    evil = "<script>alert(1)</script>\"'&"
    psp = connxt.psp(evil)
    payload = {"body": {"order": {"id": f"</dd>{evil}"}}}
    _, path = connxt.deposit(psp, executePayload=payload)

    answer = _page(connxt, path)

    assert b"<script" not in answer.body
    assert evil in Page(answer).text
    assert f"</dd>{evil}" in Page(answer).text


def test_unknown_pages_are_not_found(connxt: Connxt, psp: dict):
    """A token nobody gave out opens nothing, in the body of the page."""
    _, path = connxt.deposit(psp)
    other = path[:-1] + ("a" if path[-1] != "a" else "b")

    for wrong in (other, "/gateway/pay_", "/gateway/%00", path.replace("pay_", "sec_")):
        _page(connxt, wrong).assert_page(404, NOT_FOUND)
        _decide(connxt, wrong, "SUCCESS").assert_page(404, NOT_FOUND)


@pytest.mark.parametrize("fields", [{}, {"outcome": ""}, {"outcome": "NEW"}, {"outcome": "\0"}])
def test_a_wrong_form_moves_nothing(connxt: Connxt, psp: dict, fields: dict):
    """Only the three outcomes of the page can be decided."""
    transaction_id, path = connxt.deposit(psp)

    answer = connxt.form(path, fields, headers={"X-SECRET-TOKEN": None})

    assert (answer.status, answer.code) == (400, "4001")
    assert [field for field, _ in answer.errors] == ["outcome"]
    assert connxt.status(transaction_id) == "INITIATED"


def test_a_payment_fails_when_nobody_comes_in_time(connxt: Connxt, psp: dict, shop: str):
    """After half an hour it is over for whoever looks, and the customer goes to the failure."""
    looked_at, _ = connxt.deposit(psp)
    tried, path = connxt.deposit(psp, executePayload=_payload(shop))
    with sqlite3.connect(connxt.server.data / "connxt.db") as database:
        change = "UPDATE transactions SET expires_at = 1767225600 WHERE id IN (?, ?)"
        database.execute(change, (looked_at, tried))
    database.close()

    found = connxt.get(f"/transactions/{looked_at}").data
    page = Page(_page(connxt, path))
    late = _decide(connxt, path, "SUCCESS")

    assert found["status"] == "FAILED"
    assert found["history"][-1] == {"status": "FAILED", "at": "2026-01-01T00:00:00"}
    assert page.form is None
    assert "has failed" in page.text
    assert re.search(r"/sorry\?orderId=ortx\w{12}&status=FAILED$", late.headers["Location"])
    assert connxt.status(tried) == "FAILED"


def test_a_redirect_cannot_carry_header_fields(connxt: Connxt, psp: dict, shop: str):
    """An address with line ends in it is no address."""
    for url in (f"{shop}/\r\nSet-Cookie: a=b", f"{shop}/\n", "//shop.example/", "http://"):
        payload = {"body": {"successUrl": url}}
        answer = connxt.post("/transactions", connxt.new_transaction(psp, executePayload=payload))
        assert answer.errors == [("successUrl", "Success URL must be a valid URL")]
