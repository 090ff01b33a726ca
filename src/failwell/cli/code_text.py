"""What the catalogue of a contract says of a code: meaning, causes, and what to do."""

from typing import Any

from failwell.cli.terminal import heading
from failwell.core.catalogue import ErrorCode
from failwell.core.contract import Contract

__all__ = ["code_facts", "code_text"]

_RETRY = {
    "never": "the same request fails again until it is changed",
    "backoff": "later, waiting longer each time",
    "after": "after the time the answer names",
    "after_login": "after a new log-in or a fresh token",
}


def code_facts(contract: Contract, entry: ErrorCode) -> dict[str, Any]:
    """Tell what a catalogue says of a code, for programs."""
    return {
        "contract": contract.name,
        "code": entry.code,
        "status": entry.status,
        "message": entry.message,
        "says": entry.says,
        "causes": entry.causes,
        "fix": entry.fix,
        "retry": entry.retry,
        "user": entry.user,
        "see": entry.see,
    }


def code_text(contract: Contract, entry: ErrorCode) -> str:
    """Tell what a catalogue says of a code, for people."""
    status = ", ".join(map(str, entry.status))
    lines = [heading(f"{entry.code} ({contract.api.name}, {status})")]
    lines += [f"  {text}" for text in (entry.says, *entry.message) if text]
    lines += _bullets("Why it happens", entry.causes)
    lines += _bullets("What to do", entry.fix)
    lines.append(f"  Trying again: {_RETRY[entry.retry]}")
    lines += [f"  For the user ({language}): {text}" for language, text in entry.user.items()]
    if entry.see:
        lines.append(f"  See {entry.see}")
    return "\n".join(lines)


def _bullets(title: str, texts: tuple[str, ...]) -> list[str]:
    return [f"  {title}:", *(f"    - {text}" for text in texts)] if texts else []
