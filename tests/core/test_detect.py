"""Detection: whose error an answer is, and never somebody else's."""

import json
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.core import dialect_index
from failwell.core.contract import BUNDLED, DIALECTS, Contract
from failwell.core.detect import detect
from failwell.core.dialect_index import INDEX, has
from failwell.core.fault import Fault, Location, Violation
from failwell.core.identify import fits_status
from failwell.core.match import match_body
from failwell.core.template import Node, Object, node_kind

VECTORS = Path(__file__).parent.parent / "vectors"
NAMES = (*BUNDLED, *DIALECTS)
CONTRACTS = {name: Contract.bundled(name) for name in NAMES}

SEEDS = json.loads((VECTORS / "seed_bodies.json").read_text("utf-8"))
PUBLIC = json.loads((VECTORS / "dialects.json").read_text("utf-8"))
OURS = {
    "RFC 9457 problem+json": "rfc9457",
    "Google AIP-193 / google.rpc.Status": "aip193",
    "JSON:API": "jsonapi",
    "OAuth2 token endpoint (RFC 6749 §5.2)": "oauth2",
    "Stripe": "stripe",
    "GitHub REST": "github",
    "GitLab": "gitlab",
    "AWS JSON 1.x": "aws",
    "Microsoft Graph / Azure / OData v4": "azure",
    "Twilio": "twilio",
    "Slack Web API": "slack",
    "GraphQL (Shopify Admin)": "graphql",
    "gRPC-gateway": "grpc_gateway",
    "Spring Boot default": "spring",
    "FastAPI 0.165": "fastapi",
    "Laravel": "laravel",
    "Shopify REST": "shopify",
    "Salesforce REST": "salesforce",
    "OpenAI": "openai",
    "Anthropic": "anthropic",
    "Notion": "notion",
    "Seed: IXON APIv2": "ixon",
    "Seed: Connix": "connix",
    "Seed: Management API": "apinizer",
    "Seed: Connxt v2": "connxt",
}
"""What has no JSON body, or DRF's tree of fields, follows no contract."""

CASES = [
    pytest.param(name, case, id=f"{name}-{case['why'][:40]}")
    for name in DIALECTS
    for case in json.loads((VECTORS / "dialects" / f"{name}.json").read_text("utf-8"))
]


def names(detection):
    return [each.name for each in detection.candidates]


def contradicted(contract, status, headers, body):
    """Whether an answer cannot be one of a contract: no envelope fits, or its code has no such
    status."""
    parsed = json.loads(body)
    fits = any(not match_body(node, parsed).errors for node in contract.reading.envelopes)
    entry = contract.decode(status, headers, body).entry
    known = entry is not None and status is not None
    return not fits or (known and not fits_status(status, entry.status))


@pytest.mark.parametrize("seed", SEEDS, ids=lambda each: f"{each['api']}-{each['line']}")
def test_every_body_of_the_pages_is_recognised(seed):
    """The forty bodies of the five pages name their API, and nothing that contradicts them."""
    body = json.dumps(seed["body"]).encode()
    entry = CONTRACTS[seed["api"]].decode(None, None, body).entry
    status = seed["status"] or (entry.wire_status if entry else 400)

    found = detect(status, seed["headers"], body)

    assert seed["api"] in names(found)
    wrong = [c for c in found.candidates if contradicted(c, status, seed["headers"], body)]
    assert wrong == []


@pytest.mark.parametrize("public", PUBLIC, ids=lambda each: each["name"])
def test_every_public_dialect_is_recognised_or_left_alone(public):
    """The bodies of 28 public APIs name the right one; those without a contract name none."""
    found = detect(public["status"], public["headers"], public["body"].encode())

    wanted = OURS.get(public["name"])
    assert (wanted in names(found)) if wanted else (names(found) == [])
    for each in found.candidates:
        body = public["body"].encode()
        assert not contradicted(each, public["status"], public["headers"], body)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_the_bodies_of_each_dialect_are_recognised(name, case):
    """Each vector names its dialect among equals, and is read as its dialect reads it."""
    body = json.dumps(case["body"]).encode()

    found = detect(case["status"], case["headers"], body)

    assert name in names(found)
    if found.decoded is not None:
        assert found.decoded.fault.code == case["code"]


