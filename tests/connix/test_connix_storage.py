"""What Connix keeps: its schema, and the demo accounts over several starts."""

import asyncio
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from failwell.apis.connix import MIGRATIONS
from failwell.apis.connix.model import Question, local_model, respond
from failwell.apis.connix.tables import metadata
from failwell.apis.connix.upstream import ModelProvider
from failwell.stores.database import Database
from tests.conftest import StartServer
from tests.connix.connix_client import Connix

_CONFIG = {"model": "gpt-4", "temperature": 0.7, "max_tokens": 2048}


def test_migrations_make_the_tables(tmp_path: Path):
    """The scripts leave exactly the tables that the code uses."""
    with Database(tmp_path / "connix.db", migrations=MIGRATIONS) as database:
        database.migrate()
        with database.engine.connect() as connection:
            differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert differences == []


def test_demo_accounts_survive_a_restart(start_server: StartServer):
    """Keys, password and app stay the same; access tokens are made anew and work."""
    first = Connix(start_server())
    first.server.stop()

    second = Connix(start_server(data=first.server.data))

    kept = ("api_key", "read_only_api_key", "organization_id", "project_id", "email", "password")
    assert all(second.known[name] == first.known[name] for name in kept)
    assert second.oauth["client_secret"] == first.oauth["client_secret"]
    assert second.oauth["access_token"] != first.oauth["access_token"]
    assert second.get("/projects", token=second.oauth["access_token"]).status == 200
    refresh_token = second.oauth["refresh_token"]
    assert second.trade(grant_type="refresh_token", refresh_token=refresh_token).status == 200


def test_lost_demo_accounts_are_made_anew(start_server: StartServer):
    """Without the file of the first start there are new keys, and a password that works."""
    first = Connix(start_server())
    first.server.stop()
    (first.server.data / "credentials.json").unlink()

    second = Connix(start_server(data=first.server.data))

    assert second.get("/hello").status == 200
    assert second.log_in().status == 302
    assert second.known["project_id"] == first.known["project_id"]


def test_the_local_model_picks_the_most_telling_sentence():
    """Its answer is a sentence of the input, by the words that come back most."""
    text = "Rain fell. The harbour was closed because rain filled the harbour. Nobody came."

    assert respond(Question("gpt-4", text)) == (
        "The harbour was closed because rain filled the harbour."
    )
    assert respond(Question("gpt-4", text, max_tokens=2)) == "The harbour"
    assert respond(Question("gpt-4", "...")) == "Please say more."


async def test_the_local_model_is_reached_over_http():
    """The provider starts it, asks it, and closes it."""
    provider = ModelProvider(None, deadline=5)
    await provider.start()

    answer = await provider.ask(_CONFIG, "One. Two two. Three.")

    await provider.close()
    assert answer == "Two two."


async def test_the_local_model_refuses_nonsense():
    """What is no question gets an answer too, and does not stop it."""
    model = local_model()
    await model.start()
    port = int(model.url.rsplit(":")[-1].strip("/"))
    answers = []
    for request in (b"GET / HTTP/1.1\r\n\r\n", b"POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        answers.append((await reader.read()).split(b"\r\n")[0])
        writer.close()
    await model.close()

    assert answers == [b"HTTP/1.1 405 Method Not Allowed", b"HTTP/1.1 400 Bad Request"]
