"""The status page: what runs where, and whether it is up. Plain HTML, no JavaScript.

``/status``, ``/healthz`` and ``/readyz`` are for everybody and for probes. ``/`` tells more and
needs the console's token, as ``Authorization: Bearer`` or as the query parameter ``token``.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from html import escape

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from failwell.server.html_page import HtmlPages

__all__ = ["RunningApi", "StatusPage"]


class RunningApi(msgspec.Struct, frozen=True, kw_only=True):
    """One API as the status page shows it."""

    name: str
    """Key of the API, such as ``connix``."""

    title: str
    """Name as its vendor writes it."""

    base_url: str
    """Where it answers."""

    maintenance: str | None = None
    """What is said about the open maintenance window; ``None`` when it is up."""

    resume_at: datetime | None = None
    """When the window ends, aware; ``None`` when nobody said."""

    @property
    def state(self) -> str:
        """One word for it."""
        return "operational" if self.maintenance is None else "maintenance"


Running = Callable[[], Awaitable[Sequence[RunningApi]]]
"""Tells what runs at this moment; raises when the shared store cannot be read."""

Endpoint = Callable[[Request], Awaitable[Response]]

_PAGES = HtmlPages(
    ":root{--soft:#8884;--good:#1a7f37;--busy:#9a6700}"
    "@media (prefers-color-scheme:dark){:root{--good:#3fb950;--busy:#d29922}}"
    "body{max-width:42rem}h1{font-size:1.4rem}h2{font-size:1.1rem;margin:0}"
    "ul{list-style:none;padding:0}p{margin:.25rem 0}footer{opacity:.75;margin-top:2rem}"
    "li{border:1px solid var(--soft);border-radius:.5rem;padding:.75rem 1rem;margin:.75rem 0}"
    ".operational{color:var(--good)}.maintenance,.unknown{color:var(--busy)}"
)

_HEADERS = dict(_PAGES.headers)


class StatusPage:
    """Builds the application of the console port.

    Args:
        running: Tells what runs.
        token: What opens the pages that are not for everybody.
        version: Shown on the page behind the token.
    """

    def __init__(self, running: Running, *, token: str, version: str) -> None:
        self._running = running
        self._digest = hashlib.sha256(token.encode()).digest()
        self._version = version

    def application(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=[
                Route("/", self._guarded(self._overview)),
                Route("/status", self._status),
                Route("/healthz", self._health),
                Route("/readyz", self._ready),
            ],
            exception_handlers={
                404: _not_found,
                405: _wrong_method,
                Exception: _unknown_state,
            },
        )

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            return await endpoint(request) if self._may(request) else _token_wanted()

        return guarded

    def _may(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.casefold() != "bearer":
            given = request.query_params.get("token", "")
        # Digests have one length, so the comparison tells nothing about the token's.
        digest = hashlib.sha256(given.strip().encode("utf-8", "surrogatepass")).digest()
        return hmac.compare_digest(digest, self._digest)

    async def _status(self, _: Request) -> Response:
        return _page("Status", _list(await self._running(), detailed=False))

    async def _overview(self, _: Request) -> Response:
        footer = f"<footer><p>Failwell {escape(self._version)}</p></footer>"
        return _page("Failwell", _list(await self._running(), detailed=True) + footer)

    async def _health(self, _: Request) -> Response:
        return PlainTextResponse("ok\n", headers=_HEADERS)

    async def _ready(self, _: Request) -> Response:
        apis = {api.name: api.state for api in await self._running()}
        return JSONResponse({"ready": True, "apis": apis}, headers=_HEADERS)


def _list(apis: Sequence[RunningApi], *, detailed: bool) -> str:
    down = sum(api.maintenance is not None for api in apis)
    summary = "Everything is operational." if not down else f"{down} of {len(apis)} in maintenance."
    items = "".join(_item(api, detailed=detailed) for api in apis)
    return f"<p>{summary}</p><ul>{items}</ul>"


def _item(api: RunningApi, *, detailed: bool) -> str:
    lines = [f"<h2>{escape(api.title)}</h2>", f'<p class="{api.state}">{api.state}</p>']
    if api.maintenance is not None:
        lines.append(f"<p>{escape(api.maintenance)}</p>")
        if api.resume_at is not None:
            until = api.resume_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
            lines.append(f"<p>Until {until}.</p>")
    if detailed:
        lines.append(f"<p><code>{escape(api.base_url)}</code></p>")
    return f"<li>{''.join(lines)}</li>"


def _page(title: str, content: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(_PAGES.write(title, content), status_code=status, headers=_HEADERS)


def _token_wanted() -> Response:
    text = (
        "<p>This page needs the token: <code>?token=...</code>, "
        'see <code>credentials.json</code>.</p><p><a href="/status">Status</a></p>'
    )
    response = _page("Token needed", text, 401)
    response.headers["WWW-Authenticate"] = 'Bearer realm="failwell"'
    return response


async def _not_found(_: Request, __: Exception) -> Response:
    return _page("Not found", '<p>There is no such page. <a href="/status">Status</a></p>', 404)


async def _wrong_method(_: Request, __: Exception) -> Response:
    response = _page("Method not allowed", "<p>These pages are only read.</p>", 405)
    response.headers["Allow"] = "GET, HEAD"
    return response


async def _unknown_state(_: Request, __: Exception) -> Response:
    # Starlette raises the exception again after this answer, so the log gets it.
    text = '<p class="unknown">The state cannot be read at the moment.</p>'
    return _page("Status unknown", text, 503)
