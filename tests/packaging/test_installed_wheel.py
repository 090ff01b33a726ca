"""The wheel, installed elsewhere, is all that anybody needs."""

import json
import signal
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

from tests.packaging.conftest import bare_environment
from tests.running_server import free_ports

# Installing takes half a minute on a quiet machine with warm caches.
pytestmark = pytest.mark.timeout(300)

BASE = """
import importlib.util, json, pathlib, sys
import failwell
import failwell.client
import failwell.client.openapi
import failwell.webhooks
from failwell.client import Client
from failwell.core.contract import BUNDLED, Contract
from failwell.core.exceptions import FailwellError

with Client("https://api.example.com", contract="connix"):
    pass
try:
    failwell.client.openapi.Precheck({"openapi": "3.1.0", "paths": {}})
    advice = ""
except FailwellError as error:
    advice = str(error)
codes = {name: sorted(Contract.bundled(name).codes) for name in BUNDLED}
left = [name for name in ("starlette", "structlog", "sqlalchemy", "typer", "uvicorn",
                          "jsonschema_rs", "aiohttp", "requests", "httpx", "opentelemetry")
        if importlib.util.find_spec(name)]
where = str(pathlib.Path(failwell.__file__).resolve())
print(json.dumps({"codes": codes, "left": left, "where": where, "advice": advice}))
"""

FILES = """
import json
from importlib.resources import files

root = files("failwell")
migrations = (root / "stores" / "migrations" / "versions",
              root / "apis" / "connix" / "migrations" / "versions")
print(json.dumps({
    "contracts": sorted(each.name for each in (root / "contracts").iterdir()),
    "migrations": [sum(each.name.startswith("r0") for each in folder.iterdir())
                   for folder in migrations],
    "typed": (root / "py.typed").is_file(),
}))
"""


def told(python, program, folder):
    """Run a program of an environment, away from the tree, and return what it prints."""
    done = subprocess.run(
        [python, "-W", "error", "-c", program],
        cwd=folder,
        env=bare_environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_base_is_the_language_of_failure_and_the_client(installed, tmp_path):
    """Without extras, contracts load and calls can be made; nothing of a server came along."""
    bin_folder = installed("")

    seen = told(bin_folder / "python", BASE, tmp_path)

    assert seen["where"].startswith(str(bin_folder.parent))
    assert {"connix", "connxt", "agenthuman", "apinizer", "ixon", "rfc9457"} <= set(seen["codes"])
    assert all(seen["codes"].values())
    assert seen["left"] == []
    assert "failwell[openapi]" in seen["advice"]


def test_serve_is_whole(installed, tmp_path):
    """With ``[serve]``, the command answers from an unrelated folder, and stops when asked."""
    bin_folder = installed("[serve]")

    seen = told(bin_folder / "python", FILES, tmp_path)
    assert "connix.yaml" in seen["contracts"]
    assert min(seen["migrations"]) >= 1
    assert seen["typed"]

    with serving(bin_folder / "failwell", tmp_path) as port:
        known = json.loads((tmp_path / "var" / "credentials.json").read_text("utf-8"))["connix"]
        url = f"http://127.0.0.1:{port + 1}/api/v1/hello?name=Test"
        request = urllib.request.Request(url, headers={"X-API-Key": known["api_key"]})
        with urllib.request.urlopen(request, timeout=10) as response:
            assert json.load(response) == {"message": "Hello Test! Welcome to Connix API v1"}


@contextmanager
def serving(command, folder):
    """Run ``failwell serve`` in a folder that knows nothing of the source."""
    port = free_ports(6)
    log = folder / "serve.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [command, "serve", "--port", str(port)],
            cwd=folder,
            env=bare_environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        wait_for(process, f"http://127.0.0.1:{port + 1}/healthz", log)
        yield port
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0, log.read_text("utf-8")
    finally:
        process.kill()
        process.wait()


def wait_for(process, url, log):
    """Return when an address answers; fail with the log when it does not."""
    end = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.05)
    pytest.fail(f"failwell serve did not start:\n{log.read_text('utf-8')}")
