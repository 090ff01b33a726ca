"""N43: an error inside a stream is the error it would have been with a status of its own."""

import asyncio

import aiohttp
import pytest

from failwell import FaultError, RateLimitError, UnavailableError
from failwell.client.event_stream import aiter_events, iter_events
from failwell.core.contract import Contract
from failwell.core.event_fault import event_fault
from failwell.core.event_stream import ServerEvent
from failwell.core.exceptions import ProtocolError
from tests.client.byte_replies import json_reply, reply
from tests.client.byte_server import serve
from tests.client.libraries import STREAMED, call_with

__all__ = ["call_with"]

ANTHROPIC = Contract.bundled("anthropic")
CONNIX = Contract.bundled("connix")
STREAM = {"Content-Type": "text/event-stream", "Request-Id": "req_7"}
OVERLOADED = '{"type":"error","error":{"details":null,"type":"overloaded_error","message":"Over"}}'
BEFORE = b'event: ping\ndata: {"type":"ping"}\n\ndata: {"text":"half of an ans"}\n\n'


def raises_overloaded():
    """The class of the error of the catalogue."""
    return pytest.raises(ANTHROPIC.exception("overloaded_error"))


def stream(*events):
    """A stream that begins well."""
    body = BEFORE + b"".join(f"{event}\n\n".encode() for event in events)
    return reply(200, body, STREAM).slow(piece=37, pause=0.0)


def events_of(response, contract):
    """The events, whichever world the response is of."""
    inner = getattr(response, "inner", None)
    if inner is None:
        yield from iter_events(response, contract=contract)
    else:
        yield from response._steps(aiter_events(inner, contract=contract))


def read(drive, answer, contract):
    """Read a stream with our client: the events, and the error that ended it."""
    seen = []
    with serve(answer) as server:
        client = drive.client(server.url, contract=contract, retry=None)
        try:
            with client.stream("POST", "/v1/messages", json={"q": "x"}) as response:
                seen.extend(events_of(response, contract))
        except FaultError as error:
            return seen, error
    return seen, None


def test_client_n43_an_error_event_is_the_error_of_its_code(drive):
    """Overloaded inside a 200 is the class, code and status of overloaded, and says where."""
    seen, error = read(drive, stream(f"event: error\ndata: {OVERLOADED}"), "anthropic")

    assert [event.name for event in seen] == ["ping", "message"]
    assert isinstance(error, ANTHROPIC.exception("overloaded_error"))
    assert (error.code, error.status, error.http_status) == ("overloaded_error", 529, 200)
    assert error.in_stream
    assert error.retryable
    assert error.method == "POST"


def test_client_n43_the_same_error_outside_a_stream_is_of_the_same_class(drive):
    """Whoever catches the one catches the other."""
    wire = ANTHROPIC.golden("overloaded_error")
    with serve(reply(wire.status, wire.body, wire.headers)) as server:
        client = drive.client(server.url, contract="anthropic", retry=None)
        with pytest.raises(FaultError) as outside:
            client.get("/v1/messages")
    _, inside = read(drive, stream(f"event: error\ndata: {OVERLOADED}"), "anthropic")

    assert type(outside.value) is type(inside)
    assert not outside.value.in_stream


def test_client_n43_an_error_as_data_is_one_too(drive):
    """OpenAI sends its error without a name for the event."""
    said = '{"error":{"message":"m","type":"t","param":null,"code":"rate_limit_exceeded"}}'

    seen, error = read(drive, stream(f"data: {said}", "data: [DONE]"), "openai")

    assert len(seen) == 2
    assert isinstance(error, RateLimitError)
    assert (error.status, error.http_status) == (429, 200)


def test_client_n43_without_a_contract_the_api_is_recognised(drive):
    """An error event of a known API is that API's error."""
    _, error = read(drive, stream(f"event: error\ndata: {OVERLOADED}"), None)

    assert error.code == "overloaded_error"
    assert error.api.name == "Anthropic"
    assert error.guessed


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        ("it broke", "stream_error", "it broke"),
        ('{"code": "lost", "message": "m"}', "lost", "m"),
        ("{", "stream_error", None),
    ],
)
def test_client_n43_an_error_event_of_any_form_is_an_error(drive, data, code, message):
    """An event named error is one, whatever it holds."""
    _, error = read(drive, stream(f"event: error\ndata: {data}"), "connix")

    assert (error.code, error.message) == (code, message)
    assert error.in_stream
    assert error.http_status == 200
    assert not error.retryable


def test_client_n43_a_stream_that_goes_well_gives_all_its_events(drive):
    """Talking about errors is no error."""
    texts = ('{"text": "error"}', '{"message": "m"}', '{"error": null, "choices": []}', "[DONE]")

    seen, error = read(drive, stream(*(f"data: {each}" for each in texts)), "connix")

    assert error is None
    assert [event.data for event in seen[2:]] == list(texts)


def test_client_n43_an_error_before_the_stream_is_an_ordinary_one(drive):
    """A stream that never began has a status to tell its error."""
    wire = ANTHROPIC.golden("overloaded_error")

    seen, error = read(drive, reply(wire.status, wire.body, wire.headers), "anthropic")

    assert seen == []
    assert (error.http_status, error.in_stream) == (529, False)


@pytest.mark.parametrize("library", STREAMED)
def test_streams_of_other_libraries_are_read_alike(call_with, library):
    """The events and the error are the same, whichever library holds the line."""
    seen = []

    def read_all(url):
        for event in iter_events(call_with(library, url), contract="anthropic"):
            seen.append(event.name)  # noqa: PERF401  # what came before the error counts

    with serve(stream(f"event: error\ndata: {OVERLOADED}")) as server, raises_overloaded():
        read_all(server.url)

    assert seen == ["ping", "message"]


def test_streams_of_aiohttp_are_read_alike():
    """The async events of aiohttp end in the same error."""
    seen = []

    async def read_all(url):
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            async for event in aiter_events(response, contract=ANTHROPIC):
                seen.append(event.name)  # noqa: PERF401  # what came before the error counts

    with serve(stream(f"event: error\ndata: {OVERLOADED}")) as server, raises_overloaded():
        asyncio.run(read_all(server.url))

    assert seen == ["ping", "message"]


def test_a_stream_that_answers_with_an_error_raises_it(call_with):
    """Where the response itself is an error, its events are not looked for."""
    with serve(json_reply(503, {"code": "x"})) as server, pytest.raises(UnavailableError):
        list(iter_events(call_with("httpx stream", server.url)))


def test_an_endless_event_ends_in_an_error_of_ours(monkeypatch):
    """An event that never ends is broken HTTP, and no memory is filled with it."""
    monkeypatch.setattr("failwell.core.event_stream.LARGEST_EVENT", 1000)
    endless = (200, {}, b"data: " + b"x" * 2000)

    with pytest.raises(ProtocolError, match="1000"):
        list(iter_events(endless))


@pytest.mark.parametrize(
    "data",
    ['{"message": "hello"}', '{"error": ""}', '{"error": {}}', '"error"', "[" * 100_000],
)
@pytest.mark.parametrize("contract", [None, CONNIX, Contract.bundled("laravel")])
def test_a_message_is_no_error_for_looking_like_one(data, contract):
    """Only an event named error, a known code, or an error object is an error."""
    assert event_fault(ServerEvent(data=data), contract) is None
