"""The eight constructs of the envelope template, each read both ways."""

import json
from typing import Any

import jsonschema
import pytest

from failwell.core.contract import Contract
from failwell.core.exceptions import ContractError
from failwell.core.fault import Fault, Location, Violation

HEAD = "contract: 1\napi: Shop\n"
CODES = (
    "codes: {sold_out: {status: 409, message: Nothing is left}}\nanswers: {conflict: sold_out}\n"
)


def contract(envelope: str, rest: str = "") -> Contract:
    """A small contract with the envelope given, as YAML of one line."""
    return Contract.loads(f"{HEAD}envelope: {envelope}\n{rest or CODES}")


AIP_193 = """
  error:
    code: $status
    message: $message
    details?:
      $tagged: '@type'
      ErrorInfo?: {reason: $code, domain: $domain:string, metadata?: $metadata:object}
      BadRequest?: {fieldViolations: [{field: $field:dotted, description: $message}]}
      RetryInfo?: {retryDelay: $retry_after:duration}
      $rest: $others
"""

ROUND_TRIPS = [
    ("plain values", "{ok: false, more: null, error: $code}", {"ok": False, "more": None}),
    ("optional slot set", "{error: $code, hint?: $hint}", {"hint": 3}),
    ("optional slot unset", "{error: $code, hint?: $hint}", {}),
    ("default left out", "{error: $code, type?: '$type:string=about:blank'}", {}),
    ("default overridden", "{error: $code, type?: '$type:string=about:blank'}", {"type": "x"}),
    ("list of texts", "{error: $code, errors: [$message]}", {"errors": ["a", "b"]}),
    (
        "violations by field",
        "{error: $code, errors: {$field: [$message]}}",
        {"errors": {"name": ["is short", "is taken"], "a.0.b": ["x"]}},
    ),
    (
        "two lists, each item where it fits",
        "{error: $code, general: [$message], fields: {$field: $message}}",
        {"general": ["it is late"], "fields": {"name": "is short"}},
    ),
    ("escaped dollar", "{error: $code, $$price: $$5}", {"$price": "$5"}),
    ("rest", "{error: $code, $rest: $details}", {"left": 0, "nested": {"a": [1]}}),
    (
        "kinds: text",
        "{error: $code, why: {$kind: {string: $detail, object: $details, 'null': null}}}",
        {"why": "because"},
    ),
    (
        "kinds: object",
        "{error: $code, why: {$kind: {string: $detail, object: $details}}}",
        {"why": {"left": 0}},
    ),
    ("pointer", "{error: $code, at: [{p: $field:pointer, m: $message}]}", None),
    ("moments", "{error: $code, at: $timestamp:epoch_ms}", {"at": 1705335600123}),
    ("number as text", "{error: $code, status: $status:intstr}", {"status": "409"}),
    ("http date", "{error: $code, at: $when:http_date}", {"at": "Mon, 15 Jan 2024 16:20:00 GMT"}),
]


@pytest.mark.parametrize(
    ("envelope", "members"), [row[1:] for row in ROUND_TRIPS], ids=[row[0] for row in ROUND_TRIPS]
)
def test_each_construct_reads_both_ways(envelope: str, members: dict[str, Any] | None) -> None:
    """A body made of one construct decodes without deviation and encodes to itself."""
    shop = contract(envelope)
    if members is None:
        members = {"at": [{"p": "/a~1b/0", "m": "x"}, {"p": "", "m": "y"}]}
    body = {"error": "sold_out", **members}

    decoded = shop.decode(409, None, json.dumps(body).encode())

    assert [d for d in decoded.deviations if d.kind != "text"] == []
    assert json.loads(shop.encode_body(decoded.fault)) == body
    jsonschema.validate(body, shop.schema("sold_out"))


