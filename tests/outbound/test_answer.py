"""Reading an answer: whatever the bytes are and however they come in."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.outbound.answer import (
    KEPT_BODY,
    LONGEST_BODY,
    LONGEST_HEAD,
    AnswerReader,
    BadAnswerError,
)

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

# What came -> status, body, whether it is complete without the connection's end, and whether
# the connection may be used again.
GOOD = {
    "length": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello", True, True),
    "no body": (b"HTTP/1.1 202 \r\nContent-Length: 0\r\n\r\n", 202, b"", True, True),
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, b"", True, True),
    "204": (b"HTTP/1.1 204 No\r\n\r\n", 204, b"", True, True),
    "304": (b"HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n", 304, b"", True, True),
    "chunks": (CHUNKED + b"5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n", 200, b"hello!", True, True),
    "trailers": (CHUNKED + b"0\r\nX: y\r\nZ: z\r\n\r\n", 200, b"", True, True),
    "close": (
        b"HTTP/1.1 200 OK\r\nConnection: Keep-Alive, Close\r\nContent-Length: 1\r\n\r\nx",
        *(200, b"x", True, False),
    ),
    "old": (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, b"x", True, False),
    "until the end": (b"HTTP/1.1 200 OK\r\n\r\nhello", 200, b"hello", False, False),
    "unknown coding": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello",
        *(200, b"hello", False, False),
    ),
    "interim": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
        *(200, b"x", True, True),
    ),
    "switching": (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", 101, b"", True, False),
    "bare line feeds": (b"HTTP/1.1 200 OK\nContent-Length: 1\n\nx", 200, b"x", True, True),
    "one more": (b"HTTP/1.1 204 No\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 204, b"", True, False),
}
BAD = {
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "another version": b"HTTP/2.0 200 OK\r\n\r\n",
    "another version, complete": b"HTTP/2.0 204 No\r\n\r\n",
    "no status": b"HTTP/1.1 OK\r\n\r\n",
    "a status of four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "a status beyond": b"HTTP/1.1 600 OK\r\n\r\n",
    "no colon": b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
    "a space in a name": b"HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\n",
    "a bare carriage return": b"HTTP/1.1 200 OK\r\nX: a\rY: b\r\n\r\n",
    "a null": b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n",
    "a length and chunks": CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 3\r\n\r\n"),
    "a length twice": b"HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n",
    "an empty length": b"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
    "a huge length": b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 100 + b"\r\n\r\n",
    "no chunk size": CHUNKED + b"\r\n",
    "a negative chunk": CHUNKED + b"-1\r\n",
    "a hexadecimal prefix": CHUNKED + b"0x1\r\n",
    "a chunk that is longer": CHUNKED + b"1\r\nxyz",
}


def read(data, *, pieces=(), ended=False):
    """Feed an answer in pieces that end at some places."""
    reader = AnswerReader()
    places = [0, *sorted({min(place, len(data)) for place in pieces}), len(data)]
    for begin, end in itertools.pairwise(places):
        reader.feed(data[begin:end])
    if ended:
        reader.end()
    return reader


@pytest.mark.parametrize("name", GOOD)
@given(pieces=st.lists(st.integers(0, 200), max_size=8))
def test_an_answer_is_the_same_however_it_is_cut(name, pieces):
    """Status, body and end are found wherever the network cuts the bytes."""
    data, status, body, complete, reusable = GOOD[name]

    reader = read(data, pieces=pieces)
    assert (reader.status, bytes(reader.kept), reader.done) == (status, body, complete)

    reader = read(data, pieces=pieces, ended=not complete)
    assert reader.done
    if name != "one more":
        assert reader.reusable == reusable


def test_bytes_beyond_an_answer_end_the_connection():
    """What nobody asked for would be taken for the answer to the next request."""
    assert not read(GOOD["one more"][0]).reusable


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_said(name):
    """Everything that is no answer, or leaves its end in doubt, has the same one error."""
    with pytest.raises(BadAnswerError) as bad:
        read(BAD[name])

    assert bad.value.why == "http"


@pytest.mark.parametrize(
    "data", [b"", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx", CHUNKED + b"0"]
)
def test_an_answer_that_breaks_off_is_said(data):
    """The end of the connection is no end of an answer that says where it ends."""
    with pytest.raises(BadAnswerError) as bad:
        read(data, ended=True)

    assert bad.value.why == "http"


def test_a_head_has_a_bound():
    """Header fields without end are left after 32 KiB, in one piece or in many."""
    endless = b"HTTP/1.1 204 No\r\n" + b"X: y\r\n" * LONGEST_HEAD

    for pieces in ((), range(0, len(endless), 1_000)):
        for data in (endless, endless + b"\r\n"):
            with pytest.raises(BadAnswerError) as bad:
                read(data, pieces=pieces)
            assert bad.value.why == "oversize"


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n"]
)
def test_a_body_is_read_up_to_a_bound(head):
    """After 64 KiB nobody waits for more, and the connection is not used again."""
    reader = AnswerReader()
    reader.feed(head + b"x" * (LONGEST_BODY - 1))
    assert not reader.done

    reader.feed(b"x" * 10)

    assert (reader.done, reader.reusable) == (True, False)
    assert bytes(reader.kept) == b"x" * KEPT_BODY


def test_chunks_are_read_up_to_the_same_bound():
    """Many small chunks are bounded like one large body."""
    reader = AnswerReader()
    reader.feed(CHUNKED)
    for _ in range(LONGEST_BODY // 16 + 2):
        reader.feed(b"10\r\n" + b"x" * 16 + b"\r\n")

    assert (reader.done, reader.reusable, len(reader.kept)) == (True, False, KEPT_BODY)


@pytest.mark.parametrize(
    ("repeated", "outcome"),
    [
        (b"HTTP/1.1 100 Continue\r\n\r\n", "oversize"),
        (CHUNKED + b"0\r\n" + b"X: y\r\n" * 50_000, "done"),
        (CHUNKED + (b"1;" + b"x" * 4_000 + b"\r\ny\r\n") * 100, "done"),
    ],
)
def test_what_surrounds_a_body_has_a_bound_too(repeated, outcome):
    """Interim answers, trailers and chunk extensions cannot go on for ever."""
    reader = AnswerReader()

    def feed():
        while not reader.done:
            reader.feed(repeated)

    if outcome == "oversize":
        with pytest.raises(BadAnswerError, match="oversize"):
            feed()
    else:
        feed()
        assert (reader.status, reader.reusable) == (200, False)


def test_odd_header_fields_are_shown_as_they_are():
    """A field that goes on in the next line is one; control characters harm nobody here."""
    reader = read(b"HTTP/1.1 204 No\r\nX: a \r\n\t b\r\nY: \x1b[31m\xff\r\nSet-Cookie: z\r\n\r\n")

    assert [name for name, _ in reader.headers] == ["x", "y", "set-cookie"]
    assert dict(reader.headers)["x"].split() == ["a", "b"]
    assert reader.headers[1:] == (("y", "\x1b[31m\ufffd"), ("set-cookie", "***"))


def test_a_head_that_comes_byte_by_byte_costs_little():
    """What has been looked at is not looked at again: the loop serves others meanwhile."""
    head = b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * (LONGEST_HEAD // 6 - 10)
    reader = AnswerReader()
    begun = time.process_time()

    for place in range(len(head)):
        reader.feed(head[place : place + 1])

    assert time.process_time() - begun < 1.0


def test_a_body_of_exactly_the_bound_is_whole():
    """An answer that ends where reading would is an answer like any other."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {LONGEST_BODY}\r\n\r\n".encode()

    reader = read(head + b"x" * LONGEST_BODY)

    assert (reader.done, reader.reusable) == (True, True)


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_no_bytes_break_the_reader(data, pieces):
    """Whatever a stranger sends after the first words, there is one kind of error."""
    for beginning in (b"", b"HTTP/1.1 200 ", b"HTTP/1.1 200 OK\r\n", CHUNKED):
        try:
            reader = read(beginning + data, pieces=pieces, ended=True)
        except BadAnswerError:
            continue
        assert reader.status is not None
