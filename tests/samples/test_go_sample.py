"""The page's Go sample, built as it is printed, understands Connix."""

import json
import os
import re
import subprocess
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.samples.conftest import QUOTA
from tests.source_tree import ROOT

HERE = ROOT / "tests" / "samples"
SOURCES = ("handle_api_error.go", "connix_errors.go", "main.go")


@pytest.fixture(scope="module")
def sample(go, tmp_path_factory):
    """The sample as a program; the standard library is all it needs."""
    program = tmp_path_factory.mktemp("go") / "sample"
    offline = {**os.environ, "GOPROXY": "off", "GOFLAGS": "-mod=mod", "CGO_ENABLED": "0"}
    command = [go, "build", "-o", program, *SOURCES]
    done = subprocess.run(command, cwd=HERE, env=offline, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return program


@pytest.fixture
def expired(connix):
    """An access token past its expiry."""
    token = connix.issue("--kind", "access-token", "--expires-in", "1")["secret"]
    end = time.monotonic() + 10
    while connix.get("/hello", token=token).status == 200:
        assert time.monotonic() < end
        time.sleep(0.2)
    return token


@pytest.fixture
def run(sample, origin):
    """Send one request with the program and return what the sample made of the answer."""

    def request(method, path, header, value, *, burst=0, body=""):
        command = [sample, origin, method, path, header, value, str(burst), body]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) | {"Log": done.stderr}

    return request


def assert_reported(seen, status, kind, code):
    """Check the type that was chosen, and that every member was understood."""
    assert (seen["Status"], seen["Kind"], seen["Code"]) == (status, f"*main.{kind}", code)
    assert seen["Text"].startswith(f"Connix API Error [{code}]: ")
    assert re.fullmatch("req_[0-9a-f]{16}", seen["ID"])
    assert f"API Error: {code} (Request ID: {seen['ID']}, Status: {status})" in seen["Log"]
    assert abs(datetime.fromisoformat(seen["At"]) - datetime.now(UTC)) < timedelta(minutes=1)


def test_success(run, connix):
    """A good answer is none of the sample's business."""
    seen = run("GET", "/api/v1/projects", "X-API-Key", connix.key)

    assert (seen["Status"], seen["Log"]) == (200, "")


def test_an_invalid_key_is_an_authentication_error(run):
    """``invalid_api_key`` makes an AuthenticationError."""
    seen = run("GET", "/api/v1/projects", "X-API-Key", "invalid_key")

    assert_reported(seen, 401, "AuthenticationError", "invalid_api_key")


def test_an_expired_token_is_an_authentication_error(run, expired):
    """``expired_token`` makes an AuthenticationError too."""
    seen = run("GET", "/api/v1/projects", "Authorization", f"Bearer {expired}")

    assert_reported(seen, 401, "AuthenticationError", "expired_token")


def test_a_weak_key_is_an_authorization_error(run, connix):
    """``insufficient_scope`` makes an AuthorizationError."""
    weak = connix.known["read_only_api_key"]

    seen = run("POST", "/api/v1/projects", "X-API-Key", weak, body='{"name": "Go"}')

    assert_reported(seen, 403, "AuthorizationError", "insufficient_scope")
    assert seen["Details"]["required_scopes"] == ["projects:write"]


def test_a_rate_limit_is_a_rate_limit_error(run, own_key):
    """``rate_limit_exceeded`` makes a RateLimitError."""
    seen = run("GET", "/api/v1/projects", "X-API-Key", own_key, burst=QUOTA)

    assert_reported(seen, 429, "RateLimitError", "rate_limit_exceeded")
    assert seen["Details"]["limit"] == QUOTA


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code", "details"),
    [
        ("GET", "/api/v1/projects/proj_0", "", 404, "resource_not_found", dict),
        ("POST", "/api/v1/projects", '{"name": ""}', 400, "validation_error", list),
        ("POST", "/api/v1/projects", '{"name": ,}', 400, "invalid_json", str),
        ("PUT", "/api/v1/projects", "{}", 405, "method_not_allowed", dict),
    ],
)
def test_other_errors_are_the_plain_error(run, connix, method, path, body, status, code, details):
    """Every other code is a ConnixError; its details are a text, an object or a list."""
    seen = run(method, path, "X-API-Key", connix.key, body=body)

    assert_reported(seen, status, "ConnixError", code)
    assert isinstance(seen["Details"], details)
