"""The application of the console's port: pages for people, an API for programs."""

from failwell.server.exchange import ASGIApp, Receive, Scope, Send

__all__ = ["ConsoleApplication"]

_OF_THE_API = ("/api", "/metrics", "/openapi.json")


class ConsoleApplication:
    """Hands each request to the pages or to the API, by its path.

    Args:
        pages: `failwell.console.status_page.StatusPage` as an application; it also answers
            probes and lives and ends with the server.
        api: What `failwell.console.api.operators.operators_api` makes.
    """

    def __init__(self, *, pages: ASGIApp, api: ASGIApp) -> None:
        self._pages = pages
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        app = self._api if _is_of_the_api(scope) else self._pages
        await app(scope, receive, send)


def _is_of_the_api(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    path: str = scope["path"]
    return path in _OF_THE_API or path.startswith("/api/")
