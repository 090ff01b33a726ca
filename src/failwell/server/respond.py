"""Responding: a fault goes out as the response its contract promises.

The only place of the server that writes a status of 400 or above. It cannot fail:
when resolving or encoding does, the contract's pre-rendered last resort goes out.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from failwell.core.clock import Clock, moment
from failwell.core.fault import Fault
from failwell.core.wire import WireResponse
from failwell.server.exchange import Exchange, Header, Scope, Send
from failwell.server.record import FaultListener

__all__ = ["guarded", "respond", "settle"]

_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_ALWAYS: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
_OURS = frozenset({b"x-request-id", b"content-length", b"connection", b"transfer-encoding"})


def guarded(headers: list[Header]) -> list[Header]:
    """Add what every error response says, where it is not said already: no caching, no guessing."""
    names = {name for name, _ in headers}
    return headers + [field for field in _ALWAYS if field[0] not in names]


def settle(fault: Fault, exchange: Exchange, clock: Clock) -> None:
    """Resolve a fault against the contract and make it the exchange's own.

    Args:
        fault: The fault as raised.
        exchange: The exchange it ends.
        clock: Where its timestamp comes from.
    """
    try:
        exchange.fault = exchange.contract.resolve(
            fault,
            request_id=exchange.request_id,
            timestamp=_second(int(clock.now())),
            route=exchange.route,
        )
    except Exception as failure:
        exchange.error = exchange.error or failure
        exchange.fault = None


@lru_cache(maxsize=4)
def _second(seconds: int) -> datetime:
    """Give the moment that all answers of one second share, and with it its text."""
    return moment(seconds)


async def respond(
    exchange: Exchange,
    send: Send,
    scope: Scope,
    *,
    kept: Iterable[Header] = (),
    faults: FaultListener | None = None,
) -> None:
    """Send the settled fault of an exchange, head and body.

    Args:
        exchange: Its `fault` is resolved; without one the contract's last resort is sent.
        send: The server's way out.
        scope: The request; only HTTP/1 knows the ``Connection`` field.
        kept: Header fields of the application that stay, such as those of CORS; the
            contract's own of the same name win.
        faults: Who is told before anything is sent.
    """
    wire = _encode(exchange)
    exchange.status = wire.status
    headers = _headers(wire, exchange, kept)
    if exchange.close_after and scope.get("http_version", "1.1").startswith("1"):
        headers.append((b"connection", b"close"))
    if faults is not None and (noted := faults.note(exchange, headers, wire.body, scope)):
        await noted
    await send({"type": "http.response.start", "status": wire.status, "headers": headers})
    body = b"" if exchange.method == "HEAD" else wire.body
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _encode(exchange: Exchange) -> WireResponse:
    if exchange.fault is not None:
        try:
            return exchange.contract.encode(exchange.fault)
        except Exception as failure:
            exchange.error = exchange.error or failure
    return exchange.contract.last_resort


def _headers(wire: WireResponse, exchange: Exchange, kept: Iterable[Header]) -> list[Header]:
    headers = [_field(name, value) for name, value in wire.headers]
    headers = [field for field in headers if field[0] not in _OURS]
    headers.append((b"content-length", b"%d" % len(wire.body)))
    headers.append((b"x-request-id", exchange.request_id.encode()))
    if wire.status == 405:
        _allow(headers, exchange)
    names = {name for name, _ in headers} | _OURS
    # Several fields of one name are kept together (RFC 9110, 5.3), but never beside ours.
    for name, value in (*_ALWAYS, *exchange.headers, *kept):
        if name.lower() not in names:
            headers.append((name.lower(), _CONTROL.sub(b" ", value)))
    return headers


def _field(name: str, value: str) -> Header:
    return name.lower().encode(), _CONTROL.sub(b" ", value.encode("latin-1", "replace"))


def _allow(headers: list[Header], exchange: Exchange) -> None:
    # RFC 9110, 15.5.6: a 405 says which methods there are, even if there is none.
    if any(name == b"allow" for name, _ in headers):
        return
    params = exchange.fault.params if exchange.fault is not None else {}
    allowed = params.get("allowed") or params.get("allowed_methods") or ()
    headers.append((b"allow", ", ".join(map(str, allowed)).encode("latin-1", "replace")))
