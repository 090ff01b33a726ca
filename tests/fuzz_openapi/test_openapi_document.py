"""The OpenAPI document of each running API is valid, and believable."""

import json
import urllib.request

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.every_api.answers import CANNOT_OCCUR
from tests.every_api.rows import ROWS, contract


@pytest.fixture(params=ROWS, ids=lambda api: api.name)
def api(request):
    """Each API."""
    return request.param


@pytest.fixture
def published(server, api):
    """Its document, as the server gives it out."""
    with urllib.request.urlopen(f"http://127.0.0.1:{api.port(server)}/openapi.json") as response:
        return json.load(response)


def test_the_document_is_valid(published):
    """openapi-spec-validator has nothing to say, examples and defaults included."""
    assert [str(error) for error in OpenAPIV31SpecValidator(published).iter_errors()] == []


def test_every_operation_lists_its_statuses(api, published):
    """``default`` hides nothing: 4xx and 5xx stand there one by one, with a body for each."""
    known = {str(entry.wire_status) for entry in contract(api.name).codes.values()}
    limited = {"429"} if "rate_limited" not in CANNOT_OCCUR[api.name] else set()
    for path in published["paths"].values():
        for operation in path.values():
            statuses = set(operation["responses"])
            errors = {status for status in statuses if status[0] in "45"}

            assert {"default", "400", "500"} < statuses, operation["operationId"]
            assert errors <= known
            assert not operation.get("security") or {"401", *limited} < statuses
