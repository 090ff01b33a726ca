"""Safe addresses: which operation was called and where, and nothing that could be a secret."""

import secrets
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.core.redaction import path_template, safe_url


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1/projects",
        "/api/v1/api-keys",
        "/oauth2/token",
        "/connxt/v2/transactions",
        "/apiops/auth/token",
        "/status/api/v2/summary.json",
        "/v1/projects/{project_id}/members",
        "/v1.1/graphql",
        "/v1beta1/text_to_speech",
        "/api/MyAgents/PublicIds",
        "/healthz",
    ],
)
def test_names_of_resources_stay(path):
    """Words, versions and placeholders tell which operation it is."""
    assert path_template(path) == path


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/v1/projects/proj_123", "/v1/projects/{id}"),
        ("/v1/projects/17/members/18", "/v1/projects/{id}/members/{id}"),
        ("/bot123:ABCdef/sendMessage", "/{id}/sendMessage"),
        ("/services/T0001/B0002/XXXXXXXXXXXXXX", "/services/{id}/{id}/{id}"),
        ("/users/me%40example.com", "/users/{id}"),
        ("/users/me@example.com", "/users/{id}"),
        ("/files/aBcDeFgHiJkL", "/files/{id}"),
        ("/files/über", "/files/{id}"),
        ("/posts/how-i-learned-to-love-errors", "/posts/{id}"),
        ("/x" * 100, "/x" * 29 + "/…"),
    ],
)
def test_everything_else_becomes_an_id(path, template):
    """Numbers, ids, addresses, tokens and slugs are not shown."""
    assert path_template(path) == template


@pytest.mark.parametrize(
    "draw",
    [
        lambda: str(uuid.uuid4()),
        lambda: secrets.token_hex(16),
        lambda: secrets.token_urlsafe(24),
        lambda: secrets.token_urlsafe(40),
    ],
)
def test_what_was_drawn_by_lot_is_never_shown(draw):
    """Two hundred drawn ids and tokens of each kind are all recognised."""
    assert {path_template(f"/v1/sessions/{draw()}/end") for _ in range(200)} == {
        "/v1/sessions/{id}/end"
    }


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pw@Example.com/v1/x?api_key=k#part", "https://example.com/v1/x"),
        ("http://127.0.0.1:8701/api/v1/projects/p1", "http://127.0.0.1:8701/api/v1/projects/{id}"),
        ("https://[::1]:80/x", "https://[::1]:80/x"),
        ("/v1/projects/17?key=k", "/v1/projects/{id}"),
        ("https://host:99999999/", "***"),
        ("https://[half", "***"),
        ("mailto:someone@example.com", "***"),
        ("javascript:alert(1)", "***"),
        ("", ""),
    ],
)
def test_of_a_url_scheme_host_and_template_are_shown(url, shown):
    """User, password, query and fragment are gone; what is no address is not shown at all."""
    assert safe_url(url) == shown


def test_an_object_that_is_a_url_will_do():
    """Objects of HTTP libraries are read by their text."""

    class Url:
        def __str__(self):
            return "https://host/v1/things?secret=1"

    assert safe_url(Url()) == "https://host/v1/things"


@given(st.text(max_size=300))
def test_any_text_gives_a_text(text):
    """Nothing breaks it, and what came after a question mark is never in it."""
    assert "?" not in safe_url(f"https://host/{text.replace('#', '')}?k=1".split("#")[0])
    path_template(text)
