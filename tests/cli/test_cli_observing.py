"""What `failwell serve` puts together to watch its APIs: who may be called, and who is told."""

import contextlib
import io
import json
import socket

import pytest

from failwell.cli.data_directory import DataDirectory
from failwell.cli.observing import Surroundings, observing
from failwell.cli.settings import read_settings
from failwell.outbound.target import check_target
from failwell.server.logs import open_log
from failwell.stores.database import Database
from failwell.stores.tables import MIGRATIONS
from failwell.webhooks.secret import first_secret
from tests.webhooks.values import make_endpoint


@pytest.fixture
def watch(tmp_path):
    """Put the observers together, with settings; gives them and the log."""

    @contextlib.asynccontextmanager
    async def opened(*settings, https_only=False, listening=()):
        directory, log = DataDirectory(tmp_path / "data"), io.StringIO()
        database = Database(directory.database("failwell"), migrations=MIGRATIONS)
        database.migrate()
        around = Surroundings(
            directory=directory,
            settings=read_settings(settings, environment={}),
            log=open_log("json", log),
            listening=listening,
            https_only=https_only,
            payloads={},
        )
        try:
            async with observing(database, around) as found:
                yield found, log
        finally:
            await database.close()

    return opened


async def test_https_is_asked_for_outside_a_demo_unless_the_operator_says_otherwise(watch):
    """The flag --no-demo decides, and a setting beats it either way."""
    asked = []
    for settings, https_only in (((), False), ((), True), (("webhooks.https_only=false",), True)):
        async with watch(*settings, https_only=https_only) as (found, _):
            asked.append(check_target("http://hooks.example.com/", found.webhooks.targets))

    assert asked == [None, "must use https", None]


async def test_no_webhook_calls_the_server_itself_whatever_is_allowed(watch):
    """An allow-list for private networks does not open the APIs to their own callers."""
    settings, own = ("outbound.allow=127.0.0.0/8",), ("127.0.0.1", 8701)
    async with watch(*settings, listening=[own]) as (found, _):
        guard = found.webhooks.targets.guard

        assert guard.allows("127.0.0.1", 9999)
        assert not guard.allows(*own)


async def test_an_allow_list_is_told_at_the_start(watch):
    """Who reads the log sees what may be reached inside; without a list there is no line."""
    async with watch("outbound.allow=10.0.0.0/8,fd00::/8") as (_, log):
        line = json.loads(log.getvalue())
    async with watch() as (_, silent):
        pass

    assert (line["event"], line["networks"]) == ("outbound_allow", "10.0.0.0/8,fd00::/8")
    assert silent.getvalue() == ""


async def test_the_key_of_the_webhooks_is_private_and_stays(watch, tmp_path):
    """Secrets of endpoints are opened after a restart by the key of the first start."""
    async with watch() as (found, _):
        sealed = found.webhooks.sealer.seal("whsec_x", place="whk_1")
    async with watch() as (found, _):
        opened = found.webhooks.sealer.open(sealed, place="whk_1")

    assert opened == "whsec_x"
    assert (tmp_path / "data" / "webhooks.key").stat().st_mode & 0o777 == 0o600


def test_what_never_becomes_a_request_is_recorded_too(server, eventually):
    """A request line that is none is answered and recorded under no route."""
    with socket.create_connection(("127.0.0.1", server.port + 1)) as caller:
        caller.sendall(b"NO SUCH THING\r\n\r\n")
        answer = caller.makefile("rb").read()
    head, _, body = answer.partition(b"\r\n\r\n")
    request_id = json.loads(body)["error"]["request_id"]

    def found():
        with Database(server.data / "failwell.db") as database:
            return database.read_now(
                lambda c: c.exec_driver_sql(
                    "SELECT api, route, status FROM faults JOIN fault_kinds ON id = kind_id"
                    " WHERE request_id = ?",
                    (request_id,),
                ).fetchall()
            )

    assert head.startswith(b"HTTP/1.1 400")
    assert [tuple(row) for row in eventually(found)] == [("connix", "_unmatched", 400)]


async def test_another_key_is_told_of_at_the_start(watch, tmp_path):
    """Who restores the database without webhooks.key hears of it before a webhook is missed."""
    async with watch() as (found, log):
        _, secret = first_secret(found.webhooks.sealer, endpoint_id="whk_1")
        await found.webhooks.endpoints.add(make_endpoint(id="whk_1", secrets=(secret,)))
        before = log.getvalue()

    (tmp_path / "data" / "webhooks.key").unlink()
    async with watch() as (_, log):
        told = log.getvalue()

    assert "webhooks_key" not in before
    assert json.loads(told)["first"] == "whk_1"
    assert "restore the file, or rotate" in told
