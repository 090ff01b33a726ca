"""The pages about how things are. Plain HTML, no JavaScript.

``/status``, its feed and its JSON, ``/healthz`` and ``/readyz`` are for everybody and for probes;
they work while APIs are in maintenance. ``/`` tells more and needs the console's token, see
`failwell.console.access`.
"""

from collections.abc import Awaitable, Sequence
from html import escape
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from failwell.console import chart, status_html
from failwell.console.access import Access, Endpoint
from failwell.console.conditional import unless_known
from failwell.console.overview import overview_content
from failwell.console.rates import Rates
from failwell.console.running_api import RunningApi, Status
from failwell.console.status_feed import feed
from failwell.console.status_html import status_content
from failwell.console.statuspage_json import summary
from failwell.core.clock import Clock, SystemClock
from failwell.server.html_page import HtmlPages
from failwell.stores.maintenance_window import MaintenanceWindow

__all__ = ["RunningApi", "StatusPage", "Windows"]

_PAGES = HtmlPages(
    status_html.STYLE
    + chart.STYLE
    + ".choices{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;"
    "margin:.5rem 0}"
    ".choices a{display:inline-block;padding:.25rem 0}"
    "[aria-current]{font-weight:600;text-decoration:none;color:inherit}"
    ".wide{overflow-x:auto}.wide th,.wide td{overflow-wrap:normal}"
)
_HEADERS = dict(_PAGES.headers)
_FEED_LINK = (
    '<link rel="alternate" type="application/atom+xml" title="Maintenance"'
    ' href="/status/feed.atom">'
)
_LOOK_BACK = 31 * 86_400.0


class Windows(Protocol):
    """Where announced absences are kept."""

    def published(self, now: float) -> Awaitable[tuple[MaintenanceWindow, ...]]:
        """List what the public may know of, by start."""
        ...

    def list(self, *, since: float) -> Awaitable[tuple[MaintenanceWindow, ...]]:
        """List what was not over before a moment, by start."""
        ...


class StatusPage:
    """Builds the application of the console port.

    Args:
        apis: What runs.
        windows: Announced absences, such as `failwell.stores.maintenance.MaintenanceStore`.
        token: What opens the pages that are not for everybody.
        version: Shown on the page behind the token.
        rates: Adds up counts of errors; without it the overview has no chart.
        clock: Where the time comes from.
    """

    def __init__(
        self,
        apis: Sequence[RunningApi],
        windows: Windows,
        *,
        token: str,
        version: str,
        rates: Rates | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._apis = tuple(apis)
        self._windows = windows
        self._access = Access(token, refuse=_token_wanted)
        self._version = version
        self._rates = rates
        self._clock = clock or SystemClock()
        self._since = self._clock.now()

    def application(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=self.routes(),
            exception_handlers={
                404: _not_found,
                405: _wrong_method,
                Exception: _unknown_state,
            },
        )

    def routes(self) -> list[Route]:
        """List the pages, for an application that has others too."""
        pages: dict[str, Endpoint] = {
            "/": self._access.guarded(self._overview),
            "/status": self._status,
            "/status/feed.atom": self._feed,
            "/status/api/v2/summary.json": self._summary,
            "/healthz": self._health,
            "/readyz": self._ready,
        }
        return [Route(path, endpoint) for path, endpoint in pages.items()]

    async def _known(self) -> Status:
        now = self._clock.now()
        return self._as_of(now, await self._windows.published(now))

    def _as_of(self, now: float, windows: tuple[MaintenanceWindow, ...]) -> Status:
        return Status(now=now, since=self._since, apis=self._apis, windows=windows)

    async def _status(self, request: Request) -> Response:
        page = _PAGES.write("Status", status_content(await self._known()), head=_FEED_LINK)
        html = {**_HEADERS, "Content-Type": "text/html; charset=utf-8"}
        return unless_known(request, page, headers=html)

    async def _feed(self, request: Request) -> Response:
        page_url = _page_url(request)
        body = feed(await self._known(), page_url=page_url, feed_url=f"{page_url}/feed.atom")
        return unless_known(request, body, headers=_data("application/atom+xml; charset=utf-8"))

    async def _summary(self, request: Request) -> Response:
        body = summary(await self._known(), page_url=_page_url(request))
        return unless_known(request, body, headers=_data("application/json"))

    async def _overview(self, request: Request) -> Response:
        now = self._clock.now()
        windows = await self._windows.list(since=now - _LOOK_BACK)
        content = await overview_content(
            self._as_of(now, windows),
            self._rates,
            wanted=request.query_params.get("range"),
            api=request.query_params.get("api"),
        )
        footer = (
            f"<footer><p>Failwell {escape(self._version)} · "
            '<a href="/status">public status page</a></p></footer>'
        )
        return _page("Failwell", content + footer)

    async def _health(self, _: Request) -> Response:
        return PlainTextResponse("ok\n", headers=_HEADERS)

    async def _ready(self, _: Request) -> Response:
        status = await self._known()
        apis = {api.name: status.state_of(api) for api in status.apis}
        return JSONResponse({"ready": True, "apis": apis}, headers=_HEADERS)


def _page_url(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/status"


def _data(media: str) -> dict[str, str]:
    # Everybody may read it anyway, so pages of others may, too.
    return {**_HEADERS, "Content-Type": media, "Access-Control-Allow-Origin": "*"}


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
