"""``failwell credentials``: issue, list and revoke keys and tokens."""

import asyncio
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from failwell.cli.apis import APIS, KINDS, load_api
from failwell.cli.shared_store import (
    ApiOption,
    DataOption,
    JsonOption,
    one_of,
    shared_database,
)
from failwell.cli.terminal import CommandError, UsageError, print_json, print_table, say
from failwell.core.clock import moment
from failwell.core.exceptions import FailwellError

if TYPE_CHECKING:
    from failwell.stores.accounts import AccountStore
    from failwell.stores.credentials import Credential
    from failwell.stores.database import Database

__all__ = ["register"]

_EXAMPLES = """
Examples:

  failwell credentials issue --api connix --scope projects:read

  failwell credentials issue --api connix --tenant Acme --plan pro --json

  failwell credentials revoke key_0123456789abcdef
"""

_PLANS = ("free", "pro", "enterprise")
_ISSUED = ("id", "api", "kind", "tenant", "secret", "scopes", "expires_at")
_COLUMNS = ("id", "api", "kind", "tenant", "hint", "scopes", "expires_at")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        no_args_is_help=True,
        help="Issue, list and revoke keys and tokens; a running server follows within a second.",
        epilog=_EXAMPLES,
    )
    group.command("issue")(_issue)
    group.command("list")(_list)
    group.command("revoke")(_revoke)
    app.add_typer(group, name="credentials")


def _issue(
    api: ApiOption,
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="K", help="Each API has its own; the usual one by default."),
    ] = None,
    tenant: Annotated[
        str | None,
        typer.Option("--tenant", metavar="T", help="Whose; a name not known yet makes a new one."),
    ] = None,
    user: Annotated[
        str | None, typer.Option("--user", metavar="U", help="The person it acts for.")
    ] = None,
    plan: Annotated[
        str | None, typer.Option("--plan", metavar="P", help="free, pro or enterprise.")
    ] = None,
    scopes: Annotated[
        list[str] | None,
        typer.Option("--scope", metavar="S", help="A permission; may be repeated. Default: all."),
    ] = None,
    expires_in: Annotated[
        float | None, typer.Option("--expires-in", metavar="SECONDS", help="Lifetime.")
    ] = None,
    data: DataOption = Path("var"),
    as_json: JsonOption = False,
) -> None:
    """Issue a credential; its secret is shown this once."""
    one_of(api, APIS, "--api")
    kind = one_of(kind or KINDS[api][0], KINDS[api], "--kind")
    if plan is not None:
        one_of(plan, _PLANS, "--plan")
    if expires_in is not None and not (math.isfinite(expires_in) and 0 < expires_in <= 10**9):
        raise UsageError(f"--expires-in {expires_in:g}: expected seconds above 0, at most 10^9")
    with shared_database(data) as database:
        issued = asyncio.run(
            _issue_one(
                database,
                data,
                api,
                kind=kind,
                tenant=tenant,
                user=user,
                plan=plan,
                scopes=tuple(scopes or ()),
                expires_in=expires_in,
            )
        )
    if as_json:
        print_json(issued)
    else:
        say(issued["secret"])
        typer.echo(
            f"{issued['kind']} {issued['id']} of {issued['tenant']}; not shown again", err=True
        )


async def _issue_one(shared: "Database", data: Path, api: str, **wanted: Any) -> dict[str, Any]:
    from failwell.stores.accounts import AccountStore
    from failwell.stores.api_stores import ApiStores
    from failwell.stores.credentials_sql import SqlCredentialStore
    from failwell.stores.database import Database
    from failwell.stores.issuing import IssueRequest

    accounts, module = AccountStore(shared), load_api(api)
    with Database(data / f"{api}.db", migrations=module.MIGRATIONS) as database:
        database.migrate()
        stores = ApiStores(
            database=database, credentials=SqlCredentialStore(shared), accounts=accounts
        )
        try:
            issued = await module.issue(stores, IssueRequest(**wanted))
        except FailwellError as error:
            raise UsageError(str(error)) from error
    shown = await _shown(issued.credential, accounts)
    return {key: {**shown, "secret": issued.secret}[key] for key in _ISSUED}


def _list(
    api: Annotated[str | None, typer.Option("--api", metavar="API", help="Only this API.")] = None,
    data: DataOption = Path("var"),
    as_json: JsonOption = False,
) -> None:
    """List the credentials that are not revoked; secrets are not kept."""
    if api is not None:
        one_of(api, APIS, "--api")
    with shared_database(data) as database:
        rows = asyncio.run(_rows(database, api))
    if as_json:
        print_json(rows)
    else:
        print_table(_COLUMNS, [[row[column] for column in _COLUMNS] for row in rows])


async def _rows(database: "Database", api: str | None) -> list[dict[str, Any]]:
    from failwell.stores.accounts import AccountStore
    from failwell.stores.credentials_sql import SqlCredentialStore

    accounts = AccountStore(database)
    found = await SqlCredentialStore(database).list(api=api)
    return [await _shown(credential, accounts) for credential in found]


def _revoke(
    credential: Annotated[str, typer.Argument(metavar="ID", help="As issue and list show it.")],
    data: DataOption = Path("var"),
    as_json: JsonOption = False,
) -> None:
    """Take a credential back for good."""
    with shared_database(data) as database:
        from failwell.stores.credentials_sql import SqlCredentialStore

        revoked = asyncio.run(SqlCredentialStore(database).revoke(credential))
    if not revoked:
        raise CommandError(f"{credential}: no such credential, or already revoked")
    if as_json:
        print_json({"id": credential, "revoked": True})
    else:
        say(f"{credential} is revoked")


async def _shown(credential: "Credential", accounts: "AccountStore") -> dict[str, Any]:
    tenant = await accounts.tenant(credential.tenant_id, api=credential.api)
    expires = credential.expires_at
    return {
        "id": credential.id,
        "api": credential.api,
        "kind": credential.kind,
        "tenant": credential.tenant_id if tenant is None else tenant.name,
        "hint": credential.hint,
        "scopes": credential.scopes,
        "expires_at": None if expires is None else moment(int(expires)),
    }
