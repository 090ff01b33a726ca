"""``failwell lint``: what is wrong with a contract file, and what is missing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from failwell.cli.shared_store import JsonOption
from failwell.cli.terminal import UsageError, print_json, say
from failwell.core.contract import Contract
from failwell.core.exceptions import ContractError
from failwell.core.lint import lint

__all__ = ["register"]

_EXAMPLES = """
Example:

  failwell lint errors.yaml
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("lint", epilog=_EXAMPLES)(_lint)


def _lint(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A contract file.")],
    as_json: JsonOption = False,
) -> None:
    """Read a contract file; say what is wrong with it and what is missing.

    Exits with 1 when there is an error or a warning; notes are only told.
    """
    if not file.is_file():
        raise UsageError(f"{file}: no such file")
    findings = _findings(file)
    if as_json:
        print_json(findings)
    else:
        _print(file, findings)
    if any(finding["level"] != "note" for finding in findings):
        raise typer.Exit(1)


def _findings(file: Path) -> list[dict[str, Any]]:
    try:
        contract = Contract.load(file)
    except ContractError as error:
        return [
            {"rule": "unusable", "level": "error", **msgspec.structs.asdict(problem)}
            for problem in error.problems
        ]
    return [msgspec.structs.asdict(finding) for finding in lint(contract.declared)]


def _print(file: Path, findings: Sequence[dict[str, Any]]) -> None:
    for each in findings:
        place = f"{each['file']}:{each['line']}:{each['column']}"
        say(f"{place}: {each['level']}: {each['text']} [{each['rule']}]")
    counts = dict.fromkeys(("error", "warning", "note"), 0)
    for each in findings:
        counts[each["level"]] += 1
    told = ", ".join(f"{count} {level}s" for level, count in counts.items() if count)
    say(f"{file}: {told or 'nothing to say'}")
