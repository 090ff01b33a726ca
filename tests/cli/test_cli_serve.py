"""``failwell serve`` as its users meet it: a process, ports, files and signals."""

import json
import os
import re
import shlex
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.request

import pytest

from failwell.cli.apis import APIS, KINDS, load_api, port_of

OAUTH = {
    "authorize_url", "token_url", "client_id", "client_secret", "redirect_uri",
    "access_token", "refresh_token",
}  # fmt: skip
PINNED = {
    "connix": "base_url api_key read_only_api_key organization_id project_id email password",
    "connxt": "base_url secret_token read_only_secret_token other_environment_secret_token"
    " flow_target_id flow_action_id flow_definition_id",
    "agenthuman": "base_url api_key read_only_api_key role_id avatar_id",
    "apinizer": "base_url username password member_username member_password outsider_username"
    " outsider_password project_name",
    "ixon": "base_url application_id company_id email password otp_email otp_password otp_secret",
    "console": "url token",
}


def serve(*flags, timeout=20):
    """Run ``failwell serve`` that is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "failwell.cli", "serve", *map(str, flags)],
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def get(url, **headers):
    """Read a URL that answers well."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5) as answer:
        return answer.read().decode()


def test_the_printed_curl_lines_work(server):
    """There is one for each API, and pasted as it is it gets a 200."""
    lines = [line for line in server.log.splitlines() if line.startswith("curl ")]

    assert len(lines) == len(APIS)
    for line in lines:
        done = subprocess.run(shlex.split(line), capture_output=True, text=True, timeout=10)
        assert " 200 " in done.stdout.splitlines()[0], line


def test_credentials_have_the_pinned_names(server):
    """Tests and clients rely on these names; every value is there."""
    assert list(server.credentials) == [*APIS, "console"]
    for name, members in PINNED.items():
        found = dict(server.credentials[name])
        assert set(found.pop("oauth", OAUTH)) == OAUTH
        assert set(found) == set(members.split())
        assert all(isinstance(value, str) and value for value in found.values())
    for name in APIS:
        base_url = server.credentials[name]["base_url"]
        assert base_url == f"http://127.0.0.1:{port_of(name, server.port)}{load_api(name).PREFIX}"


@pytest.mark.parametrize("name", APIS)
def test_what_the_commands_know_of_an_api_is_true(name):
    """Kinds of credentials are told without loading an API, so they are held against it here."""
    module = load_api(name)

    assert KINDS[name] == module.KINDS
    assert {"Api", "Settings", "demo", "issue", "curl", "SCOPES"} <= set(module.__all__)


def test_files_are_private(server):
    """Nobody else on the machine reads the data."""
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    files = [each for each in server.data.iterdir() if each.suffix in (".json", ".db", ".key")]
    assert {"credentials.json", "failwell.db", *(f"{name}.db" for name in APIS)} <= {
        each.name for each in files
    }
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}


def test_every_port_has_its_health(server):
    """/healthz answers on every port, without credentials."""
    for port in (server.port, *(port_of(name, server.port) for name in APIS)):
        assert get(f"http://127.0.0.1:{port}/healthz")


def test_the_console_token_opens_the_overview(server):
    """The token of credentials.json is the one the page takes."""
    console = server.credentials["console"]

    page = get(console["url"], Authorization=f"Bearer {console['token']}")

    assert server.connix["base_url"] in page


def test_tokens_stay_out_of_the_log(server):
    """A token in a query is in no log line."""
    token = server.credentials["console"]["token"]
    get(f"{server.credentials['console']['url']}/?token={token}")

    assert token not in server.log


def test_a_second_start_keeps_what_works(start_server, tmp_path):
    """Keys survive a restart, because nobody can read them back; expiring tokens are new."""
    first = start_server(data=tmp_path / "kept")
    before = first.credentials
    first.stop()

    after = start_server(data=tmp_path / "kept").credentials
    key = after["connix"]["api_key"]

    assert key == before["connix"]["api_key"]
    assert after["connix"]["project_id"] == before["connix"]["project_id"]
    assert after["console"]["token"] == before["console"]["token"]
    assert after["connix"]["oauth"]["access_token"] != before["connix"]["oauth"]["access_token"]
    assert get(
        f"{after['connix']['base_url']}/hello?name=A", **{"X-API-Key": after["connix"]["api_key"]}
    )


