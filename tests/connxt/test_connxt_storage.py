"""What Connxt keeps: its schema, its states, its demo accounts over several starts."""

import contextlib
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from failwell.apis.connxt import MIGRATIONS, ConnxtSettings, curl
from failwell.apis.connxt.environment_rows import ensure_environment
from failwell.apis.connxt.identifiers import TRANSACTION
from failwell.apis.connxt.page_address import page_address
from failwell.apis.connxt.provider import PaymentProvider
from failwell.apis.connxt.sandbox_provider import Announcement, SandboxProvider, decide
from failwell.apis.connxt.tables import metadata, psps, transaction_steps, transactions
from failwell.apis.connxt.transaction_rows import add_transaction, move
from failwell.apis.connxt.transaction_states import FINAL, OUTCOMES, STATES, check_step, state_at
from failwell.core.contract import Contract
from failwell.core.exceptions import FailwellError
from failwell.outbound.fetch import Outbound
from failwell.server.exchange import Exchange
from failwell.server.headers import Headers
from failwell.server.operation import Call
from failwell.stores.database import Database
from tests.conftest import StartServer
from tests.connxt.connxt_client import Connxt

ALLOWED = {
    ("NEW", "CREATED"),
    ("CREATED", "INITIATED"),
    ("CREATED", "FAILED"),
    ("INITIATED", "PG_ACCEPTED"),
    ("INITIATED", "PG_REJECTED"),
    ("INITIATED", "FAILED"),
    ("PG_ACCEPTED", "PG_SUCCESS"),
    ("PG_ACCEPTED", "PG_FAILED"),
    ("PG_ACCEPTED", "SUCCESS"),
    ("PG_ACCEPTED", "FAILED"),
    ("PG_REJECTED", "REJECTED"),
    ("PG_SUCCESS", "SUCCESS"),
    ("PG_FAILED", "FAILED"),
}


def test_migrations_make_the_tables(tmp_path: Path):
    """The scripts leave exactly the tables that the code uses."""
    with Database(tmp_path / "connxt.db", migrations=MIGRATIONS) as database:
        database.migrate()
        with database.engine.connect() as connection:
            differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert differences == []


@pytest.mark.parametrize("before", STATES)
def test_only_the_documented_steps_are_allowed(before: str):
    """One function knows which state may follow which; nothing follows the last ones."""
    for after in (*STATES, "UNKNOWN"):
        if (before, after) in ALLOWED:
            check_step(before, after)
        else:
            with pytest.raises(FailwellError, match=f"from {before} to {after}"):
                check_step(before, after)
    assert (before in FINAL) == (before in ("SUCCESS", "FAILED", "REJECTED"))


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_is_a_way_to_its_end(outcome: str):
    """What a provider decides leads from INITIATED by allowed steps to that very state."""
    way = ("INITIATED", *OUTCOMES[outcome])

    assert way[-1] == outcome
    assert all(step in ALLOWED for step in itertools.pairwise(way))


@given(st.sampled_from(STATES), st.floats(0, 100), st.floats(0, 100))
def test_time_ends_only_what_is_not_over(state: str, expires_at: float, now: float):
    """What is final stays as it is; everything else has failed from its end on."""
    found = state_at(state, expires_at=expires_at, now=now)

    assert found == ("FAILED" if state not in FINAL and now >= expires_at else state)


def _with_transaction(connection):
    owner = ensure_environment(connection, "brn_1", "development", now=1.0)
    target = connection.execute(select(metadata.tables["flow_targets"].c.id)).scalars().first()
    psp = {"id": "psp_1", "name": "P", "credential": "", "status": "ENABLED"}
    moments = {"created_at": 1.0, "updated_at": 1.0, "created_by": "e", "updated_by": "e"}
    place = {"brand_id": "brn_1", "environment_id": owner.environment_id}
    connection.execute(psps.insert().values(**psp, **moments, **place, flow_target_id=target))
    row = {"id": TRANSACTION.generate(), "psp_id": "psp_1", "flow_target_id": target}
    row |= {"flow_action_id": "fat_1", "currency": "EUR", "amount": 1.0, "expires_at": 9.0}
    add_transaction(connection, owner, row, now=2.0)
    return row["id"]


async def test_a_step_that_is_not_allowed_leaves_no_trace(tmp_path: Path):
    """A transaction that cannot go on stays where it was, history included."""
    async with _database(tmp_path) as database:
        transaction_id = await database.write(_with_transaction)
        with pytest.raises(FailwellError, match="from INITIATED to SUCCESS"):
            await database.write(
                lambda each: move(each, transaction_id, "INITIATED", "SUCCESS", now=3.0)
            )
        status = await database.read(lambda each: each.execute(select(transactions.c.status)).all())
        steps = await database.read(
            lambda each: each.execute(select(transaction_steps.c.status)).scalars().all()
        )

    assert status == [("CREATED",)]
    assert steps == ["NEW", "CREATED"]


@contextlib.asynccontextmanager
async def _database(folder: Path) -> AsyncIterator[Database]:
    database = Database(folder / "connxt.db", migrations=MIGRATIONS)
    database.migrate()
    yield database
    await database.close()


