"""``failwell explain``: what an error code means and what to do about it."""

from pathlib import Path
from typing import Annotated

import typer

from failwell.cli.code_text import code_facts, code_text
from failwell.cli.shared_store import JsonOption
from failwell.cli.terminal import UsageError, print_json, say
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
        print_json([code_facts(each, entry) for each, entry in found])
    else:
        say("\n\n".join(code_text(each, entry) for each, entry in found))


def _load(name: str) -> Contract:
    if name in (*BUNDLED, *DIALECTS):
        return Contract.bundled(name)
    if not Path(name).is_file():
        near = nearest(name, (*BUNDLED, *DIALECTS))
        raise UsageError(f"--contract {name}: neither a bundled contract nor a file{near}")
    return Contract.load(name)
