"""Answers to a caller who is not to blame: as the page has them, without a word of the cause."""

import json

from failwell.core.contract import Contract
from tests.connix.connix_client import Answer

__all__ = ["check_internal_error"]

_CONNIX = Contract.bundled("connix")
_CAUSES = ("sql", "lock", "database", "disk", "full", "limit", "/", "trace", "python", "exception")


def check_internal_error(answer: Answer) -> None:
    """Check that an answer is the page's ``internal_error``, and that it tells nothing."""
    assert answer.status == 500, answer.body
    decoded = _CONNIX.decode(answer.status, list(answer.headers.items()), answer.body)
    assert [each for each in decoded.deviations if each.level == "error"] == []
    assert decoded.entry is not None
    assert decoded.entry.code == "internal_error"
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Request-ID"] == answer.error["request_id"]
    text = json.dumps(answer.json).lower()
    assert [cause for cause in _CAUSES if cause in text] == []
