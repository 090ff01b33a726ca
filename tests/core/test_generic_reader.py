"""Reading errors of no known contract: total, and as good as a person reading them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.core.fault import Location
from failwell.core.gateways import REQUEST_ID_FIELDS
from failwell.core.generic_path import any_location
from failwell.core.generic_reader import read_generic

VECTORS = Path(__file__).parent.parent / "vectors"
DIALECTS = json.loads((VECTORS / "dialects.json").read_text("utf-8"))

CODES = {
    "RFC 9457 problem+json": "https://example.com/probs/out-of-credit",
    "Google AIP-193 / google.rpc.Status": "RESOURCE_EXHAUSTED",
    "JSON:API": "http_422",
    "OAuth2 token endpoint (RFC 6749 §5.2)": "invalid_request",
    "OAuth2 bearer challenge (RFC 6750)": "invalid_token",
    "Stripe": "resource_missing",
    "GitHub REST": "missing",
    "GitLab": "invalid_token",
    "AWS JSON 1.x": "ValidationException",
    "AWS query / S3 XML": "SlowDown",
    "Microsoft Graph / Azure / OData v4": "InvalidAuthenticationToken",
    "Twilio": "20003",
    "Slack Web API": "missing_scope",
    "GraphQL (Shopify Admin)": "THROTTLED",
    "gRPC-gateway": "5",
    "Spring Boot default": "http_404",
    "Django REST Framework 3.18": "http_400",
    "FastAPI 0.165": "missing",
    "Laravel": "http_422",
    "Shopify REST": "http_429",
    "Salesforce REST": "INVALID_SESSION_ID",
    "OpenAI": "invalid_api_key",
    "Anthropic": "overloaded_error",
    "Notion": "rate_limited",
    "Seed: IXON APIv2": "http_401",
    "Seed: Connix": "rate_limit_exceeded",
    "Seed: Management API": "validation_failed",
    "Seed: Connxt v2": "4001",
}

FIELDS = {
    "JSON:API": ["data.attributes.old_url"],
    "Stripe": ["collected_data.id_document.front.high_res_image"],
    "GitHub REST": ["q"],
    "Django REST Framework 3.18": ["name", "tags.0", "addr"],
    "FastAPI 0.165": ["name", "age"],
    "Laravel": ["email", "email", "name"],
    "Seed: IXON APIv2": ["Authorization"],
    "Seed: Management API": ["name"],
    "Seed: Connxt v2": ["flowActionId"],
}

WAITS = {
    "Google AIP-193 / google.rpc.Status": 53.0,
    "Notion": 2.0,
    "Seed: Connix": 45.0,
    "Shopify REST": 2.0,
}


def read(body, status=500, **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_generic(status, {k.replace("_", "-"): v for k, v in headers.items()}, data)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda each: each["name"])
def test_an_unknown_dialect_is_read_like_a_person_would(dialect):
    """Code, fields and wait come out of the error of any well-known API, without its contract."""
    guess = read_generic(dialect["status"], dialect["headers"], dialect["body"].encode())
    fault = guess.fault

    assert fault.code == CODES[dialect["name"]]
    assert fault.status == dialect["status"]
    assert guess.gateway is False
    assert guess.coded is not fault.code.startswith("http_")
    found = [each.location.dotted for each in fault.violations or () if each.location]
    assert found == FIELDS.get(dialect["name"], [])
    assert fault.retry_after == WAITS.get(dialect["name"])


HOPELESS = {
    "empty": b"",
    "blank": b" \n ",
    "null": b"null",
    "number": b"42",
    "true": b"true",
    "array": b"[]",
    "array of numbers": b"[1, 2]",
    "open brace": b"{",
    "bad UTF-8": b"\xff\xfe\xfa{\x80",
    "zeros": b"\0\0\0",
    "nested arrays": b"[" * 100_000,
    "nested objects": b'{"a":' * 100_000,
    "closed nesting": b"[" * 100_000 + b"]" * 100_000,
    "5,000 digits": b"9" * 5_000,
    "NaN": b"NaN",
    "doctype": b'<?xml?><!DOCTYPE e [<!ENTITY a "x">]><Error><Code>&a;</Code></Error>',
    "open tags": b"<a>" * 50_000,
    "open comments": b"<!---->" * 20_000 + b"x",
    "open titles": b"<title>" * 20_000,
}


@pytest.mark.parametrize("body", HOPELESS.values(), ids=HOPELESS)
@pytest.mark.parametrize("media", ["application/json", "text/html; charset=utf-7", "", "text/xml"])
def test_client_n36_no_body_hides_the_status(body, media):
    """Whatever the bytes are, the status, a code and the request id are there."""
    guess = read(body, 503, content_type=media, x_request_id="req_7")

    assert guess.fault.status == 503
    assert guess.fault.code == "http_503"
    assert guess.fault.request_id == "req_7"


@given(st.binary(max_size=300), st.sampled_from(["application/json", "text/html", "", "text/xml"]))
def test_client_n37_no_bytes_raise(body, media):
    """No bytes whatever make the reader raise."""
    assert read_generic(500, {"Content-Type": media}, body).fault.status == 500


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["error", "errors", "code", "message", "detail", "details", "data", "type", "loc"]
                + ["field", "source", "fields", "status", "retry_after", "_errors", "request_id"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_client_n37_no_shape_raises(value):
    """Errors whose members have any kind are read, and what is read is text."""
    fault = read(value, 400).fault

    assert isinstance(fault.code, str)
    assert fault.code
    assert fault.message is None or isinstance(fault.message, str)
    assert fault.retry_after is None or fault.retry_after >= 0
    json.dumps([each.detail for each in fault.violations or ()]).encode()


def test_client_n36_a_truncated_body_gives_what_had_come():
    """The code that came before the line broke is the code."""
    guess = read(b'{"error": {"code": "over_quota", "message": "You have used')

    assert guess.fault.code == "over_quota"
    assert guess.fault.message is None


def test_client_n36_repeated_names_and_marks_are_forgiven():
    """Of names given twice the last counts; a byte order mark is no part of the text."""
    assert read(b'{"code": "a", "code": "b"}').fault.code == "b"
    assert read(b'\xef\xbb\xbf{"code": "a"}').fault.code == "a"
    assert read('{"code": "a"}'.encode("utf-16")).fault.code == "a"
    assert read(b'{"code": "a", "x": NaN}').fault.code == "a"


def test_client_n46_the_charset_of_the_answer_is_used():
    """A sentence in Latin-1 is read as Latin-1 when the answer says so, else replaced."""
    body = b'{"message": "caf\xe9"}'

    assert read(body, content_type="application/json; charset=ISO-8859-1").fault.message == "café"
    assert (
        read(body, content_type="application/json").fault.message == "caf\N{REPLACEMENT CHARACTER}"
    )
    assert read(body, content_type="application/json; charset=rot13").fault.message is not None


def test_client_n39_an_answer_without_a_code_gets_one_of_its_status():
    """``http_502`` stands where the answer names no code, and the guess says so."""
    guess = read(b"<html><head><title>502 Bad Gateway</title></head></html>", 502)

    assert (guess.fault.code, guess.coded) == ("http_502", False)
    assert guess.fault.message == "502 Bad Gateway"


def test_client_n40_numeric_codes_are_text():
    """A code that travels as a number is kept as text; a repeated status is no code."""
    assert read({"code": 20003, "message": "m"}, 401).fault.code == "20003"
    assert read({"code": 401, "message": "m"}, 401).fault.code == "http_401"


@pytest.mark.parametrize("name", REQUEST_ID_FIELDS)
def test_client_n36_every_name_of_a_request_id_is_known(name):
    """The exchange is named whichever of the many fields an API uses."""
    assert len(REQUEST_ID_FIELDS) >= 14
    value = "00-4bf92f3577b34da6-00f0-01" if name == "traceparent" else "id-1"

    assert read_generic(500, {name: value}, b"").fault.request_id in ("id-1", "4bf92f3577b34da6")


def test_client_n36_the_request_id_of_the_body_comes_first():
    """The body's own id wins over that of a proxy in the header fields."""
    fault = read({"error": {"innererror": {"request-id": "in-body"}}}, cf_ray="in-header").fault

    assert fault.request_id == "in-body"


