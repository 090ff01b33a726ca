"""Known secrets: what was sent as a credential, or looks like one, is nowhere in a fault."""

import base64
import copy
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell import Fault, Location, Violation
from failwell.core.known_secrets import may_hold_secrets
from failwell.core.redaction import HIDDEN, without_secrets

# Put together when it runs: no reader of this file finds a key in it.
KEY_TAIL = "9f8e7d6c5b4a32100123"
SECRET = f'canary {KEY_TAIL}/+é"x'

FORMS = {
    "plain": SECRET,
    "in a query": urllib.parse.quote_plus(SECRET),
    "in a path": urllib.parse.quote(SECRET, safe=""),
    "in JSON": SECRET.replace('"', '\\"'),
    "in Basic": base64.b64encode(SECRET.encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "place",
    ["code", "message", "detail", "request_id", "param", "name of a param", "list", "deep", "item"],
)
def test_what_was_sent_is_found_wherever_it_was_repeated(place, form):
    """In every member of a fault, inside longer text, in each form a server may see it in."""
    text = f"We do not know {FORMS[form]}, sorry"
    fault = {
        "code": Fault(code=text),
        "message": Fault(message=text),
        "detail": Fault(detail=text),
        "request_id": Fault(request_id=text),
        "param": Fault(params={"given": text}),
        "name of a param": Fault(params={text: 1}),
        "list": Fault(params={"given": [1, (text,)]}),
        "deep": Fault(params={"a": {"b": {"c": text}}}),
        "item": Fault(params={"items": ((0, Fault(message=text)),)}),
    }[place]

    cleaned = without_secrets(fault, [SECRET])

    assert FORMS[form] not in repr(cleaned)
    assert KEY_TAIL not in repr(cleaned)
    assert f"We do not know {HIDDEN}, sorry" in repr(cleaned)


@pytest.mark.parametrize("place", ["code", "detail", "path", "param"])
def test_violations_are_searched_too(place):
    """Also the word, the sentence, the path and the params of a rejected input."""
    violation = {
        "code": Violation(code=SECRET),
        "detail": Violation(detail=f"{SECRET} is too long"),
        "path": Violation(location=Location(("config", SECRET, 0))),
        "param": Violation(params={"pattern": SECRET}),
    }[place]

    cleaned = without_secrets(Fault(violations=(violation,)), [SECRET])

    assert KEY_TAIL not in repr(cleaned)
    assert HIDDEN in repr(cleaned)


@pytest.mark.parametrize("name", ["input", "provided", "value", "body", "rejectedValue"])
def test_repeated_inputs_are_hidden_whatever_they_are(name):
    """What a server calls the input it refuses may hold anything, also what is no key."""
    texts = Violation(params={name: "hunter2", "minimum": 3})
    objects = Violation(params={name: {"password": "hunter2"}})

    cleaned = without_secrets(Fault(violations=(texts, objects)))

    assert [each.params for each in cleaned.violations] == [
        {name: HIDDEN, "minimum": 3},
        {name: HIDDEN},
    ]


@pytest.mark.parametrize(
    "key",
    [
        f"sk-{KEY_TAIL}",
        f"sk-proj-{KEY_TAIL}",
        "sk-abcd" + "*" * 20 + "wxyz",
        f"sk_live_{KEY_TAIL}",
        f"cx_{KEY_TAIL}",
        f"ah_live_{KEY_TAIL}",
        f"sec_{KEY_TAIL}",
        f"ghp_{KEY_TAIL}",
        f"github_pat_{KEY_TAIL}",
        f"glpat-{KEY_TAIL}",
        f"xoxb-{KEY_TAIL}-{KEY_TAIL}",
        "AKIA" + KEY_TAIL.upper(),
        "AIza" + KEY_TAIL + KEY_TAIL,
        f"eyJhbGciOi.eyJ{KEY_TAIL}.{KEY_TAIL}",
    ],
)
def test_keys_of_a_known_form_are_found_unasked(key):
    """The key in ``Incorrect API key provided: sk-…`` goes, without anybody naming it."""
    cleaned = without_secrets(Fault(message=f"Incorrect API key provided: {key}. Look here."))

    assert cleaned.message == f"Incorrect API key provided: {HIDDEN}. Look here."


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (f"Authorization: Bearer {KEY_TAIL}", "Authorization: Bearer ***"),
        (f"got 'basic {KEY_TAIL}=='", "got 'basic ***'"),
        ("https://me:pass@host/x", "https://***@host/x"),
        (f"GET /x?api_key={KEY_TAIL}&page=2", "GET /x?api_key=***&page=2"),
        (f"/cb?page=1&access_token={KEY_TAIL}", "/cb?page=1&access_token=***"),
    ],
)
def test_credentials_are_known_by_what_stands_before_them(said, left):
    """Schemes, names of parameters and user names in addresses announce a secret."""
    assert without_secrets(Fault(message=said)).message == left


