"""The process of one client: reads calls as JSON lines, tells what came of each.

Run by the interpreter that has the client: ``python -m benchmarks.peers.answer httpx2_bare``.
A client that hangs or dies takes nothing with it but this process.
"""

import contextlib
import importlib
import json
import logging
import resource
import sys
import time
from importlib.metadata import version
from types import ModuleType

from benchmarks.peers.ask import Ask

__all__ = ["main"]


def main() -> None:
    """Answer until the input ends."""
    logging.disable(logging.CRITICAL)
    out, sys.stdout = sys.stdout, sys.stderr
    client = importlib.import_module(f"benchmarks.peers.clients.{sys.argv[1]}")
    print(json.dumps(_about(client)), file=out, flush=True)
    for line in sys.stdin:
        print(json.dumps(_told(client, Ask(**json.loads(line)))), file=out, flush=True)


def _about(client: ModuleType) -> dict[str, object]:
    packages = " + ".join(f"{name} {version(name)}" for name in client.PACKAGES)
    name = f"{packages}, {client.WORLD}" if hasattr(client, "WORLD") else packages
    return {"name": name, "retried": client.RETRIED, "bodies": client.BODIES}


def _told(client: ModuleType, ask: Ask) -> dict[str, object]:
    _forget_peak()
    memory, begun = _peak(), time.monotonic()
    told: dict[str, object] = {"status": 200}
    try:
        client.call(ask)
    except Exception as error:
        told = {"error": type(error).__name__, "status": _status(error), "text": len(_text(error))}
    told |= {"seconds": time.monotonic() - begun, "memory": _peak() - memory}
    return told


def _status(error: Exception) -> int | None:
    """The status as the client's own exception tells it: its causes do not count."""
    response = getattr(error, "response", None)
    for holder in (error, response):
        for name in ("http_status", "status_code", "status"):
            status = getattr(holder, name, None)
            if isinstance(status, int):
                return status
    return None


def _text(error: Exception) -> str:
    try:
        return str(error)
    except Exception:
        return ""


def _peak() -> int:
    """Most memory held at once, in bytes, since `_forget_peak`."""
    with contextlib.suppress(OSError), open("/proc/self/status") as lines:
        for line in lines:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _forget_peak() -> None:
    # Linux, proc(5): 5 resets the peak resident set size to what is resident now.
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w") as peak:
        peak.write("5")


if __name__ == "__main__":
    main()
