"""The page's Python sample, run as it is printed, understands Connix."""

import time
import uuid

import pytest

from tests.samples.conftest import QUOTA
from tests.samples.connix_errors import ConnixAPIException, NetworkException
from tests.source_tree import ROOT

SAMPLE = ROOT / "tests" / "samples" / "make_api_request.py"
# The longest wait that a window of two seconds can ask for, and what a busy machine adds.
PATIENCE = 15


@pytest.fixture(scope="module")
def make_api_request():
    """The function of the page, with the classes the page leaves out."""
    names = {"ConnixAPIException": ConnixAPIException, "NetworkException": NetworkException}
    exec(compile(SAMPLE.read_text("utf-8"), str(SAMPLE), "exec"), names)
    return names["make_api_request"]


def key(secret):
    return {"X-API-Key": secret}


def exhaust(connix, secret):
    """Use the quota up, and return when requests are refused."""
    statuses = (connix.get("/hello", key=secret).status for _ in range(20 * QUOTA))
    assert 429 in statuses


def test_success(make_api_request, connix):
    """A good answer comes back as data, for reading and for making."""
    headers, projects = key(connix.key), f"{connix.known['base_url']}/projects"
    name = f"Sample {uuid.uuid4().hex}"

    made = make_api_request(projects, headers, {"name": name})

    assert made["name"] == name
    assert make_api_request(f"{projects}/{made['id']}", headers) == made


@pytest.mark.parametrize(
    ("path", "data", "code"),
    [
        ("/projects", {"name": "no"}, "validation_error"),
        ("/projects/proj_0000000000000000", None, "resource_not_found"),
        ("/projects/proj_0000000000000000/agents", {"name": "x"}, "resource_not_found"),
        ("/nowhere", None, "resource_not_found"),
        ("/hello", {"name": "x"}, "method_not_allowed"),
    ],
)
def test_errors_arrive_as_the_api_error(make_api_request, connix, path, data, code):
    """Other HTTP errors become the class of the page, with all five members of the error."""
    with pytest.raises(ConnixAPIException) as caught:
        make_api_request(connix.known["base_url"] + path, key(connix.key), data)

    assert list(caught.value.error) == ["code", "message", "details", "request_id", "timestamp"]
    assert caught.value.error["code"] == code


@pytest.mark.parametrize("headers", [{}, key("invalid_key"), {"Authorization": "Bearer nobody"}])
def test_bad_credentials_arrive_as_the_api_error(make_api_request, connix, headers):
    """A key that is no key is an error to handle, and nothing to try again."""
    with pytest.raises(ConnixAPIException) as caught:
        make_api_request(f"{connix.known['base_url']}/projects", headers)

    assert caught.value.error["code"] == "invalid_api_key"


@pytest.mark.parametrize("data", [None, {"name": "Waited for"}], ids=["read", "make"])
def test_rate_limits_are_waited_for(make_api_request, connix, own_key, data):
    """After 429 the sample sleeps the whole seconds of Retry-After, asks again and succeeds."""
    exhaust(connix, own_key)
    started = time.monotonic()

    answer = make_api_request(f"{connix.known['base_url']}/projects", key(own_key), data)

    assert 1 <= time.monotonic() - started < PATIENCE
    assert answer["name"] == "Waited for" if data else "projects" in answer
