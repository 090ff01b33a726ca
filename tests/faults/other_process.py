"""What another process can do to the files of a running server."""

import contextlib
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.running_server import RunningServer

__all__ = ["held", "room_for"]

_HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN " + sys.argv[2])
print("held", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def held(path: Path, how: str = "EXCLUSIVE") -> Iterator["subprocess.Popen[str]"]:
    """Let another process hold the lock of a database until the block ends.

    Args:
        path: The file.
        how: What the transaction of the other process begins with.
    """
    command = [sys.executable, "-c", _HOLDER, str(path), how]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.kill()


@contextlib.contextmanager
def room_for(server: RunningServer, size: int) -> Iterator[None]:
    """Let no file of a server grow beyond a size until the block ends, as on a full disk."""
    before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before)
