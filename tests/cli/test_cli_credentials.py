"""``failwell credentials`` issues, lists and revokes, beside a server or without one."""

from datetime import UTC, datetime, timedelta

KEYS = ["id", "api", "kind", "tenant", "secret", "scopes", "expires_at"]

ISSUE = ("credentials", "issue", "--api", "connix")


def test_a_key_is_issued_listed_and_revoked(failwell, data):
    """The secret is shown once; the list knows everything else, until the key is revoked."""
    at = ("--data", data, "--json")

    issued = failwell(*ISSUE, "--scope", "projects:read", *at).json
    listed = failwell("credentials", "list", *at)
    revoked = failwell("credentials", "revoke", issued["id"], *at).json
    left = failwell("credentials", "list", *at).json

    assert list(issued) == KEYS
    assert (issued["api"], issued["kind"], issued["tenant"]) == ("connix", "api-key", "Demo")
    assert issued["scopes"] == ["projects:read"]
    assert [row["id"] for row in listed.json] == [issued["id"]]
    assert issued["secret"] not in listed.out
    assert revoked == {"id": issued["id"], "revoked": True}
    assert left == []


def test_all_scopes_are_the_default(failwell, data):
    """A key without --scope may do everything."""
    issued = failwell(*ISSUE, "--data", data, "--json").json

    assert len(issued["scopes"]) == 4


def test_an_unknown_scope_is_told(failwell, data):
    """A scope the API does not have is wrong usage, and nothing is issued."""
    result = failwell(*ISSUE, "--scope", "projects:reed", "--data", data)

    assert result.code == 2
    assert "projects:reed" in result.err
    assert failwell("credentials", "list", "--data", data, "--json").json == []


def test_a_new_tenant_is_made_once(failwell, data):
    """Two keys of one --tenant belong to the same organization."""
    at = ("--tenant", "Acme", "--plan", "pro", "--data", data, "--json")

    first, second = failwell(*ISSUE, *at).json, failwell(*ISSUE, *at).json

    assert first["tenant"] == second["tenant"] == "Acme"
    assert first["secret"] != second["secret"]


def test_a_lifetime_is_kept(failwell, data):
    """--expires-in counts from now."""
    issued = failwell(*ISSUE, "--expires-in", 60, "--data", data, "--json").json

    left = datetime.fromisoformat(issued["expires_at"]) - datetime.now(UTC)
    assert timedelta(seconds=50) < left <= timedelta(seconds=60)


def test_an_access_token_is_issued(failwell, data):
    """--kind access-token gives a token with an end."""
    issued = failwell(*ISSUE, "--kind", "access-token", "--data", data, "--json").json

    assert issued["kind"] == "access-token"
    assert issued["expires_at"] is not None


def test_the_secret_alone_is_on_stdout(failwell, data):
    """KEY=$(failwell credentials issue ...) works: the rest is told on stderr."""
    result = failwell(*ISSUE, "--data", data)

    assert result.out.startswith("cx_")
    assert result.out.count("\n") == 1
    assert "not shown again" in result.err


def test_revoking_nothing_is_told(failwell, data):
    """Exit code 1: there is no such credential."""
    result = failwell("credentials", "revoke", "key_0000000000000000", "--data", data)

    assert result.code == 1
    assert "no such credential" in result.err


def test_the_table_has_every_column(failwell, data):
    """Without --json the list is a table a person can read."""
    failwell(*ISSUE, "--data", data)

    first, second = failwell("credentials", "list", "--data", data).out.splitlines()

    assert first.split() == ["id", "api", "kind", "tenant", "hint", "scopes", "expires_at"]
    assert "connix" in second
