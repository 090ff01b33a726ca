"""What every answer of an API must be, whatever was asked."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path

import jsonschema_rs

import failwell
from failwell.core.fault import Fault
from tests.every_api.rows import ApiRow, contract
from tests.hostile.raw_connection import RawAnswer

__all__ = ["check_answer", "check_error"]

_REQUEST_ID = re.compile(r"req_[0-9a-z]{9,16}")
_TELLING = re.compile(
    r"Traceback|site-packages|\.py\b|\bline \d+, in\b|<[a-z]+ object|\bat 0x|"
    r"[a-z](Error|Exception|Warning)\b|"
    r"(?i:sqlite|sqlalchemy|uvicorn|starlette|httptools|msgspec|jiter|jsonschema|python|<html)"
)
_OWN_PATHS = (str(Path(failwell.__file__).parent), str(Path.home()) + "/")


def check_answer(
    answer: RawAnswer, api: ApiRow, *, private: Iterable[str], head_only: bool = False
) -> Fault | None:
    """Check what holds for every answer, and for errors all that `check_error` says.

    Args:
        answer: What came.
        api: Where it came from.
        private: Texts that may not come back.
        head_only: Whether it was asked to have no body.

    Returns:
        What an error says.
    """
    text = repr(answer.fields) + answer.body.decode("utf-8")
    assert [each for each in private if each in text] == [], f"it came back: {text[:500]}"
    assert _REQUEST_ID.fullmatch(answer.one("x-request-id"))
    assert answer.all("server") == []
    told = parsedate_to_datetime(answer.one("date"))
    assert abs((told - datetime.now(UTC)).total_seconds()) < 60
    if answer.status < 400:
        return None
    assert _TELLING.search(text) is None, text[:500]
    assert not any(path in text for path in _OWN_PATHS)
    check_head(answer, api)
    return None if head_only else check_error(answer, api)


def check_head(answer: RawAnswer, api: ApiRow) -> None:
    """Check the head of an error: it blames the caller, is not kept, is not guessed about."""
    assert answer.status in _statuses(api.name)
    assert answer.status < 500, answer.body[:300]
    assert answer.one("content-type") == contract(api.name).media
    assert answer.one("cache-control") == "no-store"
    assert answer.one("x-content-type-options") == "nosniff"
    assert bool(answer.all("www-authenticate")) == (answer.status == 401)
    assert bool(answer.all("allow")) == (answer.status == 405)
    assert answer.all("set-cookie") == []


def check_error(answer: RawAnswer, api: ApiRow) -> Fault:
    """Check that an error is one the page knows, written as the page writes it."""
    assert len(answer.body) < 65_536
    decoded = contract(api.name).decode(answer.status, answer.fields, answer.body)
    assert [each for each in decoded.deviations if each.level == "error"] == []
    assert decoded.entry is not None, answer.body[:300]
    assert decoded.unknown == {}
    body = json.loads(answer.body)
    assert tuple(body)[: len(api.root)] == api.root
    _schema(api.name).validate(body)
    _schema(api.name, decoded.entry.code).validate(body)
    fault = decoded.fault
    assert fault.request_id in (None, answer.one("x-request-id"))
    if fault.timestamp is not None:
        assert abs((fault.timestamp - datetime.now(UTC)).total_seconds()) < 60
    return fault


@cache
def _statuses(name: str) -> frozenset[int]:
    return frozenset(entry.wire_status for entry in contract(name).codes.values())


@cache
def _schema(name: str, code: str | None = None) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(contract(name).schema(code))
