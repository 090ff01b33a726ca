"""A ``failwell serve`` of its own process, for tests over real sockets."""

import atexit
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from failwell.cli.apis import APIS, port_of

READY_WITHIN = 20.0
STOPPED_WITHIN = 20.0


def free_ports(count: int) -> int:
    """Find the first of several consecutive ports of loopback that nobody uses."""
    # Below the range the system gives to outgoing connections, so none appears in between.
    for first in random.sample(range(10_000, 32_000, 10), 200):
        with ExitStack() as stack:
            try:
                for port in range(first, first + count):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise RuntimeError("no free block of ports")


class RunningServer:
    """One server process.

    Args:
        data: Its data directory.
        settings: Texts ``NAME=VALUE``.
        flags: Further flags of the command.
        port: The console's port; a free block when not given.
    """

    def __init__(
        self,
        data: Path,
        *,
        settings: Sequence[str] = (),
        flags: Sequence[str] = (),
        port: int | None = None,
    ) -> None:
        self.data = data
        self.port = port or free_ports(6)
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.log_file = data / "test.log"
        command = [sys.executable, "-m", "failwell.cli", "serve"]
        command += ["--port", str(self.port), "--data", str(data), "--log-format", "json"]
        for setting in settings:
            command += ["--set", setting]
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *flags], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        # For a fixture that fails before it could stop its server.
        atexit.register(self.process.kill)

    def wait_until_ready(self) -> Self:
        """Return when every port answers; raise with the log when that does not happen."""
        try:
            self.await_ports(self.process, self.port)
        except RuntimeError as error:
            raise RuntimeError(f"failwell serve did not start:\n{self.log}") from error
        return self

    @staticmethod
    def await_ports(process: subprocess.Popen[bytes], port: int) -> None:
        """Wait until the console and every API behind it answer."""
        end = time.monotonic() + READY_WITHIN
        ports = [port, *(port_of(name, port) for name in APIS)]
        while not all(map(_answers, ports)):
            if process.poll() is not None or time.monotonic() > end:
                process.kill()
                raise RuntimeError(f"no answer on port {port}")
            time.sleep(0.02)

    @property
    def log(self) -> str:
        """Everything it has printed so far."""
        return self.log_file.read_text("utf-8", "replace")

    @property
    def log_lines(self) -> list[dict[str, Any]]:
        """Its log as JSON objects, without what it prints for people."""
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]

    @cached_property
    def credentials(self) -> dict[str, Any]:
        """What a demo caller needs."""
        return json.loads((self.data / "credentials.json").read_text("utf-8"))

    @property
    def connix(self) -> dict[str, Any]:
        """What a demo caller of Connix needs."""
        return self.credentials["connix"]

    @property
    def memory(self) -> int:
        """Resident memory in bytes."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    @property
    def cpu_seconds(self) -> float:
        """Processor time it has used, start included."""
        fields = (
            Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        )
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        """Let it die without a chance to tidy up."""
        self.process.kill()
        self.process.wait()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop and return its exit code; one that is gone already is fine."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise RuntimeError(f"failwell serve did not stop:\n{self.log}") from None


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False
