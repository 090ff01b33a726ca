"""A client in a process of its own, killed when a call does not end."""

import dataclasses
import select
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from benchmarks.peers.ask import Ask
from benchmarks.peers.scenario import Told

__all__ = ["About", "Peer", "PeerError"]

_ROOT = Path(__file__).parents[2]
_STARTS_WITHIN = 60.0


class PeerError(Exception):
    """A client's process does not start: its packages are missing, say."""


class About(msgspec.Struct, frozen=True):
    """What a client says of itself."""

    name: str
    """Packages and versions."""

    retried: Sequence[str]
    """What it retries at all."""

    bodies: Sequence[str]
    """What it can send."""


class Peer:
    """One client.

    Args:
        client: A module of `benchmarks.peers.clients`.
        python: The interpreter that has its packages.
    """

    def __init__(self, client: str, python: str) -> None:
        self._command = [python, "-m", "benchmarks.peers.answer", client]
        self._process: subprocess.Popen[bytes] | None = None
        self.about = self._start()

    def __enter__(self) -> Self:
        """Nothing is left to do."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        self._kill()

    def call(self, ask: Ask, *, limit: float) -> Told | None:
        """Have one call made; ``None`` when it takes longer than this many seconds."""
        if self._process is None:
            self._start()
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(dataclasses.asdict(ask)) + b"\n")
        self._process.stdin.flush()
        line = self._line(limit)
        if line is None:
            self._kill()
            return None
        return msgspec.json.decode(line, type=Told) if line else self._died()

    def _start(self) -> About:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_ROOT
        )
        line = self._line(_STARTS_WITHIN)
        if not line:
            self._kill()
            raise PeerError(f"{' '.join(self._command)} does not start")
        return msgspec.json.decode(line, type=About)

    def _line(self, limit: float) -> bytes | None:
        assert self._process is not None
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], limit)[0]:
            return None
        return self._process.stdout.readline()

    def _died(self) -> Told:
        self._kill()
        return Told(error="process died")

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