def test_identical_bodies_give_all_candidates():
    """Three APIs write OAuth errors to the letter, so all three are told; the standard first."""
    body = b'{"error":"invalid_token","error_description":"revoked"}'

    found = detect(401, {}, body)

    assert names(found) == ["oauth2", "apinizer", "gitlab"]
    assert found.decoded is not None
    assert found.decoded.fault.code == "invalid_token"


def test_candidates_that_disagree_are_not_chosen_from():
    """Where equal candidates would treat an answer differently, none of them reads it."""
    found = detect(404, {}, b'{"detail":"Not Found"}')

    assert {"drf", "fastapi"} <= set(names(found))
    assert found.decoded is None


def test_the_media_type_decides():
    """A media type of a standard names the standard, and speaks against all others."""
    body = b'{"detail":"Not Found"}'

    found = detect(404, {"Content-Type": "application/problem+json"}, body)

    assert names(found) == ["rfc9457"]
    assert detect(404, {"Content-Type": "application/vnd.api+json"}, body).candidates == ()


def test_a_header_field_of_one_api_decides():
    """Two APIs may share a body; a field that only one of them sends tells them apart."""
    body = b'{"message":"401 Unauthorized"}'

    assert set(names(detect(401, {}, body))) == {"gitlab", "laravel"}
    assert names(detect(401, {"X-Gitlab-Meta": "{}"}, body)) == ["gitlab"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (500, b"null"),
        (500, b"[]"),
        (500, b"{}"),
        (502, b"<html>"),
        (500, b'"text"'),
        (500, b"\xff\xfe"),
        (500, b"[" * 100_000),
        (400, b'{"ok": true}'),
        (200, b'{"error":{"code":"invalid_api_key","message":"m"}}'),
    ],
)
def test_what_is_nobodys_is_nobodys(status, body):
    """A body that follows no contract, or comes with a status that is no error, names nobody."""
    assert detect(status, {}, body).candidates == ()


@given(st.binary(max_size=300), st.sampled_from(["application/json", "", "text/html"]))
def test_no_bytes_raise(body, media):
    """Whatever comes over the wire, detection gives an answer."""
    detect(400, {"Content-Type": media}, body)


MEMBERS = st.sampled_from(
    [
        "error",
        "errors",
        "code",
        "message",
        "type",
        "detail",
        "status",
        "error_description",
        "ok",
        "data",
        "__type",
        "title",
        "path",
        "timestamp",
        "object",
        "more_info",
        "param",
        "request_id",
        "documentation_url",
        "errorCode",
        "extensions",
    ]
)
SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=6),
    max_leaves=20,
)


@given(SHAPES, st.sampled_from([None, 200, 400, 401, 404, 429, 500]))
def test_no_shape_is_given_to_a_contract_it_contradicts(value, status):
    """Any JSON at all is nobody's, or that of contracts which it does not contradict."""
    body = json.dumps(value).encode()

    for each in detect(status, {}, body).candidates:
        assert not contradicted(each, status, {}, body), each.name


@pytest.mark.parametrize(
    "body",
    [
        b'{"errors":[' + b"{}," * 80_000 + b"{}]}",
        b'{"errors":[' + b'{"message":"a","path":["a"]},' * 9_000 + b"{}]}",
        b"{" + b",".join(b'"k%d":["a"]' % n for n in range(16_000)) + b"}",
        b'{"message":"\\ud800","errors":[' + b'"a",' * 9_000 + b'"a"]}',
    ],
    ids=["empty items", "items", "names", "half a pair"],
)
def test_a_hostile_body_is_looked_at_for_no_longer_than_an_honest_one(body):
    """Of long lists only the beginning is held against the contracts."""
    detect(400, {}, b'{"errors":[{}]}')
    began = time.process_time()

    detect(400, {}, body)

    assert time.process_time() - began < 2.0


def test_a_choice_may_be_given():
    """Asked about some contracts only, no other is named."""
    body = b'{"error":"invalid_token","error_description":"revoked"}'

    assert names(detect(401, {}, body, [CONTRACTS["gitlab"], CONTRACTS["stripe"]])) == ["gitlab"]
    assert detect(401, {}, body, []).candidates == ()


