"""Log lines say what happened to whom, and nothing a caller wrote can forge or colour them."""

import io
import json
import logging
import time

from failwell.core.contract import Contract
from failwell.core.fault import Fault
from failwell.core.situation import Situation
from failwell.server.exchange import Exchange
from failwell.server.logs import library_log, one_line, open_log
from failwell.server.record import LogRecorder
from failwell.server.traceback_text import traceback_text
from failwell.testing import FakeClock

CONNIX = Contract.bundled("connix")


class Terminal(io.StringIO):
    """A stream that a person watches."""

    def isatty(self) -> bool:
        return True


def exchange(**values) -> Exchange:
    clock = FakeClock()
    clock.advance(0.01234)
    found = Exchange("req_0123456789abcdef", CONNIX, "GET", 0.0, clock)
    found.status, found.route = 200, "/projects/{project_id}"
    for name, value in values.items():
        setattr(found, name, value)
    return found


def crashed() -> Exchange:
    fault = CONNIX.resolve(Fault(situation=Situation.CRASH))
    return exchange(status=500, fault=fault, error=raised(ValueError("why")))


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except type(error) as found:
        return found


def test_a_json_line_has_every_fact_under_its_name():
    """Machines find method, route, status, ids, time and API, and no empty members."""
    stream = io.StringIO()

    LogRecorder(open_log("json", stream)).record(exchange(parent_id="caller-1234"))

    line = json.loads(stream.getvalue())
    assert list(line) == [
        "timestamp",
        "level",
        "event",
        "method",
        "route",
        "status",
        "request_id",
        "parent_id",
        "ms",
        "api",
    ]
    assert (line["route"], line["ms"]) == ("/projects/{project_id}", 12.3)


def test_a_console_line_is_plain_where_nobody_watches():
    """Colours are for terminals; a file gets text."""
    for stream, coloured in [(io.StringIO(), False), (Terminal(), True)]:
        LogRecorder(open_log("console", stream)).record(exchange())

        assert ("\x1b[" in stream.getvalue()) is coloured
        assert stream.getvalue().count("\n") == 1
        assert "req_0123456789abcdef" in stream.getvalue()


def test_a_caller_cannot_forge_a_line():
    """Line breaks, terminal sequences and stray surrogates become visible escapes."""
    for form in ("console", "json"):
        stream = io.StringIO()
        LogRecorder(open_log(form, stream)).record(
            exchange(method="GET\r\nforged\x1b[2J\x9b\u2028")
        )

        assert stream.getvalue().count("\n") == 1
        assert not set(stream.getvalue()) & set("\r\x1b\x9b\u2028")


def test_one_line_keeps_what_is_harmless():
    """Letters of any alphabet stay as they are."""
    assert one_line("Grüße 東京 \ud800\n") == "Grüße 東京 \\ud800\\n"


def test_levels_wake_people_only_for_crashes():
    """4xx and leaving callers are information, declared 5xx warnings, crashes errors."""
    stream = io.StringIO()
    recorder = LogRecorder(open_log("json", stream))
    cases = [
        (exchange(), "info"),
        (exchange(status=404), "info"),
        (exchange(status=429), "info"),
        (exchange(status=503), "warning"),
        (exchange(status=502, client_gone=True), "info"),
        (exchange(status=500), "error"),
        (crashed(), "error"),
        (exchange(error=ValueError()), "error"),
    ]

    for each, _ in cases:
        recorder.record(each)

    found = [json.loads(line)["level"] for line in stream.getvalue().splitlines()]
    assert found == [level for _, level in cases]


def test_without_set_up_crashes_go_to_the_standard_library(caplog):
    """Around an application that configured nothing, only what matters is said."""
    recorder = LogRecorder(library_log())

    recorder.record(exchange())
    recorder.record(crashed())

    [record] = caplog.records
    assert (record.name, record.levelno) == ("failwell.server", logging.ERROR)
    assert "request_id=req_0123456789abcdef" in record.getMessage()
    assert "ValueError: why" in record.getMessage()


def test_a_trace_names_places_and_causes():
    """File, line and function of every frame, the cause before what it led to."""
    try:
        try:
            {}["missing"]
        except KeyError as cause:
            raise ValueError("no entry") from cause
    except ValueError as error:
        text = traceback_text(error)

    first, second = text.split("which led to:")
    assert "KeyError: 'missing'" in first
    assert "test_failwell_logs.py" in first
    assert "in test_a_trace_names_places_and_causes" in second
    assert text.endswith("ValueError: no entry")


def test_a_trace_is_bounded():
    """Neither endless recursion nor an endless text makes an endless log entry."""

    def fall(depth: int) -> None:
        if depth == 0:
            raise ValueError("x" * 100_000)
        fall(depth - 1)

    try:
        fall(500)
    except ValueError as error:
        text = traceback_text(error)

    assert "frames ..." in text
    assert len(text) < 10_000


def test_a_trace_is_cheap():
    """Rendering a crash costs microseconds, not the quarter of a millisecond of the library."""
    error = raised(ValueError("why"))
    begun = time.perf_counter()
    for _ in range(100):
        traceback_text(error)

    assert (time.perf_counter() - begun) / 100 < 0.001


def test_an_exception_without_a_readable_text_is_still_named():
    """A broken ``__str__`` does not break the log."""

    class OddError(Exception):
        def __str__(self) -> str:
            raise ValueError

    assert traceback_text(OddError()) == "OddError: (its text cannot be read)"
