"""What libraries log, in the same lines as everything else."""

import logging

from failwell.server.logs import Log
from failwell.server.traceback_text import traceback_text

__all__ = ["LibraryLogs"]


class LibraryLogs(logging.Handler):
    """Passes warnings and errors of the standard library's loggers to our log.

    Args:
        log: Where the lines go.
    """

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; a broken one is never worth an exception."""
        try:
            error = record.exc_info[1] if record.exc_info else None
            self._log.write(
                record.levelno,
                "library",
                logger=record.name,
                message=record.getMessage(),
                exception=None if error is None else traceback_text(error),
            )
        except Exception:
            self.handleError(record)
