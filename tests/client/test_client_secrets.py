"""Planted secrets: a client is given them in every place there is, servers say them back.

They are looked for in all that outlives a call: the error with its causes and notes, its
traceback, its pickle, everything reachable from it, and every log record of any library.
"""

import base64
import collections
import logging
import pickle
import traceback
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from failwell.client.auth import ApiKey, Bearer, OAuth2
from failwell.core.exceptions import FaultError
from failwell.resilience.policy import RetryPolicy
from tests.client.byte_server import (
    LOST,
    RESET,
    ByteServer,
    Reply,
    Seen,
    closed_port,
    html_reply,
    json_reply,
    reply,
)
from tests.client.driving import outcome

_BEARER = "Zq7bearerXk29vLw"
_API_KEY = "Zq7apikeyPm31tRd"
_HEADER = "Zq7headerJc83yNs"
_QUERY = "Zq7queryBf64gHu"
_BODY = "Zq7bodyKx15wQe"
_COOKIE = "Zq7cookieVn72mAo"
_TOKEN = "Zq7tokenDy48rUi"
_REFRESH = "Zq7refreshSt90zGp"
_CLIENT_SECRET = "Zq7clientEh57kFj"
_USER = "Zq7userLr06cXb"
_PASSWORD = "Zq7passwordWa23nYv"
_BASIC = base64.b64encode(f"{_USER}:{_PASSWORD}".encode()).decode()
_CLIENT_BASIC = base64.b64encode(f"app:{_CLIENT_SECRET}".encode()).decode()

SECRETS = (
    *(_BEARER, _API_KEY, _HEADER, _QUERY, _BODY, _COOKIE, _TOKEN, _REFRESH, _CLIENT_SECRET),
    *(_USER, _PASSWORD, _BASIC, _CLIENT_BASIC),
)
QUICK = RetryPolicy(base=0.02, throttle_base=0.02, cap=0.05)


def _everything(seen: Seen) -> str:
    """What a careless server says back."""
    fields = "; ".join(f"{name}: {value}" for name, value in seen.fields)
    return f"{seen.method} {seen.target} with {fields} and {seen.body.decode('latin-1')}"


def _said_back(status: int, *fields: tuple[str, str]) -> Callable[[Seen], Reply]:
    def answer(seen: Seen) -> Reply:
        text = _everything(seen)
        body = {
            "error": {"code": "broken", "message": text, "details": {"input": text}},
            "errors": [{"field": "card", "message": f"not good: {text}", "value": text}],
        }
        return json_reply(status, body, fields)

    return answer


def _redirected(seen: Seen) -> Reply:
    return reply(302, b"", {"location": f"http://{_USER}:{_PASSWORD}@127.0.0.1:1{seen.target}"})


def _cut(seen: Seen) -> Reply:
    return _said_back(500)(seen).cut(last=20)


REPLIES: dict[str, Callable[[Seen], Reply]] = {
    "400": _said_back(400),
    "401": _said_back(401, ("www-authenticate", 'Bearer error="invalid_token"')),
    "422": _said_back(422),
    "429": _said_back(429, ("retry-after", "3600")),
    "503": _said_back(503),
    "html": lambda seen: html_reply(502, f"<h1>{_everything(seen)}</h1>"),
    "text": lambda seen: reply(500, _everything(seen).encode(), {"content-type": "text/plain"}),
    "cut off": _cut,
    "redirect": _redirected,
    "cookie": _said_back(400, ("set-cookie", f"session={_COOKIE}")),
    "header": lambda seen: json_reply(400, {}, {"x-request-id": seen.headers["x-partner-key"]}),
    "header, again": lambda seen: json_reply(
        503, {"error": {"code": _HEADER}}, {"x-request-id": seen.headers["x-partner-key"]}
    ),
    "lost": lambda _seen: LOST,
    "reset": lambda _seen: RESET,
    "no HTTP": lambda seen: Reply(data=_everything(seen).encode() + b"\r\n\r\n", end="close"),
}


