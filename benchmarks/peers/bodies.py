"""D1-D14: bodies that are broken, huge, or errors inside a 200."""

import functools
import gzip
import json
from collections.abc import Callable, Sequence

from benchmarks.peers.scenario import Judge, Observed, Scenario, Verdict, always
from tests.client.byte_server import (
    Reply,
    bomb_reply,
    html_reply,
    huge_reply,
    json_reply,
    reply,
)

__all__ = ["BODIES"]

_MIB = 1024 * 1024
_DRIPPED = json.dumps({"message": "x" * 100}).encode()
_bomb = functools.cache(lambda: bomb_reply(500))


def _keeps(status: int) -> Judge:
    def judge(seen: Observed) -> Verdict:
        if seen.told is None:
            return Verdict(False, "hangs")
        kept = seen.told.status == status
        return Verdict(kept, "" if kept else f"{seen.told.error}")

    return judge


def _capped(seen: Observed) -> Verdict:
    most = max((request.sent for request in seen.requests), default=0) / _MIB
    if seen.told is None:
        return Verdict(False, f"{most:.0f} MiB, hangs")
    text = f", str(e) = {seen.told.text / _MIB:.0f} MiB" if seen.told.text > _MIB else ""
    passed = most < 8 and not text and seen.told.status == 500
    return Verdict(passed, f"{most:.0f} MiB{text}")


def _stays_small(seen: Observed) -> Verdict:
    if seen.told is None:
        return Verdict(False, "hangs")
    grown = seen.told.memory / 1e6
    return Verdict(grown < 32 and seen.told.status == 500, f"+{grown:.0f} MB")


def _in_time(seen: Observed) -> Verdict:
    if seen.told is None:
        return Verdict(False, f"> {_DRIP_LIMIT:g}s n={seen.count}")
    return Verdict(seen.told.seconds < 8.5, f"{seen.told.seconds:.0f}s n={seen.count}")


def _noticed(seen: Observed) -> Verdict:
    return Verdict(seen.told is not None and seen.told.error is not None)


_DRIP_LIMIT = 9.5


def _dripped() -> Reply:
    # 12 seconds in pieces that come faster than any timeout of 1 second.
    whole = reply(500, _DRIPPED, {"content-type": "application/json"})
    return whole.slow(piece=max(len(whole.data) // 48, 1), pause=0.25)


def _bad_utf8() -> Reply:
    return reply(400, b'{"message": "caf\xe9 \xff\xfe"}', {"content-type": "application/json"})


def _bad_gzip() -> Reply:
    # A gzip header, then bytes that begin no valid block (RFC 1951, 3.2.3: type 11).
    body = gzip.compress(b"")[:10] + b"\xff" * 100
    return reply(500, body, {"content-type": "application/json", "content-encoding": "gzip"})


def _row(row: str, promise: str, every: Callable[[], Reply], judge: Judge) -> Scenario:
    return Scenario(id=row, promise=promise, answer=always(every), judge=judge, limit=20.0)


def _error_in_200(row: str, promise: str, contract: str, every: Callable[[], Reply]) -> Scenario:
    return Scenario(
        id=row, promise=promise, contract=contract, answer=always(every), judge=_noticed
    )


def _as_json(status: int, value: object) -> Callable[[], Reply]:
    return lambda: json_reply(status, value)


_SLACK_ERROR = {"ok": False, "error": "channel_not_found"}
_GRAPHQL_ERROR = {
    "data": None,
    "errors": [{"message": "Not found", "path": ["thing"], "extensions": {"code": "NOT_FOUND"}}],
}

BODIES: Sequence[Scenario] = (
    _row("D1", "HTML 502 keeps status", lambda: html_reply(502), _keeps(502)),
    _row("D2", "JSON string body", _as_json(400, "something broke"), _keeps(400)),
    _row("D3", "JSON array body", _as_json(400, [{"errorCode": "X"}]), _keeps(400)),
    _row("D4", '{"error": "str"}', _as_json(400, {"error": "broken"}), _keeps(400)),
    _row("D5", '{"error": [..]}', _as_json(400, {"error": ["a", "b"]}), _keeps(400)),
    _row("D6", "invalid UTF-8", _bad_utf8, _keeps(400)),
    _row(
        "D7",
        "truncated 500 keeps status",
        lambda: json_reply(500, {"message": "x" * 900}).cut(last=500),
        _keeps(500),
    ),
    _row(
        "D8",
        "bad gzip keeps status",
        _bad_gzip,
        _keeps(500),
    ),
    _row("D9", "64 MiB error body capped", lambda: huge_reply(500).then("close"), _capped),
    _row("D10", "gzip bomb (256 MiB)", _bomb, _stays_small),
    Scenario(
        id="D11",
        promise="12 s dripped 500 stops at deadline",
        answer=always(_dripped),
        judge=_in_time,
        limit=_DRIP_LIMIT,
    ),
    _error_in_200("D12", '200 {"ok": false}', "slack", _as_json(200, _SLACK_ERROR)),
    _error_in_200("D13", "200 GraphQL errors", "graphql", _as_json(200, _GRAPHQL_ERROR)),
    _error_in_200("D14", "200 HTML", "connix", lambda: html_reply(200)),
)
"""The rows about what comes back."""