def test_without_demo_there_are_no_accounts(start_server):
    """--no-demo leaves only the way into the status page."""
    running = start_server(flags=("--no-demo",))

    assert list(running.credentials) == ["console"]
    assert "curl" not in running.log


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_being_asked_to_stop_is_no_failure(start_server, how):
    """Ctrl-C and SIGTERM end the process with 0 and leave no traceback."""
    running = start_server()

    assert running.stop(how) == 0
    assert "Traceback" not in running.log


def test_a_request_in_flight_is_finished(start_server):
    """A request whose body is still on its way when the stop comes gets its answer."""
    running = start_server()
    body = b'{"name": "In flight"}'
    head = (
        f"POST /api/v1/projects HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
        f"X-API-Key: {running.connix['api_key']}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", running.port + 1), timeout=10) as connection:
        connection.sendall(head.encode() + body[:5])
        _wait_until_read(running)
        stopping = threading.Thread(target=running.stop)
        stopping.start()
        _wait_until_closed(running.port + 1)
        connection.sendall(body[5:])
        answer = connection.recv(1000)
    stopping.join()

    assert answer.startswith(b"HTTP/1.1 201 ")
    assert running.process.returncode == 0


def _wait_until_read(running):
    # Another request on another connection is answered only after ours has been read.
    get(f"http://127.0.0.1:{running.port + 1}/healthz")


def _wait_until_closed(port):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return
        time.sleep(0.02)
    raise AssertionError("the server still listens")


def test_a_taken_port_is_told(server, tmp_path):
    """One line names the port and what to do; nothing is left listening."""
    result = serve("--port", server.port - 1, "--data", tmp_path / "other")

    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert f"port {server.port} of 127.0.0.1 is taken" in result.stderr
    assert "--port" in result.stderr


def test_a_directory_serves_one_server(server, free_port):
    """A second server on the same data is refused before it touches anything."""
    result = serve("--port", free_port, "--data", server.data)

    assert result.returncode == 1
    assert f"(process {server.process.pid}) already uses {server.data}" in result.stderr


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.7"])
def test_a_host_that_is_not_here_is_told(tmp_path, free_port, host):
    """A wrong --host is wrong usage."""
    result = serve("--host", host, "--port", free_port, "--data", tmp_path / "d")

    assert result.returncode == 2
    assert f"--host {host}" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_data_directory_that_cannot_be_is_told(tmp_path, free_port):
    """A file in the place of the directory is told in one line."""
    (tmp_path / "file").write_text("not a directory", "utf-8")

    result = serve("--port", free_port, "--data", tmp_path / "file")

    assert result.returncode == 1
    assert result.stderr.startswith(f"failwell: --data {tmp_path / 'file'}: cannot be used")


@pytest.mark.parametrize("name", ["failwell.db", "connix.db"])
def test_a_broken_database_is_told(tmp_path, free_port, name):
    """A damaged file stops the start with one line, and is left as it is."""
    (tmp_path / name).write_bytes(b"this is no database" * 100)

    result = serve("--port", free_port, "--data", tmp_path)

    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "not a database" in result.stderr
    assert (tmp_path / name).read_bytes() == b"this is no database" * 100


def test_broken_credentials_are_not_overwritten(tmp_path, free_port):
    """Keys that stand nowhere else are not thrown away because of a stray comma."""
    (tmp_path / "credentials.json").write_text('{"connix": {"api_key": "cx_1",}}', "utf-8")

    result = serve("--port", free_port, "--data", tmp_path)

    assert result.returncode == 1
    assert "credentials.json cannot be read" in result.stderr
    assert "cx_1" in (tmp_path / "credentials.json").read_text("utf-8")


def test_the_log_has_one_json_line_per_request(server):
    """With --log-format json each request is one object with its id."""
    request = urllib.request.Request(f"{server.connix['base_url']}/hello")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=5)
    with refused.value as answer:
        request_id = answer.headers["X-Request-ID"]

    lines = _wait_for_lines(server, request_id)

    assert [(line["status"], line["code"]) for line in lines] == [(401, "invalid_api_key")]