async def test_an_environment_is_made_once(tmp_path: Path):
    """Asked for again it is the same; another name, or another brand, makes another."""
    async with _database(tmp_path) as database:
        made = [
            await database.write(
                lambda each, brand=brand, name=name: ensure_environment(each, brand, name, now=1.0)
            )
            for brand, name in (("b1", "dev"), ("b1", "dev"), ("b1", "live"), ("b2", "dev"))
        ]

    assert made[0] == made[1]
    assert len({each.environment_id for each in made}) == 3


def test_demo_accounts_survive_a_restart(start_server: StartServer):
    """Tokens and ids stay the same and work; a lost file of tokens is made anew."""
    first = Connxt(start_server())
    psp = first.psp("Kept")
    first.server.stop()

    second = Connxt(start_server(data=first.server.data))

    ports = {"base_url": second.known["base_url"]}
    assert second.known == first.known | ports
    assert second.get(f"/psps/{psp['id']}").data == psp
    assert second.other_environment.get("/psps").data == []
    second.server.stop()
    (second.server.data / "credentials.json").unlink()

    third = Connxt(start_server(data=first.server.data))
    assert third.token != first.token
    assert third.known["flow_target_id"] == first.known["flow_target_id"]
    assert third.get("/psps").data == [psp]


def test_a_lost_database_leaves_no_dead_token(start_server: StartServer):
    """When connxt.db is gone, the demo tokens open the new environments and not the old ones."""
    first = Connxt(start_server())
    first.server.stop()
    for file in first.server.data.glob("connxt.db*"):
        file.unlink()

    second = Connxt(start_server(data=first.server.data))

    assert second.token != first.token
    assert second.target()["id"] == second.known["flow_target_id"]


def test_the_printed_command_works(connxt: Connxt):
    """The curl line of the start asks for the definitions with the demo token."""
    line = curl(connxt.known)

    assert line in connxt.server.log
    assert f"X-SECRET-TOKEN: {connxt.token}" in line


def test_settings_do_not_show_the_key():
    """A settings object can be printed anywhere."""
    assert "00" * 32 not in repr(ConnxtSettings(encryption_key="00" * 32))


@pytest.mark.parametrize(
    ("host", "public_url", "address"),
    [
        ("pay.example:8702", None, "http://pay.example:8702/connxt/v2/gateway/pay_1"),
        ("10.0.0.1", "https://pay.example/", "https://pay.example/connxt/v2/gateway/pay_1"),
        (None, None, "/connxt/v2/gateway/pay_1"),
    ],
)
def test_a_payment_page_has_an_address(host, public_url, address):
    """The operator's word counts, then the name the caller used; HTTP/1.0 may leave out both."""
    contract = Contract.bundled("connxt")
    call = Call(
        exchange=Exchange("req_1", contract, "POST", 0.0),
        method="POST",
        path={},
        headers=Headers([] if host is None else [(b"host", host.encode())]),
        address="192.0.2.1",
    )

    assert page_address(call, "pay_1", public_url=public_url) == address


def _payment(**changes) -> Announcement:
    values = {
        "reference": "ortx1",
        "action": "DEPOSIT",
        "currency": "EUR",
        "amount": 1,
        "page": "http://127.0.0.1:1/page",
        "credential": {"apiKey": "a"},
    }
    return Announcement(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "PENDING"),
        ({"action": "WITHDRAW"}, "SUCCESS"),
        ({"credential": {"apiKey": "sandbox-reject"}}, "REJECTED"),
        ({"credential": {"secret": "sandbox-fail"}, "action": "REFUND"}, "FAILED"),
        ({"credential": [1]}, "PENDING"),
        ({"credential": {"apiKey": {"a": 1}}}, "PENDING"),
    ],
)
def test_the_sandbox_decides_by_action_and_credential(changes: dict, status: str):
    """Deposits wait for their customer, magic credentials have their way, the rest is done."""
    decision = decide(_payment(**changes))

    assert decision.status == status
    assert decision.redirect_url == ("http://127.0.0.1:1/page" if status == "PENDING" else None)


async def test_the_sandbox_is_reached_over_http():
    """The provider is started, asked over a socket, and closed."""
    provider = PaymentProvider(ConnxtSettings())
    await provider.start()

    decision = await provider.announce(_payment(action="REFUND"))

    await provider.close()
    assert decision.status == "SUCCESS"


async def test_the_sandbox_refuses_nonsense():
    """What announces no payment gets an answer too, and does not stop it."""
    sandbox = SandboxProvider()
    await sandbox.start()
    outbound = Outbound(allow=["127.0.0.1/32"])

    answers = [
        await outbound.fetch(sandbox.url, method=method, body=body)
        for method, body in (("GET", None), ("POST", b"{}"), ("POST", b"no JSON"))
    ]

    await outbound.close()
    await sandbox.close()
    assert [answer.status for answer in answers] == [405, 400, 400]


def test_an_announcement_does_not_show_its_credential():
    """A payment can be printed anywhere."""
    assert "canary" not in repr(_payment(credential={"apiKey": "canary"}))
