"""The OpenAPI document of a running Connix is valid, and believable."""

from openapi_spec_validator import OpenAPIV31SpecValidator


def test_the_document_is_valid(published):
    """openapi-spec-validator has nothing to say, examples and defaults included."""
    assert [str(error) for error in OpenAPIV31SpecValidator(published).iter_errors()] == []


def test_every_operation_lists_its_statuses(published):
    """``default`` hides nothing: 4xx and 5xx stand there one by one, with a body for each."""
    for path in published["paths"].values():
        for operation in path.values():
            statuses = set(operation["responses"])

            assert {"default", "400", "500", "503"} < statuses, operation["operationId"]
            assert not operation["security"] or {"401", "429"} < statuses
