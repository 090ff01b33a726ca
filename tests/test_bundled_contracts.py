"""The bundled contract files: complete, verbatim to the pages, and valid for the editor.

Everything here reads the files as plain YAML, the way an editor or another tool would;
that the engine renders the same bodies is told in `tests/core`.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from failwell.core.reader_words import (
    API_KEYS,
    AUTH_KEYS,
    ENTRY_KEYS,
    ITEM_KEYS,
    KEYWORDS,
    ORDER,
    TOP_KEYS,
    VIOLATION_KEYS,
)
from failwell.core.situation import Situation

FOLDER = resources.files("failwell") / "contracts"
VECTORS = Path(__file__).parent / "vectors"
PAGES = ("connix", "connxt", "agenthuman", "apinizer", "ixon")
NAMES = (*PAGES, "rfc9457")

NEVER = {"not_acceptable", "precondition", "idempotency_reused"}
"""What none of the five pages has room for: JSON is sent whatever Accept says."""

CANNOT_OCCUR = {
    "connix": {*NEVER, "second_factor"},
    "connxt": {*NEVER, "second_factor", "rate_limited"},
    "agenthuman": {*NEVER, "second_factor"},
    "apinizer": {*NEVER, "second_factor"},
    "ixon": NEVER,
    "rfc9457": set(),
}

PAGE_STATUSES = {
    "connix": {400, 401, 403, 404, 405, 409, 422, 429, 500, 502, 503, 504},
    "connxt": {400, 401, 403, 404, 409, 500},
    "agenthuman": {400, 401, 403, 404, 405, 409, 422, 429, 500, 502, 503},
    "apinizer": {400, 401, 403, 404, 409, 429, 500},
}
"""What a page lists, and two statuses beside: 405 of AgentHuman, and 429 of Apinizer, whose
page shows the body of a rate limit without one."""

CONNIX_USER_TEXTS = {
    "invalid_api_key": "Please check your API key and try again.",
    "expired_token": "Your session has expired. Please sign in again.",
    "insufficient_scope": "You don't have permission to perform this action.",
    "rate_limit_exceeded": "Too many requests. Please wait a moment and try again.",
    "validation_error": "Please check your input and try again.",
    "resource_not_found": "The requested resource could not be found.",
    "resource_conflict": "A resource with this name already exists.",
    "internal_error": "Something went wrong on our end. Please try again later.",
    "service_unavailable": "The service is temporarily unavailable. Please try again later.",
}
CONNIX_DEFAULT = "An unexpected error occurred. Please try again."

Entries = dict[str, dict[str, Any]]


@cache
def load(name: str) -> dict[str, Any]:
    """Read a bundled file with a plain YAML parser."""
    data = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    return data


def codes(name: str) -> Entries:
    """Give the catalogue of a bundled file."""
    found: Entries = load(name)["codes"]
    return found


def editor_schema() -> dict[str, Any]:
    """Read the schema that editors complete and check contract files with."""
    data = json.loads((FOLDER / "contract-1.schema.json").read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    return data


def seed_bodies(api: str) -> Iterator[dict[str, Any]]:
    """List the error bodies printed on a page, templates of the format left out."""
    for seed in json.loads((VECTORS / "seed_bodies.json").read_text(encoding="utf-8")):
        if seed["api"] == api and not re.search(r"error_code", json.dumps(seed["body"])):
            yield seed


def code_of(answer: Any) -> Iterator[str]:
    """List every code that an answer may come to."""
    if isinstance(answer, str):
        yield answer
    elif "by" in answer:
        for value, arm in answer.items():
            if value != "by":
                yield from code_of(arm)
    else:
        yield answer["code"]


def examples(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the examples of an entry, of which there may be none, one or several."""
    found = entry.get("example", {})
    return found if isinstance(found, list) else [found]


def texts(value: Any) -> list[str]:
    """Give a text or a list of texts as a list."""
    return [value] if isinstance(value, str) else list(value or ())


def pattern(text: str) -> re.Pattern[str]:
    """Turn a text with placeholders into a pattern of what it may become."""
    pieces = re.split(r"\{[^{}]+\}", text)
    return re.compile("(.+)".join(map(re.escape, pieces)))


