"""Compare clients: ``python -m benchmarks.peers [--json] [--python PATH] [PEER ...]``.

`make peers` makes the environment that holds the others and runs this. All of them together
take about three minutes: several run at a time, for most of what they do is wait.
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.peers.matrix import SCENARIOS, Column, as_json, as_table, judge
from benchmarks.peers.peer import Peer

__all__ = ["CLIENTS", "OURS", "column", "main"]

OURS = ("ours", "ours_async")
"""What runs in this interpreter, and must be green."""

CLIENTS = (
    *OURS,
    "httpx2_bare",
    "httpx_retries",
    "requests_urllib3",
    "aiohttp_retries",
    "stamina_recipe",
    "tenacity_recipe",
    "openai_sdk",
    "stripe_sdk",
    "azure_sdk",
)
"""Every column."""

_AT_ONCE = 4
_PYTHON = Path(__file__).parents[2] / ".venv/peers/bin/python"


def column(client: str, python: str, *, chosen: Sequence[str] = ()) -> Column:
    """Play the scenarios, or those chosen, against one client."""
    with Peer(client, sys.executable if client in OURS else python) as peer:
        rows = (each for each in SCENARIOS if not chosen or each.id in chosen)
        verdicts = {scenario.id: judge(scenario, peer) for scenario in rows}
        return Column(name=peer.about.name, verdicts=verdicts)


def main() -> None:
    """Run and print; exit with 1 when ours is not green."""
    chosen = _arguments()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        clients = chosen.peers or CLIENTS
        running = [
            pool.submit(column, client, chosen.python, chosen=chosen.only) for client in clients
        ]
        columns = [each.result() for each in running]
    print(as_json(columns) if chosen.json else as_table(columns))
    ours = (found for client, found in zip(clients, columns, strict=True) if client in OURS)
    sys.exit(any(found.passed < found.applicable for found in ours))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("peers", nargs="*", metavar="PEER", choices=[*CLIENTS, []])
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--python", default=str(_PYTHON), help="the interpreter of the peers")
    parser.add_argument("--only", nargs="*", default=[], metavar="ID", help="rows: R1, D9, ...")
    return parser.parse_args()


if __name__ == "__main__":
    main()
