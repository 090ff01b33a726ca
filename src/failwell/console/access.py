"""Who may see the pages that are not for everybody: whoever has the console's token.

It comes as ``Authorization: Bearer``, or once as the query parameter ``token``; a browser is then
given a cookie, so that links need not carry the token. The cookie is made from the token, cannot
be turned back into it, and ends with the browser's session.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

__all__ = ["Access", "Endpoint"]

Endpoint = Callable[[Request], Awaitable[Response]]
"""Answers the requests of one path."""

_COOKIE = "failwell_console"


class Access:
    """Tells who may, and remembers them.

    Args:
        token: What opens the pages.
        refuse: Answers those who may not.
    """

    def __init__(self, token: str, *, refuse: Callable[[], Response]) -> None:
        self._digest = _digest(token)
        self._session = hmac.new(token.encode(), b"console session", hashlib.sha256).hexdigest()
        self._refuse = refuse

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        """Let only those in who may."""

        async def guarded(request: Request) -> Response:
            if not self._may(request):
                return self._refuse()
            response = await endpoint(request)
            if "token" in request.query_params:
                self._remember(request, response)
            return response

        return guarded

    def _may(self, request: Request) -> bool:
        given = _given(request)
        if given is not None:
            # Digests have one length, so the comparison tells nothing about the token's.
            return hmac.compare_digest(_digest(given.strip()), self._digest)
        session = request.cookies.get(_COOKIE, "")
        return hmac.compare_digest(_digest(session), _digest(self._session))

    def _remember(self, request: Request, response: Response) -> None:
        response.set_cookie(
            _COOKIE,
            self._session,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )


def _given(request: Request) -> str | None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given if scheme.casefold() == "bearer" else request.query_params.get("token")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