def every_text(value: Any) -> Iterator[str]:
    """Walk all texts in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from every_text(each)
    elif isinstance(value, list):
        for each in value:
            yield from every_text(each)


@pytest.mark.parametrize("name", NAMES)
def test_file_fits_the_editor_schema(name: str) -> None:
    """An author who opens a bundled file in an editor sees no complaint."""
    schema = editor_schema()

    jsonschema.Draft7Validator.check_schema(schema)
    complaints = [
        f"{'/'.join(map(str, each.absolute_path))}: {each.message}"
        for each in jsonschema.Draft7Validator(schema).iter_errors(load(name))
    ]

    assert complaints == []


@pytest.mark.parametrize("name", NAMES)
def test_file_names_its_schema_in_the_first_line(name: str) -> None:
    """Editors find the schema beside the file without being told."""
    first = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()[0]

    assert first == "# yaml-language-server: $schema=./contract-1.schema.json"


def test_editor_schema_knows_the_keys_of_the_reader() -> None:
    """What the editor accepts is what the loader accepts, key by key."""
    schema = editor_schema()
    parts = schema["definitions"]

    assert set(schema["properties"]) == set(TOP_KEYS)
    assert set(parts["entry"]["properties"]) == set(ENTRY_KEYS)
    assert set(parts["violation"]["properties"]) == set(VIOLATION_KEYS)
    assert set(parts["item"]["properties"]) == set(ITEM_KEYS)
    assert set(schema["properties"]["auth"]["properties"]) == set(AUTH_KEYS)
    assert set(schema["properties"]["api"]["anyOf"][1]["properties"]) == set(API_KEYS)


def test_editor_schema_knows_the_words_of_the_reader() -> None:
    """Situations, keywords and steps are the same closed lists in both."""
    schema = editor_schema()

    assert set(schema["properties"]["answers"]["properties"]) == {str(each) for each in Situation}
    assert set(schema["definitions"]["keyword"]["anyOf"][0]["enum"]) == set(KEYWORDS)
    assert tuple(schema["properties"]["order"]["default"]) == ORDER


@pytest.mark.parametrize(
    "wrong",
    [
        {"answers": {"no_such_situation": "a"}},
        {"answers": {"crash": {"by": "reason"}}},
        {"answers": {"crash": {"code": "a", "when": "b"}}},
        {"codes": {"a": {"message": "no status"}}},
        {"codes": {"a": {"status": 999}}},
        {"codes": {"a": {"status": 400, "retry": "sometimes"}}},
        {"violations": {"a": {"for": ["minimun"]}}},
        {"order": ["framing"]},
    ],
)
def test_editor_schema_refuses_what_the_format_does_not_know(wrong: dict[str, Any]) -> None:
    """A slip of the pen is underlined while it is written."""
    contract = {"contract": 1, "api": "A", "envelope": {"error": "$code"}}
    validator = jsonschema.Draft7Validator(editor_schema())

    assert validator.is_valid(contract)
    assert not validator.is_valid(contract | wrong)


@pytest.mark.parametrize("name", NAMES)
def test_every_code_is_explained(name: str) -> None:
    """No code is left without a meaning, a cause, a remedy and a text for people."""
    for code, entry in codes(name).items():
        for key in ("says", "causes", "fix"):
            assert entry.get(key), f"{code} lacks {key}"
        assert set(entry["user"]) == {"en", "de"}, code


@pytest.mark.parametrize("name", NAMES)
def test_every_code_has_all_that_its_example_needs(name: str) -> None:
    """An example gives each placeholder of one wording and each required detail."""
    context = load(name).get("example", {})
    for code, entry in codes(name).items():
        for example in examples(entry):
            given = {**context, **example}
            for key in ("message", "detail"):
                wordings = texts(entry.get(key))
                names = [re.findall(r"\{([a-z_]+)[^{}]*\}", each) for each in wordings]
                assert not names or any(set(each) <= set(given) for each in names), code
            for key, slot in entry.get("details", {}).items():
                named = re.match(r"\$([a-z_]+)", slot)
                assert named, code
                assert key.endswith("?") or named[1] in given, f"{code} shows no {key}"


@pytest.mark.parametrize("name", NAMES)
def test_answers_lead_to_codes_that_exist(name: str) -> None:
    """Every answer, and every arm of a choice, is a code of the catalogue."""
    for situation, answer in load(name)["answers"].items():
        for code in code_of(answer):
            assert code in codes(name), f"{situation} is answered with {code}"


@pytest.mark.parametrize("name", NAMES)
def test_every_situation_that_can_occur_is_answered(name: str) -> None:
    """What can happen to an API has an answer; what cannot happen has none."""
    situations = {str(each) for each in Situation}

    assert set(load(name)["answers"]) == situations - CANNOT_OCCUR[name]


@pytest.mark.parametrize("name", NAMES)
def test_items_of_answers_have_known_violation_codes(name: str) -> None:
    """A violation that an answer makes uses a word the contract declares."""
    data = load(name)

    for answer in data["answers"].values():
        items = answer.get("with", {}).get("violations") if isinstance(answer, dict) else None
        for item in items or []:
            assert item.get("code") is None or item["code"] in data["violations"]


@pytest.mark.parametrize("name", NAMES)
def test_each_keyword_has_one_violation_code(name: str) -> None:
    """A broken rule leads to one word, never to two; anything unforeseen to a last one."""
    keywords = [each for v in load(name)["violations"].values() for each in v["for"]]

    assert len(keywords) == len(set(keywords))
    assert "*" in keywords
    assert {"required", "minLength.0", "null", "type", "enum", "minimum", "maxLength"} <= set(
        keywords
    )


@pytest.mark.parametrize("name", sorted(PAGE_STATUSES))
def test_no_status_leaves_the_page(name: str) -> None:
    """Whoever wrote a client from the page never meets a status it does not list."""
    assert {entry["status"] for entry in codes(name).values()} <= PAGE_STATUSES[name]


@pytest.mark.parametrize("name", PAGES)
def test_texts_of_the_page_are_verbatim(name: str) -> None:
    """Every sentence of every printed error body can be said by the contract, to the letter."""
    data = load(name)
    wordings = [
        text
        for entry in data["codes"].values()
        for key in ("message", "detail")
        for text in texts(entry.get(key))
    ]
    wordings += every_text([each.get("message") for each in data["violations"].values()])
    patterns = [pattern(each) for each in wordings]
    shown = [text for entry in data["codes"].values() for text in every_text(entry.get("example"))]

    for seed in seed_bodies(name):
        for value in every_text(seed["body"]):
            if " " in value:
                assert any(each.fullmatch(value) for each in patterns) or value in shown, value


@pytest.mark.parametrize("name", ["connix", "connxt", "agenthuman", "apinizer"])
def test_codes_of_the_page_have_their_status(name: str) -> None:
    """Every code printed with a status stands in the catalogue with that status."""
    for seed in seed_bodies(name):
        body = seed["body"]
        error = body.get("error", body.get("code"))
        code = error["code"] if isinstance(error, dict) else error

        assert codes(name)[code]["status"] == seed["status"], code


def test_connix_user_texts_are_those_of_the_page() -> None:
    """People read the nine sentences of the page, and its default for every other code."""
    for code, entry in codes("connix").items():
        assert entry["user"]["en"] == CONNIX_USER_TEXTS.get(code, CONNIX_DEFAULT), code


def test_connix_repeats_what_the_page_repeats() -> None:
    """429, 500, 502, 503 and 504 are the retryable statuses; nothing else is."""
    retryable = {
        entry["status"]
        for entry in codes("connix").values()
        if entry.get("retry") in ("after", "backoff")
    }

    assert retryable == {429, 500, 502, 503, 504}


@pytest.mark.parametrize("name", NAMES)
def test_wait_is_announced_where_waiting_is_the_cure(name: str) -> None:
    """A code that asks to wait has a Retry-After to wait by."""
    data = load(name)

    for code, entry in data["codes"].items():
        fields = {*data.get("headers", {}), *entry.get("headers", {})}
        if entry.get("retry") == "after":
            assert {each.removesuffix("?") for each in fields} >= {"Retry-After"}, code


@pytest.mark.parametrize("name", PAGES)
def test_wrong_method_tells_the_right_ones(name: str) -> None:
    """Every 405 carries Allow (RFC 9110, 15.5.6)."""
    for code, entry in codes(name).items():
        assert entry["status"] != 405 or "Allow" in entry["headers"], code


@pytest.mark.parametrize("name", NAMES)
def test_refused_callers_are_told_how_to_sign_in(name: str) -> None:
    """Every contract with a 401 has a challenge to send with it (RFC 9110, 11.6.1)."""
    assert 401 in {entry["status"] for entry in codes(name).values()}
    assert load(name)["auth"]["challenge"]


@pytest.mark.parametrize("name", NAMES)
def test_request_id_travels(name: str) -> None:
    """Every contract reads the request id from X-Request-ID, wherever else it stands."""
    assert load(name)["headers"]["X-Request-ID?"] == "$request_id"


def test_ixon_rows_differ_by_text_or_header() -> None:
    """No code travels in IXON, so no two rows share both text and property."""
    rows = [(entry["message"], entry.get("field")) for entry in codes("ixon").values()]

    assert len(rows) == len(set(rows))


def cell(name: str, situation: str) -> str:
    """Write what an API answers to a situation, as docs/contracts.md shows it."""
    answer = load(name)["answers"].get(situation)
    found = list(dict.fromkeys(code_of(answer))) if answer is not None else []
    by_status: dict[int, list[str]] = {}
    for code in found:
        by_status.setdefault(codes(name)[code]["status"], []).append(f"`{code}`")
    return ", ".join(f"{status} {', '.join(each)}" for status, each in by_status.items()) or "-"


def test_page_shows_the_answers_of_the_files() -> None:
    """The table of docs/contracts.md is what the files say, row by row."""
    page = (Path(__file__).parents[1] / "docs" / "contracts.md").read_text(encoding="utf-8")
    rows = [
        f"| `{situation}` | {' | '.join(cell(name, situation) for name in PAGES)} |"
        for situation in Situation
        if any(situation in load(name)["answers"] for name in PAGES)
    ]

    assert [row for row in rows if row not in page] == []


def test_example_of_the_format_page_is_a_contract() -> None:
    """The whole file shown in docs/contract-format.md is valid as it stands."""
    page = Path(__file__).parents[1] / "docs" / "contract-format.md"
    block = re.search(r"^```yaml\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)

    assert block is not None
    jsonschema.Draft7Validator(editor_schema()).validate(yaml.safe_load(block[1]))
