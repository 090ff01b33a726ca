"""Server-sent events: whole events out of bytes cut anywhere."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.core.event_stream import EventReader, ServerEvent

STREAM = (
    "\ufeff: a comment\r\n"
    "event: ping\r\ndata: {}\r\nid: 1\r\n\r\n"
    "data: first\rdata: zweite ✓\r\r"
    "retry: 250\ndata\n\n"
    "event: empty\n\n"
    "id: a\0b\ndata:tight\nunknown: x\nretry: 1s\n\n"
    "data: never dispatched"
).encode()
EVENTS = [
    ServerEvent(name="ping", data="{}", id="1"),
    ServerEvent(data="first\nzweite ✓", id="1"),
    ServerEvent(data="", id="1", retry=250),
    ServerEvent(data="tight", id="1"),
]


def read(pieces):
    reader = EventReader()
    return [event for piece in pieces for event in reader.feed(piece)]


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_events_are_the_same_wherever_the_line_cuts_them(cuts):
    """Cut anywhere, inside a character or between CR and LF, the events are the same."""
    places = [0, *sorted(cuts), len(STREAM)]

    assert read(STREAM[a:b] for a, b in itertools.pairwise(places)) == EVENTS


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_no_bytes_raise(pieces):
    """Bytes that are no event stream give whatever events there are, and no exception."""
    read(pieces)


def test_an_endless_event_is_refused(monkeypatch):
    """An event without an end does not fill the memory."""
    monkeypatch.setattr("failwell.core.event_stream.LARGEST_EVENT", 1000)

    with pytest.raises(ValueError, match="1000"):
        read([b"data: " + b"x" * 600, b"x" * 600])
    with pytest.raises(ValueError, match="1000"):
        read([b"data: " + b"x" * 100 + b"\n"] * 20)
