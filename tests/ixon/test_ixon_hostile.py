"""Input that means harm, or nothing at all, is refused in the right envelope."""

import json

import pytest

from tests.ixon.ixon_client import Ixon

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def own(ixon: Ixon) -> Ixon:
    """Somebody in a company of the test's own."""
    return ixon.tenant("--tenant", "Odd names")


BODIES = {
    "no JSON": (b"{", 400, "Invalid JSON"),
    "nothing": (b"", 400, "Invalid JSON"),
    "two values": (b"{}{}", 400, "Invalid JSON"),
    "a name twice": (b'{"name":"a","name":"b"}', 400, "Invalid JSON"),
    "infinity": (b'{"name":1e999}', 400, "Invalid JSON"),
    "depth": (b"[" * 100_000, 400, "Invalid JSON"),
    "no UTF-8": (b'{"name":"\xff"}', 400, "Invalid encoding"),
}


@pytest.mark.parametrize(("raw", "status", "message"), BODIES.values(), ids=list(BODIES))
def test_ixon_bodies_that_are_no_json(ixon: Ixon, raw: bytes, status: int, message: str):
    """Each has its message and no field."""
    ixon.post("/roles", raw=raw, headers=JSON).assert_refused(status, message)


def test_ixon_bodies_of_another_type(ixon: Ixon):
    """Only JSON is read, and only as it is."""
    ixon.post("/roles", raw=b"{}", headers={"Content-Type": "text/plain"}).assert_refused(
        415, "Content type must be application/json"
    )
    ixon.post("/roles", raw=b"{}", headers={**JSON, "Content-Encoding": "gzip"}).assert_refused(
        400, "Invalid encoding"
    )


def test_ixon_large_bodies(ixon: Ixon):
    """More than a mebibyte is not read."""
    ixon.post("/roles", raw=b" " * 1_100_000, headers=JSON).assert_refused(
        413, "Request body is too large"
    )


@pytest.mark.parametrize(
    "text",
    ["\ud800", "a\0b", "'; DROP TABLE roles; --", "<script>", "\u202e", "😀" * 255, "{0}", "%s"],
)
def test_ixon_odd_names(own: Ixon, text: str):
    """They are kept as they are or refused with a field, and never break anything."""
    raw = json.dumps({"name": text}).encode()

    answer = own.post("/roles", raw=raw, headers=JSON)

    if answer.status == 201:
        listed = {each["publicId"]: each["name"] for each in own.get("/roles?page-size=99").data}
        assert listed[answer.data["publicId"]] == text
    else:
        assert answer.status == 400
        assert text not in answer.body.decode()


@pytest.mark.parametrize("secret", ["needle-1234", "\\u2028", "<b>"])
def test_ixon_nothing_is_repeated(ixon: Ixon, secret: str):
    """What was sent wrongly does not come back."""
    wrong = {"Api-Company": secret, "Authorization": f"Bearer {secret}"}

    for answer in (
        ixon.get("/agents", headers=wrong),
        ixon.get(f"/{secret.replace('<', '%3C').replace('>', '%3E')}"),
        ixon.post("/roles", {"name": "x", "permissions": [{"publicId": secret}]}),
        ixon.get("/roles?page-after=needle-1234-and-very-much-more"),
    ):
        assert 400 <= answer.status < 500
        assert secret not in answer.body.decode()


@pytest.mark.parametrize("query", ["fields=%ff", "fields=%", "page-size=%zz"])
def test_ixon_queries_that_cannot_be_read(ixon: Ixon, query: str):
    """A percent sign has to mean a byte, and bytes a text."""
    ixon.get(f"/roles?{query}").assert_refused(400, "Invalid request")


def test_ixon_many_faults(ixon: Ixon):
    """A list full of faults is answered with a bounded list of them."""
    answer = ixon.post("/roles", [{"name": "", "enforce2fa": 1} for _ in range(100)])

    assert answer.status == 400
    assert 50 < len(answer.data) <= 100
    assert len(answer.body) < 60_000
