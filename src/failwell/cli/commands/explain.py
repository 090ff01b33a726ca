"""``failwell explain``: what an error code means and what to do about it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from failwell.cli.shared_store import JsonOption
from failwell.cli.terminal import UsageError, heading, print_json, say
from failwell.core.catalogue import ErrorCode
from failwell.core.contract import BUNDLED, DIALECTS, Contract
from failwell.core.nearest import nearest

__all__ = ["register"]

_EXAMPLES = """
Examples:

  failwell explain insufficient_scope

  failwell explain out_of_stock --contract errors.yaml
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain", epilog=_EXAMPLES)(_explain)


def _explain(
    code: Annotated[str, typer.Argument(metavar="CODE", help="As the API's answer says it.")],
    contract: Annotated[
        str | None,
        typer.Option(
            "--contract", metavar="C", help="A bundled contract or a file; default: all bundled."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what an error code means, why it happens and what to do about it."""
    contracts = [_load(name) for name in ([contract] if contract else BUNDLED)]
    found = [
        (each, entry)
        for each in contracts
        for entry in each.codes.values()
        if code in (entry.code, entry.name)
    ]
    if not found:
        known = sorted({key for each in contracts for key in each.codes})
        where = contract or "any bundled contract"
        raise UsageError(f"{code}: no such code in {where}{nearest(code, known)}")
    if as_json:
        print_json([_facts(each, entry) for each, entry in found])
    else:
        say("\n\n".join(_text(each, entry) for each, entry in found))


def _load(name: str) -> Contract:
    if name in (*BUNDLED, *DIALECTS):
        return Contract.bundled(name)
    if not Path(name).is_file():
        near = nearest(name, (*BUNDLED, *DIALECTS))
        raise UsageError(f"--contract {name}: neither a bundled contract nor a file{near}")
    return Contract.load(name)


def _facts(contract: Contract, entry: ErrorCode) -> dict[str, Any]:
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


def _text(contract: Contract, entry: ErrorCode) -> str:
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


_RETRY = {
    "never": "the same request fails again until it is changed",
    "backoff": "later, waiting longer each time",
    "after": "after the time the answer names",
    "after_login": "after a new log-in or a fresh token",
}
