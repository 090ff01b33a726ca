"""The pieces under ``failwell serve``: ports, the data directory, the log of libraries."""

import io
import json
import logging
import os
import signal
import socket
import stat
import subprocess
import sys
import threading

import pytest

from failwell.cli.data_directory import DataDirectory
from failwell.cli.library_logs import LibraryLogs
from failwell.cli.ports import bind_ports, origin
from failwell.cli.terminal import CommandError, UsageError
from failwell.server.logs import open_log
from tests.running_server import RunningServer


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8700"),
        ("0.0.0.0", "http://127.0.0.1:8700"),
        ("::", "http://[::1]:8700"),
        ("::1", "http://[::1]:8700"),
        ("localhost", "http://localhost:8700"),
    ],
)
def test_the_printed_url_can_be_reached(host, url):
    """Listening everywhere is told as the address of this machine; IPv6 has its brackets."""
    assert origin(host, 8700) == url


def test_bound_ports_do_not_listen_yet(free_port):
    """Callers are turned away until everything is ready."""
    sockets = bind_ports("127.0.0.1", free_port, 2)

    with socket.socket() as caller:
        assert caller.connect_ex(("127.0.0.1", free_port)) != 0
    assert [each.getsockname()[1] for each in sockets] == [free_port, free_port + 1]
    for each in sockets:
        each.close()


def test_a_taken_port_gives_the_others_back(free_port):
    """When one port of the block is taken the ones before it are free again."""
    with socket.create_server(("127.0.0.1", free_port + 1)):
        with pytest.raises(CommandError, match=f"port {free_port + 1} of 127.0.0.1 is taken"):
            bind_ports("127.0.0.1", free_port, 2)

        socket.create_server(("127.0.0.1", free_port)).close()


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1"])
def test_a_foreign_host_is_wrong_usage(host, free_port):
    """An address that is not ours cannot be listened on."""
    with pytest.raises(UsageError, match=host):
        bind_ports(host, free_port, 1)


def test_the_directory_is_made_private(tmp_path):
    """A new data directory is for its owner only."""
    directory = DataDirectory(tmp_path / "deep" / "data")

    assert stat.S_IMODE(directory.path.stat().st_mode) == 0o700


def test_credentials_are_never_half_written(tmp_path):
    """A reader at any moment finds a whole document, with mode 0600."""
    directory = DataDirectory(tmp_path)
    directory.write_credentials({"console": {"token": "x" * 100_000}})
    broken = []
    done = threading.Event()

    def read():
        while not done.is_set():
            try:
                json.loads(directory.credentials.read_bytes())
            except ValueError as error:
                broken.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(50):
        directory.write_credentials({"console": {"token": str(number) * 100_000}})
    done.set()
    reader.join()

    assert broken == []
    assert stat.S_IMODE(directory.credentials.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "[]", '{"connix": 1}', "{", "\xff"])
def test_broken_credentials_are_told(tmp_path, text):
    """What cannot be read is not guessed, and the text says what to do."""
    (tmp_path / "credentials.json").write_text(text, "latin-1")

    with pytest.raises(CommandError, match="mend it, or move it away"):
        DataDirectory(tmp_path).read_credentials()


def test_credentials_that_cannot_be_written_are_told(tmp_path):
    """A directory in the way is told, not shown as a traceback."""
    (tmp_path / "credentials.json").mkdir()

    with pytest.raises(CommandError, match="cannot be written"):
        DataDirectory(tmp_path).write_credentials({})


def test_the_lock_lasts_as_long_as_the_server(tmp_path):
    """Two servers never share a directory; one after the other may."""
    directory = DataDirectory(tmp_path)

    refused = pytest.raises(CommandError, match=f"process {os.getpid()}")

    with directory.held(), refused, directory.held():
        pass
    with directory.held():
        pass


def test_libraries_log_in_our_lines():
    """A warning of a library becomes one line of ours, with its trace and on one line."""
    stream = io.StringIO()
    handler = LibraryLogs(open_log("json", stream))
    logger = logging.getLogger("library.under.test")
    logger.addHandler(handler)
    logger.propagate = False

    logger.info("not told")
    try:
        raise OSError("cause")
    except OSError:
        logger.exception("broke on %s", "line\none")

    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"], line["logger"]) == ("library", "error", logger.name)
    assert line["message"] == "broke on line\\none"
    assert "OSError" in line["exception"]


def test_a_server_outlives_the_reader_of_its_output(tmp_path, free_port):
    """``failwell serve | head -1`` keeps serving, and still ends well."""
    command = [sys.executable, "-m", "failwell.cli", "serve", "--port", str(free_port)]
    process = subprocess.Popen([*command, "--data", tmp_path], stdout=subprocess.PIPE)
    process.stdout.close()

    RunningServer.await_ports(process, free_port)
    process.send_signal(signal.SIGTERM)

    assert process.wait(20) == 0
