"""Texts of an error for developers: one line for a log, more lines for a support request.

Both are made from names, numbers and the API's own sentence, and nothing else: no query, no
header field, no body.
"""

from collections.abc import Iterator

from failwell.core.fault_view import FaultView
from failwell.core.redaction import log_text

__all__ = ["in_one_line"]

_MOST_BYTES = 1024
_LONGEST_WORD = 100
_LONGEST_PATH = 200
_LONGEST_MESSAGE = 1000
_CUT = "…"


def in_one_line(error: FaultView) -> str:
    """Say an error in one line of at most 1 KiB: ``[404 not_found] No such project (GET /…)``.

    What is not known is left out. Control characters and those that turn the direction of
    writing come out as escapes.
    """
    fault = error.fault
    head = f"[{_words(_head(error))}]"
    tail = _words(_tail(error), ", ")
    tail = f" ({tail})" if tail else ""
    message = _line(fault.message or fault.detail or error.sentence, _LONGEST_MESSAGE)
    text = f"{head} {message}{tail}"
    if len(text) * 4 <= _MOST_BYTES or len(text.encode()) <= _MOST_BYTES:
        return text
    room = _MOST_BYTES - len(f"{head} {_CUT}{tail}".encode())
    return f"{head} {message.encode()[:room].decode(errors='ignore')}{_CUT}{tail}"


def _head(error: FaultView) -> Iterator[str]:
    fault = error.fault
    if fault.status is not None:
        yield str(fault.status)
    if fault.code:
        yield _line(fault.code, _LONGEST_WORD)
    elif fault.situation is not None:
        yield fault.situation.value
    elif fault.status is None:
        yield error.word


def _tail(error: FaultView) -> Iterator[str]:
    history, fault = error.history, error.fault
    if history is not None and history.method:
        path = _line(error.url_template or "", _LONGEST_PATH)
        yield f"{_line(history.method, _LONGEST_WORD)} {path}".rstrip()
    if fault.request_id:
        yield f"request_id={_line(fault.request_id, _LONGEST_WORD)}"
    if history is not None and history.attempts:
        yield f"attempts={len(history.attempts)}"


def _words(parts: Iterator[str], between: str = " ") -> str:
    return between.join(parts)


def _line(text: str, longest: int) -> str:
    if not text.isprintable() or len(text) > longest:
        text = " ".join(text[: 2 * longest].split())
    return log_text(text, longest=longest)
