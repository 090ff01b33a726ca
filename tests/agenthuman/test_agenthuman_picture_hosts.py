"""Hosts of pictures that answer garbage, refuse, redirect, or take their time."""

import base64
import threading
import time

import pytest

from tests.agenthuman.agenthuman_client import AgentHuman, Answer
from tests.agenthuman.conftest import Host, send
from tests.agenthuman.drawn_pictures import garbage, picture, png_of, sending

BAD_GATEWAY = {
    "error": {
        "code": "bad_gateway",
        "message": "The server received an invalid response from an upstream server",
        "details": {"upstream": "image host"},
    }
}


def cut_off(handler) -> None:
    """Promise more than is sent."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(picture()[:500])


def wrong_coding(handler) -> None:
    """Say that it is compressed when it is not."""
    send(handler, picture(), **{"Content-Encoding": "gzip"})


def hang(handler) -> None:
    """Answer later than anybody waits."""
    time.sleep(1.4)


def drip(handler) -> None:
    """Send a byte now and then, for ever."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(8):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.2)


@pytest.mark.parametrize("answer", [garbage, cut_off, wrong_coding, hang, drip])
def test_agenthuman_s15_a_host_that_answers_garbage_is_a_bad_gateway(upload, answer):
    """What is no answer of HTTP, or comes too late, is 502; an attempt later it works."""
    refused = upload(answer)

    assert (refused.status, refused.json) == (502, BAD_GATEWAY)
    assert upload(sending(picture())).status == 201


@pytest.mark.parametrize("status", [204, 304, 401, 403, 404, 410, 500, 503])
def test_agenthuman_s15_a_host_that_refuses_is_a_bad_gateway(upload, status: int):
    """Any status but 200 is a refusal, even with a picture below it."""
    body = b"" if status in (204, 304) else picture()

    answer = upload(sending(body, status=status))

    assert (answer.status, answer.json) == (502, BAD_GATEWAY)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/x.png",
        "http://127.0.0.2/x.png",
        "http://localhost:9/x.png",
        "http://[::1]/x.png",
        "http://10.0.0.1/x.png",
        "http://169.254.169.254/latest/meta-data/",
        "http://0x7f000001:9/x.png",
        "http://2130706433:9/x.png",
        "http://nowhere.invalid/x.png",
        "http://0.0.0.0:9/x.png",
    ],
)
def test_agenthuman_s15_private_addresses_are_not_called(agenthuman: AgentHuman, url: str):
    """An address inside, or one that leads nowhere, is 502 without delay and without a word."""
    began = time.monotonic()

    answer = agenthuman.post("/avatars/upload-face", {"image_url": url})

    assert (answer.status, answer.json) == (502, BAD_GATEWAY)
    assert time.monotonic() - began < 9


@pytest.mark.parametrize(
    "target", ["http://127.0.0.2:{port}/", "http://169.254.169.254/", "file:///"]
)
def test_agenthuman_s15_a_redirect_to_a_private_address_is_not_followed(
    upload, host: Host, target: str
):
    """Each redirect is checked like the first address."""
    place = target.format(port=host.port)

    answer = upload(sending(b"", status=302, Location=place))

    assert (answer.status, answer.json) == (502, BAD_GATEWAY)
    assert len(host.requests) == 1


def test_agenthuman_redirects_are_followed_three_times(upload, host: Host):
    """A picture may have moved; a circle ends."""

    def moved(handler) -> None:
        if handler.path == "/face.png":
            send(handler, b"", status=301, Location="/new.png")
        else:
            send(handler, picture())

    assert upload(moved).status == 201
    host.requests.clear()
    circle = upload(sending(b"", status=302, Location="/face.png"))
    assert (circle.status, circle.json) == (502, BAD_GATEWAY)
    assert len(host.requests) == 4


def test_agenthuman_pictures_hold_nobody_up(fetching: AgentHuman, host: Host):
    """While the largest pictures are decoded, other requests are answered at once."""
    host.answer = sending(picture("PNG", size=(5000, 5000)))
    body = {"image_url": f"{host.url}/x.png"}
    statuses, waits = [], []

    def post() -> None:
        statuses.append(fetching.post("/avatars/upload-face", body).status)

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        began = time.monotonic()
        assert fetching.get("/roles").status == 200
        waits.append(time.monotonic() - began)
    assert statuses == [201] * 4
    assert sorted(waits)[len(waits) * 9 // 10] < 0.25


def test_agenthuman_too_many_pictures_at_once_are_refused(fetching: AgentHuman, host: Host):
    """A crowd of pictures gets its turn or a 503 with Retry-After, and nothing else."""
    body = {"image_base64": base64.b64encode(png_of(5000, 5000)).decode()}
    answers: list[Answer] = []

    def post() -> None:
        answers.append(fetching.post("/avatars/upload-face", body))

    threads = [threading.Thread(target=post) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status for answer in answers} == {201, 503}
    for answer in answers:
        if answer.status == 503:
            assert answer.code == "service_unavailable"
            assert answer.headers["Retry-After"] == "1"


def test_agenthuman_slow_hosts_of_one_account_hold_up_no_other(fetching: AgentHuman, host: Host):
    """An account that waits for many slow hosts gets 503 for more; others get their pictures."""
    greedy, other = fetching.account(), fetching.account()
    quick, slow = ({"image_url": f"{host.url}/{name}.png"} for name in ("quick", "slow"))
    host.answer = lambda at: hang(at) if at.path == "/slow.png" else send(at, picture())
    answers: list[Answer] = []

    def post() -> None:
        answers.append(greedy.post("/avatars/upload-face", slow))

    threads = [threading.Thread(target=post) for _ in range(20)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    assert other.post("/avatars/upload-face", quick).status == 201
    for thread in threads:
        thread.join()

    statuses = [answer.status for answer in answers]
    assert set(statuses) == {502, 503}
    assert statuses.count(502) >= 8
    assert greedy.post("/avatars/upload-face", quick).status == 201
