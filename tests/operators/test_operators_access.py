"""Who may call the API of operators, and how it says no."""

import pytest
from openapi_spec_validator import validate

from tests.operators.conftest import TOKEN

PATHS = ("/api/records", "/api/webhooks", "/api/maintenance", "/metrics")


@pytest.mark.parametrize("path", PATHS)
async def test_the_token_is_needed(operators, path):
    """Without the console's token, or with another one, nothing is told: a problem with a 401."""
    for token in (None, "another", TOKEN[:-1], f"{TOKEN}x"):
        answer = await operators.get(path, token=token)

        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["content-type"] == "application/problem+json"
    assert (await operators.get(path)).status_code == 200


async def test_only_bearer_opens_it(operators):
    """A token in the address, which logs keep, and one in a cookie, which browsers add, do not."""
    in_address = await operators.get(f"/api/records?token={TOKEN}", token=None)
    in_cookie = await operators.get(
        "/api/records", token=None, headers={"Cookie": f"failwell_console={TOKEN}; token={TOKEN}"}
    )

    assert (in_address.status_code, in_cookie.status_code) == (401, 401)


async def test_strangers_learn_nothing_of_what_exists(operators):
    """Credentials are looked at before anything else: an unknown id is a 401 as well."""
    for method, path in (
        ("GET", "/api/records/x"),
        ("POST", "/api/webhooks"),
        ("PATCH", "/api/webhooks/x"),
    ):
        assert (await operators.call(method, path, {}, token=None)).status_code == 401


async def test_the_document_is_valid_and_complete(operators):
    """Everybody may read the OpenAPI document; it names every operation and validates."""
    document = (await operators.get("/openapi.json", token=None)).json()

    validate(document)
    assert {"/api/records", "/api/rates", "/api/deliveries", "/api/events", "/metrics"} <= set(
        document["paths"]
    )


async def test_a_parameter_nobody_knows_is_refused(operators):
    """A misspelt filter does not silently show everything."""
    answer = await operators.get("/api/records?cod=x&limit=0&since=yesterday")

    assert answer.status_code == 400
    assert {each["pointer"] for each in answer.json()["errors"]} == {"#/cod", "#/limit", "#/since"}
