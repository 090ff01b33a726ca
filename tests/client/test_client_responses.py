"""Responses of other HTTP libraries become the same errors, whatever state they are in."""

import asyncio
import json
import random
import urllib.error
import urllib.request

import aiohttp
import httpx
import httpx2
import pytest
import requests
import stamina
import tenacity

from failwell import FailwellError, FaultError, NotFoundError, RateLimitError, UnavailableError
from failwell.client.adapters import adapter_of
from failwell.client.responses import (
    adecode_fault,
    araise_for_fault,
    decode_fault,
    fault_error,
    raise_for_fault,
)
from failwell.client.retrying import retryable, wait_hint
from failwell.core.contract import Contract
from tests.client.byte_replies import (
    gzip_reply,
    html_reply,
    huge_reply,
    json_reply,
    reply,
)
from tests.client.byte_server import serve
from tests.client.libraries import KEY, LIBRARIES, STREAMED, call_with

CONNIX = Contract.bundled("connix")

__all__ = ["call_with"]


def golden(code):
    wire = CONNIX.golden(code)
    return reply(wire.status, wire.body, wire.headers)


@pytest.mark.parametrize("library", LIBRARIES)
def test_any_library_raises_the_error_of_the_contract(call_with, library):
    """The class, code, wait and id are the same whichever library made the call."""
    with serve(golden("rate_limit_exceeded")) as server:
        response = call_with(library, f"{server.url}/v1/projects/p_17")

        with pytest.raises(RateLimitError) as caught:
            raise_for_fault(response, contract="connix")

    error = caught.value
    assert isinstance(error, CONNIX.exception("rate_limit_exceeded"))
    assert (error.code, error.http_status) == ("rate_limit_exceeded", 429)
    assert error.retry_after == 45.0
    assert error.request_id == "req_1234567890abcdef"
    assert error.attempts[0].status == 429
    if library not in ("http.client", "urllib3", "urllib"):
        assert error.method == "GET"
        assert error.url_template == "/v1/projects/{id}"


@pytest.mark.parametrize("library", LIBRARIES)
def test_any_library_without_a_contract_is_recognised(call_with, library):
    """Without a contract the API is recognised by its answer."""
    body = {"object": "error", "status": 404, "code": "object_not_found", "message": "No"}
    with serve(json_reply(404, body)) as server:
        error = fault_error(call_with(library, server.url))

    assert isinstance(error, NotFoundError)
    assert error.api.name == "Notion"


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_success_is_given_back_unread(call_with, library):
    """What is no error comes back as it is, its body still to be read."""
    with serve(json_reply(200, {"ok": 1})) as server:
        response = call_with(library, server.url)

        assert raise_for_fault(response, contract="connix") is response
        body = getattr(response, "content", None) if library == "requests" else b""
        if library in ("urllib", "http.client", "urllib3"):
            body = response.read()
        assert not body or json.loads(body) == {"ok": 1}


@pytest.mark.parametrize("library", STREAMED)
def test_client_n36_a_broken_body_keeps_the_status(call_with, library):
    """A truncated, wrongly packed or endless body hides neither status nor id in any library."""
    cut = json_reply(503, {"code": "x"}, {"X-Request-Id": "req_7"}).cut(last=5)
    with serve(cut, gzip_reply(503, {"code": "x"}, broken=True), huge_reply(503)) as server:
        for _ in range(3):
            error = fault_error(call_with(library, server.url))

            assert isinstance(error, UnavailableError)
            assert error.http_status == 503

        assert server.sent < 8 * 1024 * 1024


@pytest.mark.parametrize("library", LIBRARIES)
def test_client_n47_a_page_of_a_proxy_is_told_apart(call_with, library):
    """A page of HTML is a gateway's, in any library."""
    with serve(html_reply(502)) as server:
        error = fault_error(call_with(library, server.url), contract=CONNIX)

    assert error.code == "http_502"
    assert error.history.gateway
    assert error.history.guessed


def test_a_key_that_comes_back_is_masked(call_with):
    """What was sent as a credential is not in the error that comes back."""
    with serve(json_reply(401, {"code": "bad_key", "message": f"No such key: {KEY}"})) as server:
        error = fault_error(call_with("httpx2", server.url))

    assert KEY not in f"{error} {error!r} {error.fault}"


async def by_aiohttp(url, use):
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return await use(response)


async def by_async_httpx(library, url, use):
    async with library.AsyncClient() as client:
        response = await client.send(client.build_request("GET", url), stream=True)
        return await use(response)


async def async_error(call, url, *given):
    async def use(response):
        with pytest.raises(FaultError) as caught:
            await araise_for_fault(response, contract="connix")
        return caught.value

    return await call(*given, url, use)