SEGMENT = st.text(alphabet="abcxyz_", min_size=1, max_size=6)
VIOLATIONS = st.builds(
    Violation,
    code=SEGMENT,
    detail=st.text(alphabet="abc .", min_size=1, max_size=12),
    location=st.builds(Location, st.tuples(SEGMENT)),
)


@given(st.data())
def test_generated_bodies_never_name_a_contract_they_contradict(data):
    """Whatever a contract writes, detection names it or an equal, never one it contradicts."""
    contract = CONTRACTS[data.draw(st.sampled_from([n for n in NAMES if CONTRACTS[n].codes]))]
    code = data.draw(st.sampled_from(sorted(contract.codes)))
    golden = contract.golden_fault(code)
    violations = data.draw(st.none() | st.lists(VIOLATIONS, min_size=1, max_size=2).map(tuple))
    message = data.draw(st.none() | st.text(alphabet="abc .", min_size=1, max_size=12))
    fault = Fault(
        situation=golden.situation,
        code=golden.code,
        status=golden.status,
        message=message or golden.message,
        detail=golden.detail,
        params=golden.params,
        violations=golden.violations if violations is None else violations,
        retry_after=golden.retry_after,
        request_id=golden.request_id,
        timestamp=golden.timestamp,
    )
    wire = contract.encode(fault)

    found = detect(wire.status, wire.headers, wire.body)

    for each in found.candidates:
        assert not contradicted(each, wire.status, wire.headers, wire.body), each.name


@pytest.mark.parametrize("name", [n for n in NAMES if CONTRACTS[n].codes])
def test_golden_bodies_name_their_contract(name):
    """Every golden body names the contract that wrote it, unless its status speaks against it."""
    contract = CONTRACTS[name]
    for code in contract.codes:
        wire = contract.golden(code)
        read = contract.decode(wire.status, wire.headers, wire.body)
        if read.fault.code == code and not contradicted(
            contract, wire.status, wire.headers, wire.body
        ):
            assert name in names(detect(wire.status, wire.headers, wire.body)), code


def test_the_index_is_what_the_contracts_need():
    """The table that decides what is loaded says of each contract what its envelopes need."""
    assert set(INDEX) == set(NAMES)
    for name, contract in CONTRACTS.items():
        derived = tuple(dict.fromkeys(map(needed, contract.reading.envelopes)))
        assert INDEX[name] == derived, name


def needed(node: Node) -> tuple[str, ...]:
    found = tuple(_paths(node, ""))
    if found or not isinstance(node, Object):
        return found
    return ("|".join(member.key for member in node.members),)


def _paths(node: Node, at: str):
    if not isinstance(node, Object):
        if not at:
            yield f":{node_kind(node)}"
        return
    for member in (each for each in node.members if not each.optional):
        path = f"{at}.{member.key}" if at else member.key
        below = list(_paths(member.node, path))
        kind = node_kind(member.node)
        yield from below or [f"{path}:{kind}" if kind else path]


def test_what_a_body_needs_is_looked_up_without_trust():
    """A body of any kind is asked for members it may not have."""
    assert has({"a": {"b": None}}, ("a.b:null",))
    assert not has({"a": [1]}, ("a.b",))
    assert not has([], ("type|title",))
    assert has([], (":array",))


def test_only_plausible_contracts_are_loaded_once(monkeypatch):
    """A first answer loads the few contracts it may follow; many threads load each but once."""
    dialect_index._load.cache_clear()
    loaded = []
    original = Contract.bundled.__func__

    def count(cls, name):
        loaded.append(name)
        return original(cls, name)

    monkeypatch.setattr(Contract, "bundled", classmethod(count))
    body = b'{"object":"error","status":429,"code":"rate_limited","message":"m"}'
    threads = [threading.Thread(target=detect, args=(429, {}, body)) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert len(loaded) == len(set(loaded))
    assert "notion" in loaded
    assert not {"stripe", "openai", "connix", "jsonapi", "salesforce"} & set(loaded)
