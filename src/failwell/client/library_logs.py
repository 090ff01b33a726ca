"""Logs of the HTTP library: what they say about addresses and header fields is taken out."""

import logging

__all__ = ["keep_library_logs_harmless"]

_LOGGERS = (
    "httpx2",
    "httpcore2.connection",
    "httpcore2.http11",
    "httpcore2.http2",
    "httpcore2.proxy",
    "httpcore2.socks",
)


class _Harmless(logging.Filter):
    """Leaves of each record what happened, without its values."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.args:
            record.args = None
            record.msg = record.msg.partition("%")[0].rstrip(" :")
        elif isinstance(record.msg, str):
            # "receive_response_headers.complete return_value=(...)": the name says enough.
            record.msg = record.msg.partition(" ")[0]
        return True


_HARMLESS = _Harmless()


def keep_library_logs_harmless() -> None:
    """Keep addresses with queries and values of header fields out of logs at every level."""
    for name in _LOGGERS:
        # Adding the same filter again changes nothing.
        logging.getLogger(name).addFilter(_HARMLESS)