def test_tagged_lists_are_maps() -> None:
    """A list of tagged items is read in any order, its strangers are kept, repeats refused."""
    api = contract(AIP_193, "codes: {LATE: {status: 409}}\nidentify: [code]\n")
    info = {"@type": "ErrorInfo", "reason": "LATE", "domain": "shop"}
    wait = {"@type": "RetryInfo", "retryDelay": "3.5s"}
    odd = {"@type": "Other", "x": 1}
    body = {"error": {"code": 409, "message": "m", "details": [odd, wait, info]}}

    decoded = api.decode(409, None, json.dumps(body).encode())

    assert decoded.fault.code == "LATE"
    assert decoded.fault.params["others"] == [odd]
    assert decoded.fault.retry_after == 3.5
    again = json.loads(api.encode_body(decoded.fault))["error"]["details"]
    assert again == [info, wait, odd]


def test_unset_is_not_empty() -> None:
    """A list that was never set is left out; an empty one is emitted (ambiguity rule 1)."""
    shop = contract("{error: $code, errors?: [{m: $message}]}")

    unset = shop.encode_body(Fault(code="sold_out"))
    empty = shop.encode_body(Fault(code="sold_out", violations=()))

    assert json.loads(unset) == {"error": "sold_out"}
    assert json.loads(empty) == {"error": "sold_out", "errors": []}


def test_null_for_an_optional_member_is_told() -> None:
    """Null where a member may be missing counts as missing, and is reported (rule 2)."""
    shop = contract("{error: $code, hint?: $hint:string}")

    decoded = shop.decode(409, None, b'{"error":"sold_out","hint":null}')

    assert [(d.kind, d.level) for d in decoded.deviations] == [("null-for-absent", "note")]
    assert "hint" not in decoded.fault.params


def test_repeated_slots_must_agree() -> None:
    """The same slot twice is an equation (rule 5)."""
    shop = contract("{error: $code, id: $request_id, trace: {id: $request_id}}")

    decoded = shop.decode(409, None, b'{"error":"sold_out","id":"a","trace":{"id":"b"}}')

    assert [(d.kind, d.pointer) for d in decoded.deviations] == [("slot-conflict", "/trace/id")]


def test_unknown_members_are_kept_aside() -> None:
    """An unknown member fails nobody; a closed contract forbids it (rule 9)."""
    body = b'{"error":"sold_out","extra":{"a":1}}'
    shop = contract("{error: $code}")
    closed = contract("{error: $code}", f"closed: true\n{CODES}")

    lenient, strict = shop.decode(409, None, body), closed.decode(409, None, body)

    assert [d.level for d in lenient.deviations] == ["note"]
    assert [d.level for d in strict.deviations] == ["error"]
    assert lenient.unknown == {"/extra": {"a": 1}}
    assert closed.schema("sold_out")["additionalProperties"] is False


def test_two_arms_of_one_kind_are_refused() -> None:
    """A union whose arm the JSON kind cannot tell does not load (rule 3)."""
    with pytest.raises(ContractError, match=r"<text>:3:.*kind"):
        contract("{error: $code, why: {$kind: {string: $detail, array: $details}}}")


def test_two_codes_that_look_alike_are_refused() -> None:
    """Codes that one body could be with the same right do not load (rule 10)."""
    codes = (
        "identify: [message]\ncodes: {a: {status: 400, message: x}, b: {status: 400, message: x}}"
    )

    with pytest.raises(ContractError, match="cannot be told apart"):
        contract("{message: $message}", codes)


def test_items_of_a_body_that_is_a_list_know_their_index() -> None:
    """`$list_index` takes the index and `$field` the rest, both ways."""
    ixon = Contract.bundled("ixon")
    item = Violation(code="too_short", detail="Value is too short", location=Location((1, "name")))

    body = ixon.encode_body(Fault(code="invalid_value", violations=(item,)))

    shown = json.loads(body)["data"][0]
    assert shown == {"message": "Value is too short", "propertyName": "name", "listIndex": 1}
    back = ixon.decode(400, None, body).fault.violations
    assert back is not None
    assert back[0].location == Location((1, "name"))


