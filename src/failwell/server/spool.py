"""The spool: where batches wait while the database cannot take them.

One line of JSON for a batch, appended and flushed to the disk before anybody is told that
it is kept. A process that is killed in the middle of a line leaves a torn one, which is
skipped when the spool is loaded. Not for several processes at once.
"""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec

from failwell.stores.faults import RecordBatch

__all__ = ["Spool", "SpoolFullError"]

_MOST_BYTES = 268_435_456
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(RecordBatch).decode


class SpoolFullError(Exception):
    """A batch would make the spool larger than it may become."""


class Spool:
    """A file of batches. Its methods block: call them in a thread.

    Args:
        path: The file; made (mode 0600) with the first batch. What cannot be stored although
            the database works goes to a file of the same name with ``.rejected`` after it.
        most_bytes: Largest size of the file.
    """

    def __init__(self, path: str | os.PathLike[str], *, most_bytes: int = _MOST_BYTES) -> None:
        self.path = Path(path)
        self._most_bytes = most_bytes
        self._lock = threading.Lock()

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return self.size == 0

    @property
    def size(self) -> int:
        """Bytes that wait."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def add(self, batch: RecordBatch) -> None:
        """Append a batch; on the disk when this returns.

        Raises:
            OSError: It could not be written.
            SpoolFullError: The file is as large as it may become.
        """
        with self._lock:
            self._append(self.path, _encode(batch))

    def reject(self, line: bytes) -> None:
        """Put a line aside that can never be loaded."""
        with self._lock:
            self._append(self.path.with_suffix(".rejected" + self.path.suffix), line.rstrip(b"\n"))

    def read(self, offset: int) -> tuple[bytes, RecordBatch | None] | None:
        """Read the line at an offset.

        Returns:
            The line with its end, and its batch; no batch for one that is torn. ``None`` when
            there is no further line.
        """
        with self._lock, contextlib.suppress(FileNotFoundError), self.path.open("rb") as file:
            file.seek(offset)
            line = file.readline()
            if line:
                return line, _batch(line)
        return None

    def clear(self, offset: int) -> bool:
        """Empty the spool if it ends at an offset: everything before it has been loaded.

        Returns:
            Whether it did; it did not when a batch was added in the meantime.
        """
        with self._lock:
            if self.size != offset:
                return False
            with _opened(self.path) as descriptor:
                os.ftruncate(descriptor, 0)
                os.fsync(descriptor)
            return True

    def _append(self, path: Path, line: bytes) -> None:
        with _opened(path) as descriptor:
            size = os.fstat(descriptor).st_size
            if size + len(line) >= self._most_bytes:
                raise SpoolFullError(path)
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            data = (b"\n" if torn else b"") + line + b"\n"
            try:
                _write_all(descriptor, data)
                os.fsync(descriptor)
                if size == 0:
                    _sync_folder(path.parent)
            except OSError:
                # Half a line of a full disk would be one more torn line.
                with contextlib.suppress(OSError):
                    os.ftruncate(descriptor, size)
                raise


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    # A new file is there after a power cut only when its folder says so.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _batch(line: bytes) -> RecordBatch | None:
    try:
        return _decode(line)
    except msgspec.MsgspecError:
        return None
