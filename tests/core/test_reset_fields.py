"""Resets of quotas: understood in every notation, by its declared unit or else by its size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.core.contract import Contract
from failwell.core.header_fields import LONGEST_WAIT
from failwell.core.reset_fields import parse_duration, parse_iso_moment, parse_reset

NOW = 1_700_000_000.0
"""Tue, 14 Nov 2023 22:13:20 GMT"""

IN_30_SECONDS = {
    "30": "seconds",
    "30.0": "seconds",
    " 30\t": "seconds",
    "1700000030": "Unix seconds",
    "1700000030.0": "Unix seconds",
    "1700000030000": "Unix milliseconds",
    "1700000030000000": "Unix microseconds",
    "1700000030000000000": "Unix nanoseconds",
    "2023-11-14T22:13:50Z": "date",
    "2023-11-14t22:13:50z": "date",
    "2023-11-14 22:13:50": "date",
    "2023-11-14T22:13:50.000Z": "date",
    "2023-11-14T22:13:50,000000000Z": "date",
    "2023-11-15T00:13:50+02:00": "date",
    "2023-11-14T17:13:50-0500": "date",
    "Tue, 14 Nov 2023 22:13:50 GMT": "date",
    "Tuesday, 14-Nov-23 22:13:50 GMT": "date",
    "Tue Nov 14 22:13:50 2023": "date",
    "30s": "duration",
    "0m30s": "duration",
    "30000ms": "duration",
    "0.5m": "duration",
    ".5m": "duration",
    "29s1000ms": "duration",
}


@pytest.mark.parametrize(("text", "notation"), IN_30_SECONDS.items())
def test_every_notation_is_understood(text, notation):
    """Delays, moments in four units, dates and durations all say the same 30 seconds."""
    assert parse_reset(text, reset_as=None, now=NOW) == (30.0, notation)


@pytest.mark.parametrize(
    ("value", "notation"),
    [
        (0, "seconds"),
        (10**9 - 1, "seconds"),
        (10**9, "Unix seconds"),
        (10**11 - 1, "Unix seconds"),
        (10**11, None),
        (10**12 - 1, None),
        (10**12, "Unix milliseconds"),
        (10**14 - 1, "Unix milliseconds"),
        (10**14, "Unix microseconds"),
        (10**17 - 1000, "Unix microseconds"),
        (10**17, "Unix nanoseconds"),
        (10**30, "Unix nanoseconds"),
    ],
)
def test_the_size_of_a_number_tells_its_unit(value, notation):
    """Each range has one meaning, and where no unit makes sense nothing is read."""
    found = parse_reset(str(value), reset_as=None, now=NOW)

    assert (found and found[1]) == notation


@pytest.mark.parametrize(
    ("text", "reset_as", "seconds"),
    [
        ("1700000030", "delta", 1_700_000_030),
        ("30", "delta", 30),
        ("30", "epoch", 0),
        ("1700000030", "epoch", 30),
        ("1700000030000", "epoch", LONGEST_WAIT),
        ("1700000030000", "epoch_ms", 30),
        ("1700000030", "epoch_ms", 0),
        ("30s", "epoch", 30),
    ],
)
def test_a_declared_unit_is_never_guessed_about(text, reset_as, seconds):
    """What the contract declares holds, however strange the number is then."""
    found = parse_reset(text, reset_as=reset_as, now=NOW)

    assert found is not None
    assert found[0] == seconds


@pytest.mark.parametrize("text", ["1600000000", "1600000000000", "2020-01-01T00:00:00Z", "0s"])
def test_a_moment_that_has_passed_is_no_wait(text):
    """The window has begun again."""
    found = parse_reset(text, reset_as=None, now=NOW)

    assert found is not None
    assert found[0] == 0.0


@pytest.mark.parametrize(
    "text",
    [None, "", " ", "soon", "-5", "-5s", "+5", "nan", "inf", "1_000", "0x10", "٣", "٣s", "1, 2"]
    + ["1e3", "5 s", "5S", "s", "1.s.", "1h 2m", "2023-13-01T00:00:00Z", "2023-11-14"]
    + ["2023-11-14T22:13:50+99:99", "9" * 65, "1s" * 40, "30.", "."],
)
def test_what_is_no_reset_says_nothing(text):
    """Garbage, signs, other digits and lists are ignored, never an exception."""
    assert parse_reset(text, reset_as=None, now=NOW) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("6m0s", 360.0),
        ("250ms", 0.25),
        ("1h2m3.5s", 3723.5),
        ("53s", 53.0),
        ("53.016342224s", 53.016342224),
        ("7us", 7e-6),
        ("7µs", 7e-6),
        ("7μs", 7e-6),
        ("7ns", 7e-9),
        ("2562047h47m16s", 9_223_369_636.0),
        ("9999999999h", float(LONGEST_WAIT)),
    ],
)
def test_durations_of_go_and_protobuf(text, seconds):
    """Every unit counts, and a duration beyond the longest wait is that wait."""
    assert parse_duration(text) == pytest.approx(seconds)


def test_the_first_moments_of_the_calendar_are_read():
    """An offset that leads before the year 1 is no reason to fail."""
    assert parse_iso_moment("0001-01-01T00:00:00+14:00") == -62_135_647_200.0


def test_a_moment_needs_its_time():
    """A day alone is no moment; without an offset it is UTC."""
    assert parse_iso_moment("2023-11-14") is None
    assert parse_iso_moment("2023-11-14T22:13:20") == NOW


@given(st.text(max_size=80) | st.from_regex(r"[0-9.:TZhmsnuµ+-]{0,40}", fullmatch=True))
def test_reading_a_reset_is_total(text):
    """Whatever the other side sends: a number in range, or nothing."""
    for unit in (None, "delta", "epoch", "epoch_ms"):
        found = parse_reset(text, reset_as=unit, now=NOW)

        assert found is None or 0.0 <= found[0] <= LONGEST_WAIT


@given(st.integers(0, 10**8), st.sampled_from([1, 10**3, 10**6, 10**9]))
def test_a_moment_is_read_in_any_unit(seconds, unit):
    """A moment after now is that far away, in seconds as in nanoseconds."""
    moment = int(NOW) + seconds

    found = parse_reset(str(moment * unit), reset_as=None, now=NOW)

    assert found is not None
    assert found[0] == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("X-RateLimit-Reset?: $reset:epoch", "epoch"),
        ("x-rate-limit-reset: $reset:epoch_ms", "epoch_ms"),
        ("RateLimit-Reset: $reset:delay", "delta"),
        ("X-RateLimit-Reset: $reset:int", None),
        ("X-RateLimit-Reset: never", None),
        ("X-Other: $reset:epoch", None),
    ],
)
def test_a_contract_declares_the_unit_by_the_codec_of_the_field(field, expected):
    """A moment or a delay is declared; a plain number leaves it open."""
    contract = Contract.loads(
        f"""
contract: 1
api: {{name: Shop}}
envelope: {{code: $code}}
headers:
  {field}
codes: {{broken: {{status: 500}}}}
answers: {{crash: broken}}
"""
    )

    assert contract.reset_as == expected


def test_the_bundled_contracts_say_it():
    """Connix and AgentHuman write Unix seconds."""
    assert Contract.bundled("connix").reset_as == "epoch"
    assert Contract.bundled("agenthuman").reset_as == "epoch"
