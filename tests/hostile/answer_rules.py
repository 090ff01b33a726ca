"""What every answer of a Connix must be, whatever was asked."""

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import failwell
from failwell.core.contract import Contract
from tests.hostile.raw_connection import RawAnswer

__all__ = ["CONNIX", "check_answer", "check_error"]

CONNIX = Contract.bundled("connix")
"""The contract everything is decoded with."""

_STATUSES = {entry.wire_status for entry in CONNIX.codes.values()}
_CLIENT_FAULTS = {status for status in _STATUSES if status < 500}
_MEMBERS = ["code", "message", "details", "request_id", "timestamp"]
_REQUEST_ID = re.compile(r"req_[0-9a-f]{16}")
_TELLING = re.compile(
    r"Traceback|site-packages|\.py\b|\bline \d+, in\b|<[a-z]+ object|\bat 0x|"
    r"[a-z](Error|Exception|Warning)\b|"
    r"(?i:sqlite|sqlalchemy|uvicorn|starlette|httptools|msgspec|jiter|jsonschema|python|<html)"
)
_OWN_PATHS = (str(Path(failwell.__file__).parent), str(Path.home()) + "/")


def check_answer(answer: RawAnswer, *, canary: str, head_only: bool = False) -> None:
    """Check what holds for every answer, and for errors all that `check_error` says."""
    text = repr(answer.fields) + answer.body.decode("utf-8")
    assert canary not in text, f"the canary came back: {text[:500]}"
    assert _REQUEST_ID.fullmatch(answer.one("x-request-id"))
    assert answer.all("server") == []
    told = parsedate_to_datetime(answer.one("date"))
    assert abs((told - datetime.now(UTC)).total_seconds()) < 60
    if answer.status >= 400:
        assert _TELLING.search(text) is None, text[:500]
        assert not any(path in text for path in _OWN_PATHS)
        check_head(answer)
        if not head_only:
            check_error(answer)


def check_head(answer: RawAnswer) -> None:
    """Check the head of an error: it blames the caller, is not kept, is not guessed about."""
    assert answer.status in _CLIENT_FAULTS
    assert answer.one("content-type") == "application/json"
    assert answer.one("cache-control") == "no-store"
    assert answer.one("x-content-type-options") == "nosniff"
    assert bool(answer.all("www-authenticate")) == (answer.status == 401)
    assert bool(answer.all("allow")) == (answer.status == 405)
    assert answer.all("set-cookie") == []


def check_error(answer: RawAnswer) -> None:
    """Check that an error is one the page knows, written as the page writes it."""
    assert answer.status in _STATUSES
    assert len(answer.body) < 65_536
    decoded = CONNIX.decode(answer.status, answer.fields, answer.body)
    assert [each for each in decoded.deviations if each.level == "error"] == []
    assert decoded.entry is not None
    assert decoded.unknown == {}
    outer = json.loads(answer.body)
    assert list(outer) == ["error"]
    error = outer["error"]
    assert list(error) == _MEMBERS
    assert error["request_id"] == answer.one("x-request-id")
    told = datetime.fromisoformat(error["timestamp"])
    assert abs((told - datetime.now(UTC)).total_seconds()) < 60