PLACES = {
    "JSON Pointer": ("/data/attributes/a~1b", ("data", "attributes", "a/b"), "body"),
    "fragment": ("#/age", ("age",), "body"),
    "dots": ("items.0.price", ("items", 0, "price"), "body"),
    "brackets": ("a[b][0][c]", ("a", "b", 0, "c"), "body"),
    "mixed": ("items[0].price", ("items", 0, "price"), "body"),
    "JSONPath": ("$.a.b", ("a", "b"), "body"),
    "quoted": ("a['b c']", ("a", "b c"), "body"),
    "loc": (["query", "limit"], ("limit",), "query"),
    "steps": (["a", 0], ("a", 0), "body"),
    "words": ("First name", ("First name",), "body"),
}


@pytest.mark.parametrize(("written", "path", "part"), PLACES.values(), ids=PLACES)
def test_client_n41_every_notation_of_a_path_is_one_tuple(written, path, part):
    """Pointers, dots, brackets and lists of steps compare, whichever API wrote them."""
    assert any_location(written) == Location(path, part)


TREES = {
    "Discord": (
        {
            "code": 50035,
            "message": "Invalid Form Body",
            "errors": {
                "embeds": {"0": {"title": {"_errors": [{"code": "BASE", "message": "too long"}]}}}
            },
        },
        [("embeds.0.title", "BASE", "too long")],
    ),
    "Okta": (
        {
            "errorCode": "E0000001",
            "errorSummary": "Api validation failed: login",
            "errorCauses": [{"errorSummary": "login: An object with this field exists"}],
        },
        [("login", None, "An object with this field exists")],
    ),
    "DRF": (
        {"a": {"b": ["bad"]}, "non_field_errors": ["worse"]},
        [("a.b", None, "bad"), (None, None, "worse")],
    ),
    "JSON:API": (
        {"errors": [{"code": "X", "detail": "d", "source": {"parameter": "page[size]"}}]},
        [("page.size", "X", "d")],
    ),
    "GitLab": ({"message": {"name": ["has been taken"]}}, [("name", None, "has been taken")]),
    "Google": (
        {
            "error": {
                "code": 400,
                "status": "INVALID_ARGUMENT",
                "details": [
                    {
                        "@type": "type.googleapis.com/google.rpc.BadRequest",
                        "fieldViolations": [{"field": "a.b", "description": "wrong"}],
                    }
                ],
            }
        },
        [("a.b", None, "wrong")],
    ),
    "Salesforce": (
        [{"message": "Required", "errorCode": "REQUIRED_FIELD_MISSING", "fields": ["Name"]}],
        [],
    ),
}


