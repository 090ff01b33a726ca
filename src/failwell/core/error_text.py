"""Texts of an error for developers: one line for a log, more lines for a support request.

Both are made from names, numbers and the API's own sentences, and nothing else: no query, no
header field, no body of a request.
"""

from collections.abc import Iterable, Iterator

from failwell.core.call_history import Attempt
from failwell.core.error_data import failed_items
from failwell.core.fault import Fault, Violation
from failwell.core.fault_view import FaultView
from failwell.core.redaction import log_text

__all__ = ["in_one_line", "notes", "support_text"]

_MOST_BYTES = 1024
_LONGEST_WORD = 100
_LONGEST_PATH = 200
_LONGEST_MESSAGE = 1000
_MOST_ITEMS = 10
_CUT = "…"


def in_one_line(error: FaultView) -> str:
    """Say an error in one line of at most 1 KiB: ``[404 not_found] No such project (GET /…)``.

    What is not known is left out. Control characters and those that turn the direction of
    writing come out as escapes.
    """
    fault = error.fault
    head = f"[{' '.join(_head(error))}]"
    tail = ", ".join(_tail(error))
    tail = f" ({tail})" if tail else ""
    message = _line(fault.message or fault.detail or error.sentence) or error.sentence
    text = f"{head} {message}{tail}"
    if len(text) * 4 <= _MOST_BYTES or len(text.encode()) <= _MOST_BYTES:
        return text
    room = _MOST_BYTES - len(f"{head} {_CUT}{tail}".encode())
    return f"{head} {message.encode()[:room].decode(errors='ignore')}{_CUT}{tail}"


def _head(error: FaultView) -> Iterator[str]:
    fault = error.fault
    if fault.status is not None:
        yield str(fault.status)
    code = _line(fault.code, 60) if fault.code else ""
    if code:
        yield code
    elif fault.situation is not None:
        yield fault.situation.value
    elif fault.status is None:
        yield error.word


def _tail(error: FaultView) -> Iterator[str]:
    if called := _called(error, error.url_template):
        yield called
    if error.fault.request_id:
        yield f"request_id={_line(error.fault.request_id, 60)}"
    if error.attempts:
        yield f"attempts={len(error.attempts)}"


def _called(error: FaultView, address: str | None) -> str:
    if error.method is None:
        return ""
    return f"{_line(error.method, 20)} {_line(address or '', 150)}".rstrip()


def notes(error: FaultView) -> Iterator[str]:
    """Say what the one line has no room for: a line each, for the notes of an exception."""
    fault = error.fault
    if fault.message and fault.detail and fault.detail != fault.message:
        yield _line(fault.detail)
    yield from _several(map(_rejected, error.violations))
    yield from _several(_failed(fault))
    if error.history is not None and error.history.because:
        yield _line(error.history.because)
    if error.doc_url is not None:
        yield f"see {_line(error.doc_url, _LONGEST_PATH)}"


def _several(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == _MOST_ITEMS:
            yield _CUT
            return
        yield line


def _rejected(violation: Violation) -> str:
    at = violation.location
    where = "" if at is None else at.dotted
    if at is not None and at.part != "body":
        where = f"{at.part} {where}".rstrip()
    what = _line(violation.detail or violation.code or "not accepted", _LONGEST_PATH)
    return f"{_line(where, _LONGEST_WORD)}: {what}" if where else what


def _failed(fault: Fault) -> Iterator[str]:
    for index, each in failed_items(fault):
        what = each.message or each.detail or each.code or "failed"
        yield f"item {index}: {_line(what, _LONGEST_PATH)}"


def support_text(error: FaultView) -> str:
    """Write what a support team needs, ready to be sent: ids, code, endpoint, time, attempts.

    Its lines hold no credential, no query, no request body, and of the path only the template.
    """
    return "\n".join(f"{name}: {text}" for name, text in _facts(error))


def _facts(error: FaultView) -> Iterator[tuple[str, str]]:
    fault, history = error.fault, error.history
    if fault.request_id:
        yield "Request ID", _line(fault.request_id)
    yield "Error", f"[{' '.join(_head(error))}] {_line(fault.message or error.sentence)}"
    if fault.detail:
        yield "Detail", _line(fault.detail)
    for line in _several(map(_rejected, error.violations)):
        yield "Rejected input", line
    for line in _several(_failed(fault)):
        yield "Failed", line
    if history is not None and (called := _called(error, history.url)):
        yield "Endpoint", called
    if error.moment is not None:
        yield "Time", error.moment.isoformat()
    for attempt in error.attempts[-_MOST_ITEMS:]:
        yield f"Attempt {attempt.number}", ", ".join(_of_attempt(attempt))
    if history is not None and history.attempts:
        yield "Duration", f"{history.elapsed:.3f} s"
    if error.outcome is not None:
        yield "Effect of the call", error.outcome.replace("_", " ")
    yield from _of_api(error)


def _of_attempt(attempt: Attempt) -> Iterator[str]:
    came = " ".join(str(each) for each in (attempt.status, attempt.code) if each is not None)
    yield _line(came or attempt.error or "no answer")
    if attempt.phase is not None:
        yield f"broke at {attempt.phase}"
    if attempt.request_id:
        yield _line(attempt.request_id, _LONGEST_WORD)
    if attempt.wait is not None:
        source = f" ({_line(attempt.source)})" if attempt.source else ""
        yield f"waited {attempt.wait:.3f} s{source}"


def _of_api(error: FaultView) -> Iterator[tuple[str, str]]:
    api = error.api
    if api is None:
        return
    yield "API", _line(api.name)
    for name, address in (("Status page", api.status), ("Documentation", error.doc_url)):
        if address:
            yield name, _line(address)
    if api.support:
        yield "Support", _line(api.support)


def _line(text: str, longest: int = _LONGEST_MESSAGE) -> str:
    if not text.isprintable() or len(text) > longest:
        text = " ".join(text[: 2 * longest].split())
    return log_text(text.strip(), longest=longest)
