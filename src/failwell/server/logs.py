"""Logs: where the server's events are written, as text for people or JSON for machines.

Whatever a caller can influence is made harmless here, once: no line break and no
terminal sequence reaches a log file or a screen.
"""

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

__all__ = ["Log", "LogFormat", "library_log", "one_line", "open_log"]

LogFormat = Literal["console", "json"]
"""For people, or for machines."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ENCODER = msgspec.json.Encoder(enc_hook=repr)


class Log:
    """Takes events with their values.

    Args:
        logger: The logger of structlog behind it.
        takes: Tells whether events of a level are written at all.
    """

    def __init__(self, logger: FilteringBoundLogger, takes: Callable[[int], bool]) -> None:
        self._logger = logger
        self.takes = takes
        """Tells whether an event of a level is written, before it is put together."""

    def write(self, level: int, event: str, **values: Any) -> None:
        """Write one event.

        Args:
            level: Level of the standard library, such as ``logging.INFO``.
            event: What happened, in a word.
            values: What is known about it; ``None`` is left out.
        """
        self._logger.log(level, event, **{k: v for k, v in values.items() if v is not None})


def library_log() -> Log:
    """Return the log of an application that set up nothing: the standard library's logger."""
    library = logging.getLogger("failwell.server")
    logger: FilteringBoundLogger = structlog.wrap_logger(
        library,
        processors=[_harmless, _text_line],
        wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET),
    ).bind()
    return Log(logger, library.isEnabledFor)


def open_log(format: LogFormat, stream: TextIO, *, level: int = logging.INFO) -> Log:  # noqa: A002  the word users type
    """Open a log on a stream.

    Args:
        format: ``console`` or ``json``; colours only where a person watches a terminal.
        stream: Where the lines go.
        level: Events below are not written.
    """
    render: Any = (
        structlog.dev.ConsoleRenderer(colors=stream.isatty(), sort_keys=False, pad_event_to=0)
        if format == "console"
        else _json_line
    )
    logger: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[_begin, _harmless, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Bound once: otherwise structlog puts the logger together for every line.
    ).bind()
    return Log(logger, lambda asked: asked >= level)


def one_line(text: str) -> str:
    """Write control characters and stray surrogates as escapes, so that a text stays one line."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _begin(_logger: WrappedLogger, level: str, event: EventDict) -> EventDict:
    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {"timestamp": moment, "level": level, "event": event.pop("event"), **event}


def _harmless(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for name, value in event.items():
        # A traceback has lines of its own; its texts were made harmless when it was written.
        if type(value) is str and name != "exception" and _CONTROL.search(value):
            event[name] = one_line(value)
    return event


def _json_line(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return _ENCODER.encode(event).decode()


def _text_line(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    exception = event.pop("exception", None)
    words = [str(event.pop("event")), *(f"{name}={value}" for name, value in event.items())]
    return " ".join(words) + (f"\n{exception}" if exception else "")
