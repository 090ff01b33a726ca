"""Hostile requests by the thousand: nothing is left behind, in memory or on the line."""

import re
import secrets
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.every_api.rows import ROWS
from tests.hostile.big_requests import BIG
from tests.hostile.hostile_caller import HostileCaller
from tests.hostile.hostile_request import (
    BAD_CREDENTIALS,
    CANARY,
    FIELD,
    NO_ROUTE,
    OK,
    READ,
    WRONG_METHOD,
    get,
    head,
    json_refused,
    post,
)
from tests.hostile.table import rows_for
from tests.running_server import RunningServer

_MEGABYTE = 1_048_576

_CHEAP = (
    (get(b"/nowhere/" + b"n" * 300), NO_ROUTE),
    (get(READ, b"A: b", b"Accept: " + CANARY), OK),
    (get(READ, key=b""), BAD_CREDENTIALS),
    (head(b"BREW {read} HTTP/1.1"), WRONG_METHOD),
    (post(b'{"name":"' + CANARY), json_refused("")),
    (post(b"x" * 60_000), json_refused("")),
)

_LEFT = (
    b"",
    b"POST",
    get(READ),
    get(READ)[:-2],
    post(b"{}")[:-1],
    post(b'{"name":"' + CANARY),
    get(b"/openapi.json") * 50,
    head(b"POST {create} HTTP/1.1", b"Transfer-Encoding: chunked") + b"ff\r\n",
)


@pytest.mark.timeout(240)
def test_hostile_callers_leave_nothing_behind(private_callers: list[HostileCaller]) -> None:
    """The table for each API, then thousands of repeats: flat memory, a log without a crash.

    One API is sent it once before, because the memory of one large body is kept for the next.
    """
    server = private_callers[0].server
    statuses = _send_table(private_callers[0])
    before = server.memory

    assert _send_table(private_callers[0]) == statuses
    for caller in private_callers[1:]:
        _send_table(caller)
    for caller in private_callers:
        _send_repeats(caller)
        _send_unknown_keys(caller)
        _send_garbage(caller)
        _leave(caller)

    for caller in private_callers:
        _wait_until_closed(caller)
    grown = (server.memory - before) / _MEGABYTE
    print(f"memory: {before / _MEGABYTE:.1f} MiB, and {grown:.1f} MiB more at the end")
    assert grown < 32
    _check_log(server, [canary for caller in private_callers for canary in caller.canaries])


def _send_table(caller: HostileCaller) -> list[int]:
    return [caller.send(hostile).status for hostile in (*rows_for(caller.api.name), *BIG)]


def _send_repeats(caller: HostileCaller) -> None:
    with caller.connect(patience=60.0) as connection:
        for data, expected in _CHEAP * 100:
            filling = caller.secrets()
            connection.send(filling.fill(data))
            caller.check("a repeat", expected, connection.answer(), filling)


def _send_unknown_keys(caller: HostileCaller) -> None:
    with caller.connect(patience=60.0) as connection:
        for _ in range(200):
            key = b"{shape}" + secrets.token_hex(16).encode("ascii")
            connection.send(caller.secrets().fill(get(READ, key=FIELD + key)))
            assert connection.answer().status == 401


def _send_garbage(caller: HostileCaller) -> None:
    for number in range(200):
        with caller.connect() as connection:
            connection.send(b"GARBAGE %d\r\n\r\n" % number)
            assert connection.answer().status == 400


def _leave(caller: HostileCaller) -> None:
    """Go away without waiting for the answer, politely and with a reset."""
    for _ in range(5):
        for data in _LEFT:
            filled = caller.secrets().fill(data)
            with caller.connect() as connection:
                connection.send(filled)
                connection.end()
            with caller.connect() as connection:
                connection.send(filled)
                connection.reset()


def _wait_until_closed(caller: HostileCaller) -> None:
    """Wait until the server has no connection left: idle ones get five seconds."""
    end = time.monotonic() + 20
    while open_connections := _connections(caller):
        assert time.monotonic() < end, f"left open: {open_connections}"
        time.sleep(0.05)


def _connections(caller: HostileCaller) -> Counter[str]:
    """Count the connections of the server's process by their state."""
    path = Path(f"/proc/{caller.server.process.pid}/net/tcp")
    lines = [line.split() for line in path.read_text("ascii").splitlines()[1:]]
    own = [line[3] for line in lines if line[1].endswith(f":{caller.port:04X}")]
    listening, waiting = "0A", "06"
    return Counter(state for state in own if state not in (listening, waiting))


def _check_log(server: RunningServer, canaries: list[str]) -> None:
    """One line per request, none of them an error, none with a secret of the caller."""
    levels = Counter(line["level"] for line in server.log_lines)
    assert set(levels) == {"info"}
    assert levels["info"] > 1_500 * len(ROWS)
    log = server.log
    told = set(re.findall(r"canary-[0-9a-f]{16}", log))
    assert told & set(canaries) == set()
    lines = "".join(line for line in log.splitlines() if line.startswith("{"))
    assert [secret for secret in _secrets(server) if secret in lines] == []
    assert "resource_not_found" in log


def _secrets(server: RunningServer) -> list[str]:
    return [api.headers(server.credentials[api.name])[api.field] for api in ROWS]