@pytest.fixture
def logged() -> Iterator[list[logging.LogRecord]]:
    """Every record of every library, down to DEBUG."""
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append
    root = logging.getLogger()
    loggers = [root, *map(logging.getLogger, logging.root.manager.loggerDict)]
    before = [(logger, logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
        logger.propagate = True
    root.addHandler(handler)
    yield records
    root.removeHandler(handler)
    for logger, level, propagate in before:
        logger.setLevel(level)
        logger.propagate = propagate


@pytest.mark.parametrize("contract", [None, "connix"])
@pytest.mark.parametrize("answer", REPLIES)
def test_client_n58_what_a_call_carries_is_found_nowhere(drive, logged, answer, contract):
    """Header, query, body, cookie and token stay out of all that a failed call leaves behind."""
    with ByteServer(REPLIES[answer]) as server:
        api = drive.client(server.url, auth=Bearer(_BEARER), contract=contract, retry=QUICK)
        error = outcome(lambda: _post(api, "/v1/things"))
        again = outcome(lambda: _get(api, "/v1/things"))

    _assert_nothing_found(error, logged)
    _assert_nothing_found(again, logged)


@pytest.mark.parametrize("answer", ["400", "503", "html", "lost"])
def test_client_n58_an_address_with_user_and_password_is_found_nowhere(drive, logged, answer):
    """What an address carries before its host is a secret too."""
    with ByteServer(REPLIES[answer]) as server:
        url = server.url.replace("://", f"://{_USER}:{_PASSWORD}@")
        api = drive.client(url, auth=ApiKey(_API_KEY, header="X-Api-Key"), retry=QUICK)
        error = outcome(lambda: _post(api, "/v1/things"))

    _assert_nothing_found(error, logged)


def test_client_n58_a_refused_connection_tells_no_secret(drive, logged):
    """An error without any answer is made of the request alone."""
    url = f"http://{_USER}:{_PASSWORD}@127.0.0.1:{closed_port()}"
    api = drive.client(url, auth=Bearer(_BEARER), retry=QUICK)

    error = outcome(lambda: _post(api, "/v1/things"))

    _assert_nothing_found(error, logged)


@pytest.mark.parametrize("answer", ["400", "503", "html", "lost", "cut off"])
def test_client_n55_a_token_endpoint_that_fails_tells_no_secret(drive, logged, answer):
    """Client secret and refresh token stay out, though the endpoint says them back."""
    with ByteServer(REPLIES[answer]) as server:
        api = drive.client(server.url, auth=_oauth2(server), retry=QUICK)
        error = outcome(lambda: _post(api, "/v1/things"))

    _assert_nothing_found(error, logged)


def test_client_n58_tokens_of_an_answer_are_found_nowhere(drive, logged):
    """Tokens that a log-in has just given are secrets from their first use on."""

    def script(seen: Seen) -> Reply:
        if not seen.target.startswith("/token"):
            return REPLIES["401"](seen)
        tokens = {"access_token": _TOKEN, "refresh_token": _REFRESH, "token_type": "Bearer"}
        return json_reply(200, tokens | {"expires_in": 3600})

    with ByteServer(script) as server:
        api = drive.client(server.url, auth=_oauth2(server), retry=QUICK)
        error = outcome(lambda: _post(api, "/v1/things"))

    _assert_nothing_found(error, logged)


def test_a_planted_secret_is_found_where_there_is_one(logged):
    """The search sees secrets in causes, notes, attributes and logs."""
    error = RuntimeError("fine")
    error.__cause__ = ValueError({"deep": [b"x" + _BODY.encode()]})
    error.add_note(_QUERY)
    logging.getLogger("somebody.else").debug("headers %r", [("x", _HEADER)])

    assert _found_in(error) == {_BODY, _QUERY}
    assert _found_in_logs(logged) == {_HEADER}


def _post(api: Any, path: str) -> Any:
    return api.post(
        path,
        params={"api_key": _QUERY, "page": "2"},
        headers={"X-Partner-Key": _HEADER},
        cookies={"session": _COOKIE},
        json={"owner": {"password": _BODY}, "name": "Apollo"},
        idempotency_key=True,
    )


def _get(api: Any, path: str) -> Any:
    """A call that may be repeated, so that retries have something to tell."""
    return api.get(
        path,
        params={"api_key": _QUERY},
        headers={"X-Partner-Key": _HEADER},
        cookies={"session": _COOKIE},
    )


def _oauth2(server: ByteServer) -> OAuth2:
    return OAuth2(f"{server.url}/token", "app", _CLIENT_SECRET, _REFRESH)


def _assert_nothing_found(error: object, logged: list[logging.LogRecord]) -> None:
    assert isinstance(error, FaultError), error
    assert str(error)
    assert _found_in(error) == set()
    assert _found_in_logs(logged) == set()


def _found_in(error: BaseException) -> set[str]:
    texts = [str(error), repr(error), *traceback.format_exception(error)]
    texts += [str(pickle.dumps(error)), *_reachable(error)]
    if isinstance(error, FaultError):
        texts += [error.support_text(), error.user_message(), str(error.to_problem())]
    return {secret for secret in SECRETS if any(secret in text for text in texts)}


def _found_in_logs(records: list[logging.LogRecord]) -> set[str]:
    texts = [text for each in records for text in (each.getMessage(), *_reachable(vars(each)))]
    return {secret for secret in SECRETS if any(secret in text for text in texts)}


_DEAD_ENDS = (types.ModuleType, types.FunctionType, types.TracebackType, type, types.CodeType)


def _reachable(start: object) -> Iterator[str]:
    """Every text that attributes, items and causes lead to."""
    waiting, known = collections.deque([start]), set()
    while waiting:
        value = waiting.popleft()
        if id(value) in known or isinstance(value, _DEAD_ENDS):
            continue
        known.add(id(value))
        if isinstance(value, str):
            yield value
        elif isinstance(value, bytes | bytearray):
            yield bytes(value).decode("latin-1")
        else:
            waiting.extend(_parts(value))
    assert len(known) < 200_000, "an error leads to half the process"


def _parts(value: object) -> Iterator[object]:
    if isinstance(value, BaseException):
        yield from (value.args, value.__cause__, value.__context__)
    if isinstance(value, collections.abc.Mapping):
        yield from value.keys()
        yield from value.values()
    elif isinstance(value, list | tuple | set | frozenset):
        yield from value
    names = {name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())}
    yield from (getattr(value, name, None) for name in names if name not in _HIDDEN)
    yield from getattr(value, "__dict__", {}).values()


_HIDDEN = ("__dict__", "__weakref__")
