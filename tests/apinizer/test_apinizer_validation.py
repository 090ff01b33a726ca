"""Statements 3, 4 and 14 of the Apinizer page: what is wrong with a request."""

from typing import Any

import pytest

from tests.apinizer.apinizer_client import Apinizer

NAME_IS_REQUIRED = """
{
"error": "validation_failed",
"error_description": "Validation failed: name is required"
}
"""

FIELD_NAME_IS_REQUIRED = """
{
"error": "validation_failed",
"error_description": "Field 'name' is required"
}
"""

VALIDATION_ERRORS = """
{
"error": "validation_failed",
"error_description": "Validation failed",
"validation_errors": [
{
"field": "name",
"message": "Name is required"
},
{
"field": "email",
"message": "Invalid email format"
}
]
}
"""


@pytest.mark.parametrize("body", [{"name": ""}, {"name": None}, {"name": "  "}])
def test_apinizer_s04_a_field_that_is_blank(apinizer: Apinizer, body: dict[str, Any]):
    """One field that is there and empty gives the first form of the page."""
    apinizer.post("/projects/", body).assert_page(400, NAME_IS_REQUIRED)


def test_apinizer_s04_a_field_that_is_absent(apinizer: Apinizer):
    """One field that is not there gives the second form of the page."""
    apinizer.post("/projects/", {}).assert_page(400, FIELD_NAME_IS_REQUIRED)


@pytest.mark.parametrize("body", [{"name": "", "email": "x"}, {"email": "x"}])
def test_apinizer_s04_several_fields(apinizer: Apinizer, body: dict[str, Any]):
    """Two wrong fields give the third form of the page."""
    apinizer.post("/projects/", body).assert_page(400, VALIDATION_ERRORS)


def test_apinizer_s04_what_may_be_left_out_may_be_null(apinizer: Apinizer):
    """Null stands for nothing where nothing is needed."""
    body = {"name": "Without", "description": None, "email": None}

    assert apinizer.post("/projects/", body).status == 201


def test_apinizer_s14_a_list_only_for_several_fields(apinizer: Apinizer):
    """One fault is told in the sentence; from two on there is a list, in the caller's order."""
    one = apinizer.credential("listed", email="nobody")
    two = apinizer.credential("listed", email="nobody", fullName=" ")

    assert one.refuses(400, "validation_failed", "Validation failed: email has an invalid format")
    assert two.says == "Validation failed"
    assert two.json["validation_errors"] == [
        {"field": "email", "message": "Invalid email format"},
        {"field": "fullName", "message": "Full name is required"},
    ]


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        (
            {"apiProxyName": None},
            "validation_failed",
            "Validation failed: apiProxyName is required",
        ),
        (
            {"apiProxyName": 3},
            "validation_failed",
            "Validation failed: Api proxy name must be of type string",
        ),
        (
            {"apiProxyName": "n" * 101},
            "validation_failed",
            "Validation failed: Api proxy name must be at most 100 characters",
        ),
        (
            {"apiProxyName": "a/b"},
            "validation_failed",
            "Validation failed: apiProxyName has an invalid format",
        ),
        (
            {"apiProxyCreationType": "FOO"},
            "invalid_parameter",
            "Invalid value 'FOO' for parameter 'apiProxyCreationType'",
        ),
        (
            {"apiProxyCreationType": "<script>"},
            "invalid_parameter",
            "Invalid value for parameter 'apiProxyCreationType'",
        ),
        (
            {"apiProxyCreationType": "OPEN_API"},
            "validation_failed",
            "Field 'specUrl' is required",
        ),
        (
            {"apiProxyCreationType": "WSDL", "specUrl": "file:///etc/passwd"},
            "validation_failed",
            "Validation failed: specUrl has an invalid format",
        ),
        (
            {"routingInfo": {"routingAddressList": [{"weight": 1}]}},
            "validation_failed",
            "Field 'routingInfo.routingAddressList.0.address' is required",
        ),
        (
            {"deploy": True},
            "validation_failed",
            "Field 'deployTargetEnvironmentNameList' is required",
        ),
        (
            {"specAuthorizationValueList": [{"headerName": "HOST", "headerValue": "x"}]},
            "validation_failed",
            "Validation failed: specAuthorizationValueList.0.headerName has an invalid format",
        ),
    ],
)
def test_apinizer_s03_causes_of_a_400(
    apinizer: Apinizer, changes: dict[str, Any], code: str, says: str
):
    """Missing fields, wrong types, values that are not allowed and broken rules are told apart."""
    assert apinizer.proxy("Wrong", **changes).refuses(400, code, says)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("page=abc", "Invalid value for parameter 'page'"),
        ("page=0", "Invalid value '0' for parameter 'page'"),
        ("size=1001", "Invalid value '1001' for parameter 'size'"),
        ("sort=FOO", "Invalid value 'FOO' for parameter 'sort'"),
        ("page=1&page=2", "Invalid value for parameter 'page'"),
    ],
)
def test_apinizer_s03_query_parameters(apinizer: Apinizer, query: str, says: str):
    """A wrong query parameter is an invalid parameter, on every list with pages."""
    for path in ("/projects/", apinizer.at("apiProxies")):
        assert apinizer.get(f"{path}?{query}").refuses(400, "invalid_parameter", says)


def test_apinizer_s03_a_change_has_to_change_something(apinizer: Apinizer):
    """Metadata without any field breaks a rule of the whole."""
    apinizer.proxy("Unchanged")

    answer = apinizer.patch(apinizer.at("apiProxies", "Unchanged", "settings", "metadata"), {})

    says = "Validation failed: Body must have at least one field"
    assert answer.refuses(400, "validation_failed", says)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"client_id": ""}, "Field 'client_id' is required"),
        ({"client_secret": ""}, "Field 'client_secret' is required"),
        ({"grant_type": ""}, "Field 'grant_type' is required"),
    ],
)
def test_apinizer_s03_the_form_of_the_token_endpoint(
    apinizer: Apinizer, changes: dict[str, str], says: str
):
    """What the token endpoint needs is asked for by name."""
    assert apinizer.enter(**changes).refuses(400, "validation_failed", says)


def test_apinizer_s03_another_grant_is_a_bad_request(apinizer: Apinizer):
    """The token endpoint knows one grant and names it."""
    answer = apinizer.enter(grant_type="password")

    assert answer.refuses(400, "bad_request", "GrantType value must be client_credentials!")