@pytest.mark.parametrize(
    ("envelope", "text"),
    [
        ("{error: $code:strin}", "expected a codec"),
        ("{error: $Code}", "expected a slot"),
        ("{error: [$code, $message]}", "a list of one template"),
        ("{$kind: {string: $detail}}", "two or more arms"),
        ("{$king: {string: $detail}}", "expected $field"),
        ("{error: $code, $rest: 3}", "expected a slot for $rest"),
        ("{error: $code, wait: '$retry_after:int=soon'}", "expected a default"),
    ],
)
def test_a_broken_template_is_told_with_its_place(envelope: str, text: str) -> None:
    """What a template gets wrong is said in one line, at its line and column."""
    with pytest.raises(ContractError) as caught:
        contract(envelope)

    assert len(caught.value.problems) == 1
    problem = caught.value.problems[0]
    assert text in problem.text
    assert (problem.file, problem.line) == ("<text>", 3)
    assert problem.column > 1


def test_every_broken_template_is_told_at_once() -> None:
    """One problem per fault: in the envelope, its arms, the headers and the details of codes."""
    text = """contract: 1
api: Shop
envelope:
  error: $code:strin
  why: {$kind: {string: $detail:txt, object: $details}}
  when: $$5
headers: {X-Wait: $wait:secs}
codes:
  late: {status: 503, details: {left: $left:whole, at: $at:epoch}}
"""
    with pytest.raises(ContractError) as caught:
        Contract.loads(text, file="shop.yaml")

    assert [(p.line, p.text.partition("found ")[2]) for p in caught.value.problems] == [
        (4, "'strin'"),
        (5, "'txt'"),
        (7, "'secs'"),
        (9, "'whole'"),
    ]


def test_an_older_envelope_is_still_read() -> None:
    """Of several envelopes the first is emitted and all are decoded."""
    shop = Contract.loads(
        f"{HEAD}envelopes:\n  - {{error: {{code: $code, message: $message}}}}\n"
        f"  - {{code: $code, text: $message}}\n{CODES}"
    )

    old = shop.decode(409, None, b'{"code":"sold_out","text":"Nothing is left"}')
    new = shop.decode(409, None, shop.encode_body(old.fault))

    assert old.deviations == new.deviations == ()
    assert old.fault == new.fault
    assert json.loads(shop.encode_body(old.fault)) == {
        "error": {"code": "sold_out", "message": "Nothing is left"}
    }


def test_the_first_item_tells_the_code_of_a_list() -> None:
    """Where an item's text is the code, the schema fixes it in the first item and in no other."""
    schema = Contract.bundled("ixon").schema("invalid_value")
    items = [
        {"message": text, "propertyName": "x"} for text in ("Invalid value", "Required header")
    ]
    body = {"type": "Error", "data": items, "moreAfter": None, "status": "error"}

    jsonschema.validate(body, schema)
    for wrong in ([], items[1:]):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(body | {"data": wrong}, schema)


def test_the_schema_of_a_list_that_speaks_for_the_whole() -> None:
    """An item has the text of the code, the others may have any; there is one."""
    envelope = "{errors: [{message: $message, field?: $field:dotted}]}"
    schema = contract(envelope, f"{CODES}identify: [message]\n").schema("sold_out")
    first, other = {"message": "Nothing is left"}, {"message": "Something else", "field": "a.b"}

    jsonschema.validate({"errors": [first]}, schema)
    jsonschema.validate({"errors": [first, other]}, schema)
    for wrong in ([], [other], [first, {}]):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"errors": wrong}, schema)


def test_the_schema_of_a_list_beside_the_message() -> None:
    """Where the head has the text of the code, the items have texts of their own."""
    envelope = "{message: $message, errors: [{message: $message}]}"
    schema = contract(envelope, f"{CODES}identify: [message]\n").schema("sold_out")
    items = [{"message": "Only 3 are left"}]

    jsonschema.validate({"message": "Nothing is left", "errors": items}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"message": "Only 3 are left", "errors": items}, schema)