@pytest.mark.parametrize(
    ("call", "given"),
    [(by_aiohttp, ()), (by_async_httpx, (httpx,)), (by_async_httpx, (httpx2,))],
    ids=["aiohttp", "httpx", "httpx2"],
)
def test_unread_async_responses_are_read_by_awaiting(call, given):
    """aiohttp and the async clients of httpx and httpx2 give the same error."""
    with serve(golden("rate_limit_exceeded")) as server:
        error = asyncio.run(async_error(call, server.url, *given))

    assert isinstance(error, CONNIX.exception("rate_limit_exceeded"))
    assert error.retry_after == 45.0
    assert error.method == "GET"


@pytest.mark.parametrize(
    ("call", "given"),
    [(by_aiohttp, ()), (by_async_httpx, (httpx,)), (by_async_httpx, (httpx2,))],
    ids=["aiohttp", "httpx", "httpx2"],
)
def test_client_n36_an_async_body_that_breaks_keeps_the_status(call, given):
    """A body that ends early or never costs neither the status nor the memory."""
    cut = json_reply(503, {"error": {"code": "internal_error"}}).cut(last=5)
    with serve(cut, huge_reply(503)) as server:
        for _ in range(2):
            error = asyncio.run(async_error(call, server.url, *given))

            assert error.http_status == 503
            assert error.history.truncated

        assert server.sent < 8 * 1024 * 1024


def test_async_responses_that_are_no_errors_are_left_alone():
    """A success is given back, read or not."""

    async def use(response):
        assert await araise_for_fault(response) is response
        assert await adecode_fault(response) is None
        return await response.read()

    with serve(json_reply(200, {"ok": 1})) as server:
        assert json.loads(asyncio.run(by_aiohttp(server.url, use))) == {"ok": 1}


def test_a_sync_look_at_an_unread_async_response_keeps_the_status():
    """Without awaiting there is no body, but status and headers are there."""

    async def use(response):
        return decode_fault(response)

    with serve(json_reply(404, {"code": "x"}, {"X-Request-Id": "req_7"})) as server:
        fault = asyncio.run(by_aiohttp(server.url, use))

    assert (fault.status, fault.code, fault.request_id) == (404, "http_404", "req_7")


def test_a_tuple_will_do():
    """Status, header fields and body are enough, as bytes or text."""
    wire = CONNIX.golden("resource_not_found")

    with pytest.raises(NotFoundError, match="resource_not_found"):
        raise_for_fault((wire.status, wire.headers, wire.body), contract=CONNIX)
    assert decode_fault((404, {}, '{"code":"gone"}')).code == "gone"
    assert decode_fault((404, None, None)).code == "http_404"
    assert decode_fault((302, {}, b"")) is None
    cut = (429, {"X-Request-Id": "req_7"}, wire.body[:-5])
    assert decode_fault(cut, contract=CONNIX).code == "resource_not_found"
    assert decode_fault((429, None, b"{"), contract=CONNIX).code == "http_429"


@pytest.mark.parametrize("wrong", [None, "404", object(), (404,), ("404", {}, b""), [404, {}, b""]])
def test_what_is_no_response_is_refused_in_words(wrong):
    """Whoever gives something else is told what would be right."""
    with pytest.raises(FailwellError, match="response"):
        raise_for_fault(wrong)


def test_a_class_of_your_own_is_read_like_its_library():
    """A response class derived in another module is still one of its library."""
    mine = type("Mine", (httpx2.Response,), {"__module__": "my.package"})

    assert adapter_of(mine(500)) is adapter_of(httpx2.Response(500))
    assert decode_fault(mine(500, json={"code": "x"})).code == "x"


def failing(status, headers=(), method="GET", body=None):
    request = httpx2.Request(method, "http://api.example/x")
    content = b"" if body is None else json.dumps(body).encode()
    return httpx2.Response(status, headers=dict(headers), request=request, content=content)


def raised(response):
    try:
        raise_for_fault(response)
    except FaultError as error:
        return error
    raise AssertionError("no error")


@pytest.mark.parametrize(
    ("response", "may", "wait"),
    [
        (failing(503, {"Retry-After": "2"}), True, 2.0),
        (failing(503, {"retry-after-ms": "1500"}), True, 1.5),
        (failing(500), True, None),
        (failing(404, {"Retry-After": "2"}), False, None),
        (failing(503, {"Retry-After": "2"}, "POST"), False, None),
        (failing(429, {"Retry-After": "2"}, "PUT"), True, 2.0),
        (failing(501), False, None),
        ((503, {"Retry-After": "2"}, b""), True, 2.0),
    ],
)
def test_what_may_be_repeated_and_when(response, may, wait):
    """Failures that pass may be repeated, writes and failures that stay may not."""
    error = raised(response)

    assert retryable(error) is may
    assert wait_hint(error) == wait


def test_a_quota_that_is_used_up_is_not_repeated_though_it_is_a_429():
    """The code counts more than the status, even in an API that was only recognised."""
    body = {"error": {"message": "m", "type": "t", "param": None, "code": "insufficient_quota"}}

    error = raised(failing(429, {"Retry-After": "2"}, body=body))

    assert retryable(error) is False
    assert wait_hint(error) is None


