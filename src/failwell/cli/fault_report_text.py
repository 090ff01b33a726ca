"""The report of a fault as text that a person reads in a terminal, or pastes into a ticket.

Whatever a caller may have put into an id or a message is shown as what it is: control
characters, ANSI escapes and characters that turn the direction of writing stand as escapes.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from failwell.cli.code_text import code_text
from failwell.cli.fault_report import FaultReport, contract_of
from failwell.cli.terminal import heading
from failwell.core.redaction import log_text

__all__ = ["fault_report_text"]

_LONGEST = 10_000
_WIDTH = 13


def fault_report_text(report: FaultReport) -> str:
    """Write a report as lines of text."""
    lines = [
        heading(_safe(f"{report.status} {report.code}: {report.message or 'no message'}")),
        *_facts(report),
        "",
        heading("Steps to reproduce (what is not recorded stands in capitals)"),
        *(f"  {line}" for line in report.reproduce.split("\n")),
        "",
        heading("Answer, redacted"),
        *(f"  {_safe(name)}: {_safe(value)}" for name, value in report.headers),
        *_indented(_body(report.body)),
        *_explained(report),
        *_deliveries(report),
    ]
    if report.cause is not None:
        lines += ["", heading("Private cause, not for callers"), *_indented(report.cause)]
    return "\n".join(lines)


def _facts(report: FaultReport) -> Iterator[str]:
    own = f" (the caller's own: {report.parent_id})" if report.parent_id else ""
    yield _fact("Request ID", report.request_id + own)
    yield _fact("Endpoint", f"{report.method} {report.route} ({report.title})")
    yield _fact("Time", f"{report.timestamp:%Y-%m-%d %H:%M:%S} UTC")
    yield _fact("Severity", report.severity + (", planned maintenance" if report.planned else ""))
    broke = f" ({report.failure})" if report.failure else ""
    yield _fact("Situation", f"{report.situation or 'unknown'}{broke}")
    yield _fact("Caller", ", ".join(f"{k} {v}" for k, v in report.caller.items()) or None)
    yield _fact("Affected", ", ".join(report.affected) or None)
    yield _fact("Expected", report.expected)
    yield _fact("Actual", report.actual)
    yield _fact("Support", report.support)
    yield _fact("Status page", report.status_page)


def _fact(name: str, value: str | None) -> str:
    return f"  {name:{_WIDTH}}{'-' if value is None else _safe(value)}"


def _explained(report: FaultReport) -> list[str]:
    contract = contract_of(report.api)
    entry = None if contract is None else contract.codes.get(report.code)
    if contract is None or entry is None:
        return []
    return ["", heading("What the catalogue says"), code_text(contract, entry)]


def _deliveries(report: FaultReport) -> list[str]:
    lines = ["", heading("Webhooks")]
    if not report.deliveries:
        return [*lines, "  nobody was told of it"]
    for each in report.deliveries:
        last = each.last_error or each.last_status
        attempts = "1 attempt" if each.attempts == 1 else f"{each.attempts} attempts"
        told = f"  {each.id} to {each.endpoint_id}: {each.state}, {attempts}"
        told += f", the last one {last}" if last else ""
        told += f", next at {each.next_at:%Y-%m-%d %H:%M:%S} UTC" if each.next_at else ""
        lines.append(_safe(told))
    return lines


def _body(body: Any) -> str:
    if isinstance(body, str):
        return body
    return msgspec.json.format(msgspec.json.encode(body), indent=2).decode()


def _indented(text: str) -> Iterable[str]:
    return (f"  {_safe(line)}" for line in text.split("\n"))


def _safe(text: str) -> str:
    return log_text(text, longest=_LONGEST)
