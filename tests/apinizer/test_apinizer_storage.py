"""What Apinizer keeps: its schema, the demo over several starts, passwords as hashes."""

import sqlite3
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from failwell.apis.apinizer import MIGRATIONS
from failwell.apis.apinizer.tables import metadata
from failwell.stores.database import Database
from tests.apinizer.apinizer_client import Apinizer
from tests.conftest import StartServer


def test_migrations_make_the_tables(tmp_path: Path):
    """The scripts leave exactly the tables that the code uses."""
    with Database(tmp_path / "apinizer.db", migrations=MIGRATIONS) as database:
        database.migrate()
        with database.engine.connect() as connection:
            differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert differences == []


def test_demo_accounts_survive_a_restart(start_server: StartServer):
    """Names and passwords stay, tokens too; whoever lost the place in the demo has it back."""
    first = Apinizer(start_server())
    first.delete(first.at("members", "member"))
    first.put(first.at("members", "outsider"), {"roleNameList": ["ROLE_ADMIN"]})
    first.patch("/users/member/", {"enabled": False})
    first.server.stop()

    second = Apinizer(start_server(data=first.server.data), token=first.token)

    names = ["username", "password", "member_username", "member_password"]
    names += ["outsider_username", "outsider_password", "project_name"]
    assert [*second.known] == ["base_url", *names]
    assert all(second.known[name] == first.known[name] for name in names)
    assert second.get("/users/").status == 200
    assert second.as_who("member_").get(second.at("apiProxies")).status == 200
    assert second.as_who("outsider_").get(second.at("apiProxies")).code == "access_denied"


def test_lost_demo_accounts_are_made_anew(start_server: StartServer):
    """Without the file of the first start there are new passwords, and they work."""
    first = Apinizer(start_server())
    first.server.stop()
    (first.server.data / "credentials.json").unlink()

    second = Apinizer(start_server(data=first.server.data))

    assert second.known["password"] != first.known["password"]
    assert second.get(second.at("apiProxies")).status == 200


def test_secrets_are_stored_as_hashes(apinizer: Apinizer):
    """Neither passwords of credentials nor tokens can be read back from the files."""
    apinizer.credential("hashed", password="canary-in-a-password")
    token = apinizer.post("/auth/tokens", {"name": "Kept"}).json["token"]

    data = apinizer.server.data
    stored = b"".join(file.read_bytes() for file in data.glob("*.db*"))
    [row] = sqlite3.connect(data / "apinizer.db").execute(
        "SELECT password_hash FROM project_credentials WHERE username = 'hashed'"
    )

    assert row[0].startswith("$argon2id$")
    assert b"canary-in-a-password" not in stored
    assert token.encode() not in stored
