"""The data directory: made private, held by one server at a time."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from failwell.cli.terminal import CommandError

__all__ = ["DataDirectory"]


class DataDirectory:
    """Where databases, credentials and the lock live.

    Args:
        path: The directory; made with mode 0700 when it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(f"--data {path}: cannot be used: {error.strerror}") from error
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise CommandError(f"--data {path}: not writable for this user; choose another --data")

    @property
    def credentials(self) -> Path:
        """The file with everything a demo caller needs."""
        return self.path / "credentials.json"

    def database(self, name: str) -> Path:
        """The database of an API, or ``failwell`` for what they share."""
        return self.path / f"{name}.db"

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep other servers out for as long as this one runs.

        The kernel lets go of the lock when the process ends, however it ends.

        Raises:
            CommandError: Another server holds it.
        """
        descriptor = os.open(self.path / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._lock(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _lock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            raise CommandError(
                f"another failwell serve (process {holder}) already uses {self.path};"
                " stop it, or choose another --data"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)

    def read_credentials(self) -> dict[str, dict[str, Any]]:
        """Read the credentials of the last start; empty when there are none.

        Raises:
            CommandError: The file is there but broken; its keys are kept nowhere else.
        """
        try:
            return msgspec.json.decode(
                self.credentials.read_bytes(), type=dict[str, dict[str, Any]]
            )
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError) as error:
            raise CommandError(
                f"{self.credentials} cannot be read ({error}); mend it, or move it away to have"
                " new credentials made"
            ) from error

    def write_credentials(self, document: Any) -> None:
        """Write the credentials, mode 0600; a reader sees the old file or the whole new one.

        Raises:
            CommandError: They cannot be written; the old file is as it was.
        """
        text = msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
        temporary = self.credentials.with_suffix(".json.new")
        try:
            temporary.unlink(missing_ok=True)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.credentials)
        except OSError as error:
            raise CommandError(f"{self.credentials} cannot be written: {error.strerror}") from error