@pytest.mark.parametrize(("body", "expected"), TREES.values(), ids=TREES)
def test_client_n41_field_errors_of_any_dialect_become_violations(body, expected):
    """Lists, trees, typed details and sentences with a name in front all give violations."""
    found = read(body, 400).fault.violations or ()

    assert [(e.location and e.location.dotted, e.code, e.detail) for e in found] == expected


def test_client_n41_what_the_caller_sent_is_not_echoed():
    """An input that comes back in a violation may be a secret, and is left out."""
    item = {"type": "missing", "loc": ["body", "a"], "msg": "m", "input": {"password": "hunter2"}}

    assert "hunter2" not in repr(read({"detail": [item]}, 422))


GATEWAYS = {
    "page": (502, {"Content-Type": "text/html"}, b"<html>", True),
    "page at 404": (404, {}, b"<!doctype html><title>Not here</title>", True),
    "Cloudflare": (520, {"Server": "cloudflare", "CF-RAY": "1"}, b"error code: 520", True),
    "Envoy": (503, {"Server": "envoy"}, b"upstream connect error or disconnect", True),
    "load balancer, empty": (504, {"Server": "awselb/2.0"}, b"", True),
    "Via": (502, {"Via": "1.1 varnish"}, b"", True),
    "JSON through a CDN": (503, {"Server": "cloudflare", "CF-RAY": "1"}, b'{"code":"x"}', False),
    "crash of the API": (500, {"Server": "nginx"}, b"", False),
    "plain text": (500, {}, b"Internal Server Error", False),
}


@pytest.mark.parametrize(("status", "headers", "body", "gateway"), GATEWAYS.values(), ids=GATEWAYS)
def test_client_n47_a_gateway_is_told_from_the_api(status, headers, body, gateway):
    """Pages and the marks of proxies are a gateway's; JSON is the API's, whoever carries it."""
    assert read_generic(status, headers, body).gateway is gateway


XML = {
    "S3": b"<Error><Code>NoSuchKey</Code><Message>No &lt;such&gt; key</Message></Error>",
    "query": b"<ErrorResponse xmlns='u'><Error><Type>Sender</Type><Code>NoSuchKey</Code></Error>"
    b"<RequestId>r1</RequestId></ErrorResponse>",
    "EC2": b"<?xml version='1.0'?><Response><Errors><Error><Code>NoSuchKey</Code></Error></Errors>"
    b"<RequestID>r1</RequestID></Response>",
    "cut off": b"<Error><Code>NoSuchKey</Code><Mess",
    "CDATA": b"<e><Code><![CDATA[NoSuchKey]]></Code></e>",
}


@pytest.mark.parametrize("body", XML.values(), ids=XML)
def test_xml_errors_are_read(body):
    """The XML forms of S3 and of the AWS query protocol give code, message and id."""
    guess = read(body, 404, content_type="application/xml")

    assert guess.fault.code == "NoSuchKey"
    assert guess.gateway is False


def test_a_code_may_be_in_the_headers_alone():
    """Challenges and the code fields of AWS and Azure name the code of an empty body."""
    challenge = 'Bearer realm="x", error="insufficient_scope", scope="a b"'

    assert read(b"", 403, www_authenticate=challenge).fault.code == "insufficient_scope"
    assert read(b"", 403, www_authenticate=challenge).fault.params == {"scope": "a b"}
    assert read(b"", 404, x_amzn_errortype="NotFound:http://x").fault.code == "NotFound"
    assert read(b"", 404, x_ms_error_code="BlobNotFound").fault.code == "BlobNotFound"


def test_a_wait_is_found_in_body_and_headers():
    """The longer of both waits is kept; a moment in the body is no wait."""
    assert read({"retry_after": 0.5}, 429).fault.retry_after == 0.5
    assert read({"retry_after": 3}, 429, retry_after="5").fault.retry_after == 5.0
    assert read({"error": {"retry_after_ms": 250}}, 429).fault.retry_after == 0.25
    assert read({"retry_after": 1705334445}, 429).fault.retry_after is None
    assert read({"retry_after": True}, 429).fault.retry_after is None