def _wait_for_lines(server, request_id):
    end = time.monotonic() + 5
    while time.monotonic() < end:
        lines = [line for line in server.log_lines if line.get("request_id") == request_id]
        if lines:
            return lines
        time.sleep(0.02)
    raise AssertionError(f"no line for {request_id}:\n{server.log}")


def test_json_tells_programs_that_it_is_ready(start_server):
    """With --json the start is one object."""
    running = start_server(flags=("--json",))

    first = json.loads(running.log.splitlines()[0])

    assert first["ready"] is True
    assert first["credentials"] == str(running.data / "credentials.json")


def test_maintenance_acts_on_a_running_server(start_server, failwell):
    """Within a second every request is refused, and after the end none is."""
    running = start_server()
    url, key = running.connix["base_url"] + "/hello?name=A", running.connix["api_key"]

    failwell("maintenance", "start", "--api", "connix", "--minutes", 5, "--data", running.data)
    refused = _until(lambda: _status(url, key) == 503)
    page = get(f"http://127.0.0.1:{running.port}/status")
    failwell("maintenance", "end", "--api", "connix", "--data", running.data)
    back = _until(lambda: _status(url, key) == 200)

    assert refused < 1.0
    assert back < 1.0
    assert "maintenance" in page


def test_credentials_act_on_a_running_server(start_server, failwell):
    """A key issued beside the server works at once, and a revoked one stops within a second."""
    running = start_server()
    url = running.connix["base_url"] + "/hello?name=A"

    issued = failwell(
        "credentials", "issue", "--api", "connix", "--data", running.data, "--json"
    ).json
    works = _until(lambda: _status(url, issued["secret"]) == 200)
    failwell("credentials", "revoke", issued["id"], "--data", running.data)
    stopped = _until(lambda: _status(url, issued["secret"]) == 401)

    assert works < 1.0
    assert stopped < 1.0


def _status(url, key):
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, headers={"X-API-Key": key}), timeout=5
        ) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def _until(true):
    begin = time.monotonic()
    while not true():
        assert time.monotonic() < begin + 5
        time.sleep(0.02)
    return time.monotonic() - begin


def test_the_start_is_quick_and_small(start_server):
    """A server is ready after less than three seconds of work, and idles under 200 MB."""
    running = start_server()

    # Work, not the clock on the wall: other tests share the machine.
    assert running.cpu_seconds < 3.0
    assert running.memory < 200_000_000


def test_help_does_not_wait_for_the_server():
    """Asking for help imports no server, no database and no event loop."""
    script = (
        "import sys\nfrom failwell.cli.main import main\n"
        "try: main(['serve', '--help'])\nexcept SystemExit: pass\n"
        "heavy = {'uvicorn', 'sqlalchemy', 'starlette', 'aiohttp', 'alembic'} & set(sys.modules)\n"
        "print(sorted(heavy), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert done.stderr == "[]\n"


def test_settings_reach_the_server(start_server):
    """A quota set with --set is the one that is told to callers."""
    running = start_server("connix.per_minute=7")
    request = urllib.request.Request(
        running.connix["base_url"] + "/hello?name=A",
        headers={"X-API-Key": running.connix["api_key"]},
    )

    with urllib.request.urlopen(request, timeout=5) as answer:
        assert answer.headers["X-RateLimit-Limit"] == "7"


def test_ports_above_the_last_are_refused_before_anything_is_made(tmp_path):
    """A port whose block would not fit is wrong usage, and no directory appears."""
    result = serve("--port", 65535, "--data", tmp_path / "none")

    assert result.returncode == 2
    assert not (tmp_path / "none").exists()


def test_the_lock_is_gone_with_a_killed_server(start_server, tmp_path):
    """A server that was killed leaves nothing that keeps the next one from starting."""
    first = start_server(data=tmp_path / "kept")
    first.kill()

    assert start_server(data=tmp_path / "kept").port != 0


def test_a_lone_process_id_is_in_the_lock(server):
    """The message of a second server can name the first."""
    assert re.fullmatch(r"\d+", (server.data / "serve.lock").read_text("ascii"))
    assert int((server.data / "serve.lock").read_text("ascii")) == server.process.pid
    assert os.path.exists(f"/proc/{server.process.pid}")