@pytest.mark.parametrize(
    "text",
    [
        "A bearer token is required",
        "Bearer authentication is not possible here",
        "Project task-management-2024 was not found",
        "The sec-websocket-key header is missing",
        "Basic authentication has been switched off",
        "Mail me@example.com or see https://docs.example.com/errors?page=2",
        "Limit of 100 requests per 1 minute is used up",
        "Field 'sk_id' is required",
    ],
)
def test_plain_sentences_stay_as_they_are(text):
    """Words that merely look alike are no secrets; the very same fault comes back."""
    fault = Fault(message=text, params={"text": text})

    assert without_secrets(fault, ["something-else-1"]) is fault


def test_a_short_secret_tears_no_words_apart():
    """A secret of one to three letters is hidden where it stands alone."""
    fault = Fault(message="a cat", params={"given": "a"})

    assert without_secrets(fault, ["a", ""]) == Fault(message="a cat", params={"given": HIDDEN})


@pytest.mark.parametrize(
    "body", ['{"m":"sk-1234"}', '{"m":"\\u0073k-1234"}', '{"m":"http://a@b"}', '{"input":1}']
)
def test_a_body_that_may_hold_secrets_is_known_quickly(body):
    """Whatever could hide a secret of a known form is looked at, and a plain body is not."""
    assert may_hold_secrets(body.encode())
    assert not may_hold_secrets(b'{"error":{"code":"not_found","message":"No such project"}}')


def test_what_is_given_is_not_changed():
    """A fault is a value: the cleaned one is another."""
    fault = Fault(message=SECRET, params={"deep": {"given": [SECRET]}})
    before = copy.deepcopy(fault)

    without_secrets(fault, [SECRET])

    assert fault == before


def test_no_depth_is_too_deep():
    """A value that is nested without end is cut, not followed."""
    nested = SECRET
    for _ in range(1000):
        nested = [nested]

    assert KEY_TAIL not in repr(without_secrets(Fault(params={"x": nested}), [SECRET]))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.text(min_size=4, max_size=40), JSON, st.text(max_size=20), st.text(max_size=20))
def test_no_secret_survives_in_any_value(secret, value, before, after):
    """Whatever the secret and wherever it stands, it is gone from every text of the fault."""
    text = f"{before}{secret}{after}"
    fault = Fault(
        message=text,
        params={"value": value, "given": [{text: text}]},
        violations=(Violation(detail=text, params={"x": value}),),
    )

    cleaned = without_secrets(fault, [secret])

    found = list(texts_of([cleaned.message, cleaned.params["given"], cleaned.violations[0].detail]))
    if secret not in HIDDEN and HIDDEN not in secret:
        assert [each for each in found if secret in each.split(HIDDEN)] == []


def texts_of(value):
    """Every text inside a value."""
    match value:
        case str():
            yield value
        case dict():
            for name, each in value.items():
                yield name
                yield from texts_of(each)
        case list() | tuple():
            for each in value:
                yield from texts_of(each)