def foreign(library):
    response = library.Response(503, headers={"Retry-After": "3"})
    response.request = library.Request("GET", "http://api.example/x")
    try:
        response.raise_for_status()
    except library.HTTPStatusError as error:
        return error
    raise AssertionError("no error")


def test_exceptions_of_other_libraries_are_understood():
    """The exceptions of httpx, requests, aiohttp and urllib tell the same by their response."""
    with serve(json_reply(503, {}, {"Retry-After": "3"})) as server:
        with pytest.raises(requests.HTTPError) as by_requests_:
            requests.get(server.url, timeout=5).raise_for_status()
        with pytest.raises(urllib.error.HTTPError) as by_urllib_:
            urllib.request.urlopen(server.url, timeout=5)

        async def strict():
            async with aiohttp.ClientSession(raise_for_status=True) as session:
                await session.get(server.url)

        with pytest.raises(aiohttp.ClientResponseError) as by_aiohttp_:
            asyncio.run(strict())

    caught = (by_requests_.value, by_urllib_.value, by_aiohttp_.value, foreign(httpx))
    for error in (*caught, foreign(httpx2)):
        assert retryable(error), type(error)
        assert wait_hint(error) == 3.0, type(error)
    by_urllib_.value.close()


def test_broken_connections_of_other_libraries_are_understood():
    """A refused connection may be tried again; a lost answer only to a question."""
    get, post = (httpx2.Request(each, "http://x") for each in ("GET", "POST"))

    assert retryable(httpx2.ConnectError("refused", request=post))
    assert retryable(ConnectionRefusedError())
    assert retryable(httpx2.ReadTimeout("late", request=get))
    assert not retryable(httpx2.ReadTimeout("late", request=post))
    assert not retryable(httpx2.ReadTimeout("late"))
    assert not retryable(ValueError("x"))
    assert wait_hint(httpx2.ConnectError("refused", request=get)) is None


def test_tenacity_waits_as_long_as_the_server_asks():
    """A real tenacity repeats what may be repeated, after the server's own wait."""
    slept = []

    @tenacity.retry(
        retry=tenacity.retry_if_exception(retryable),
        wait=lambda state: wait_hint(state.outcome.exception()) or 0.01,
        stop=tenacity.stop_after_attempt(3),
        sleep=slept.append,
        reraise=True,
    )
    def call():
        return raise_for_fault(requests.get(server.url, timeout=5), contract="connix")

    with serve(golden("rate_limit_exceeded"), golden("internal_error"), reply(204)) as server:
        assert call().status_code == 204
    with serve(golden("resource_not_found")) as server, pytest.raises(NotFoundError):
        call()

    assert slept == [45.0, 0.01]


def test_stamina_waits_as_long_as_the_server_asks(monkeypatch):
    """A real stamina takes the wait from its hook, and leaves alone what stays broken."""
    slept = []
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setattr(random, "uniform", lambda low, high: 0.01)

    @stamina.retry(on=lambda exc: wait_hint(exc) or retryable(exc), attempts=3)
    def call():
        return raise_for_fault(httpx.get(server.url), contract="connix")

    with serve(golden("rate_limit_exceeded"), reply(204)) as server:
        assert call().status_code == 204
        assert server.count == 2
    with serve(golden("resource_not_found")) as server, pytest.raises(NotFoundError):
        call()

    assert slept == [45.0]


@pytest.mark.parametrize(
    ("contract", "headers", "body", "code"),
    [
        ("slack", {}, b'{"ok":false,"error":"token_expired"}', "token_expired"),
        ("connix", {"Content-Type": "text/html"}, b"<html><title>Log in</title>", "http_200"),
        ("connix", {"Content-Type": "application/json"}, b'{"items": [1', "http_200"),
        (None, {}, b"<Error><Code>SlowDown</Code></Error>", "SlowDown"),
    ],
)
def test_client_n42_a_200_of_any_library_may_be_an_error(contract, headers, body, code):
    """What the contract calls an error is raised for other libraries too."""
    error = fault_error((200, headers, body), contract=contract)

    assert (error.code, error.http_status) == (code, 200)


@pytest.mark.parametrize(
    ("contract", "headers", "body"),
    [
        ("slack", {}, b'{"ok":true,"error":"token_expired"}'),
        ("slack", {}, b'"error" "ok" {'),
        ("connix", {"Content-Type": "application/json"}, b'{"items": []}'),
        ("connix", {"Content-Type": "application/json"}, b'"text'),
        ("connix", {}, b""),
        (None, {"Content-Type": "text/html"}, b"<html>"),
        (None, {}, b"<Errors>none</Errors>"),
        (None, {}, b"<!DOCTYPE x><Error><Code>a</Code></Error>"),
    ],
)
def test_client_n42_a_200_that_is_well_stays_well(contract, headers, body):
    """Nothing is guessed of an answer that its status calls a success."""
    assert fault_error((200, headers, body), contract=contract) is None
