"""A real server under mixed load: nothing breaks, nothing piles up."""

import http.client
import json
import random
import threading
import time

import pytest

CALLERS = 4
WARM_UP_SECONDS = 1.0
GROWTH = 24_000_000
"""Bytes of memory that caches may take; a leak takes more in ten minutes."""


class Caller(threading.Thread):
    """Sends good and bad requests, one after the other, and notes every surprise."""

    def __init__(self, server, seed):
        super().__init__(daemon=True)
        self.surprises = []
        self.answers = 0
        self._random = random.Random(seed)
        self._server = server
        self._name = f"Soak {seed}"
        self._stop_asked = threading.Event()
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port + 1, timeout=20)

    def stop(self):
        """End after the request under way."""
        self._stop_asked.set()
        self.join(30)

    def run(self):
        """Call until asked to stop."""
        while not self._stop_asked.is_set():
            try:
                self._random.choice(self._calls)(self)
            except Exception as error:
                self.surprises.append(repr(error))
                self._connection.close()
        self._connection.close()

    def _ask(self, expected, method, path, body=None, *, key=None, **headers):
        headers = {"X-API-Key": key or self._server.connix["api_key"], **headers}
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        self._connection.request(method, f"/api/v1{path}", body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        self.answers += 1
        if answer.status not in expected:
            self.surprises.append(f"{method} {path}: {answer.status} {content[:200]!r}")
        elif answer.status >= 400:
            error = json.loads(content)["error"]
            if error["request_id"] != answer.headers["X-Request-ID"]:
                self.surprises.append(f"{method} {path}: two request ids")
        return content

    def _hello(self):
        self._ask({200}, "GET", "/hello?name=Soak")

    def _stranger(self):
        self._ask({401}, "GET", "/hello", key="invalid_key")

    def _lost(self):
        self._ask({404}, "GET", f"/{self._random.randbytes(8).hex()}")

    def _wrong_method(self):
        self._ask({405}, "PUT", "/hello", b"{}")

    def _broken_json(self):
        self._ask({400}, "POST", "/projects", b'{"name": "x",}')

    def _invalid(self):
        self._ask({400}, "POST", "/projects", b'{"name": ""}')

    def _too_large(self):
        # Announced only: the server refuses before the body, and closes.
        self._connection.putrequest("POST", "/api/v1/projects")
        self._connection.putheader("X-API-Key", self._server.connix["api_key"])
        self._connection.putheader("Content-Type", "application/json")
        self._connection.putheader("Content-Length", str(2**30))
        self._connection.endheaders()
        answer = self._connection.getresponse()
        answer.read()
        self.answers += 1
        if answer.status != 400:
            self.surprises.append(f"too large: {answer.status}")
        self._connection.close()

    def _gone(self):
        self._connection.putrequest("POST", "/api/v1/projects")
        self._connection.putheader("Content-Length", "100")
        self._connection.endheaders()
        self._connection.close()

    def _life_of_a_project(self):
        name = f"{self._name} {self._random.randbytes(6).hex()}"
        made = json.loads(self._ask({201}, "POST", "/projects", json.dumps({"name": name})))
        path = f"/projects/{made['id']}"
        self._ask({200}, "GET", path)
        self._ask({409}, "POST", "/projects", json.dumps({"name": name}))
        self._ask({204}, "DELETE", path)
        self._ask({404}, "GET", path)

    _calls = (
        *(_hello, _hello, _hello, _stranger, _lost, _wrong_method),
        *(_broken_json, _invalid, _too_large, _gone, _life_of_a_project),
    )


@pytest.mark.soak
def test_mixed_load_leaves_no_trace(start_server, soak_seconds):
    """Every answer is the expected one, memory stays flat, and the log knows no crash."""
    server = start_server("connix.per_minute=100000000", "connix.per_hour=100000000")
    callers = [Caller(server, seed) for seed in range(CALLERS)]
    for caller in callers:
        caller.start()
    time.sleep(WARM_UP_SECONDS)
    before = server.memory

    time.sleep(soak_seconds)
    after = server.memory
    for caller in callers:
        caller.stop()

    assert [surprise for caller in callers for surprise in caller.surprises] == []
    assert sum(caller.answers for caller in callers) > 20 * soak_seconds
    assert after - before < GROWTH
    assert [line for line in server.log_lines if line["level"] == "error"] == []
