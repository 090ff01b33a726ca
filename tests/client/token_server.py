"""An API with a token endpoint, over real sockets: tokens end, refresh tokens are good once.

A refresh token that comes twice ends everything that grew out of the same log-in (RFC 9700,
4.14.2), so a client that asks twice is found out.
"""

import base64
import threading
from typing import Any, Self
from urllib.parse import parse_qsl

from tests.client.byte_server import ByteServer, Reply, Seen, json_reply

__all__ = ["CLIENT_SECRET", "FIRST_REFRESH_TOKEN", "TokenServer"]

CLIENT_SECRET = "planted-client-secret-77aa"
FIRST_REFRESH_TOKEN = "planted-refresh-0"

_BASIC = "Basic " + base64.b64encode(f"app:{CLIENT_SECRET}".encode()).decode()


class TokenServer:
    """Serves ``/token`` and, to who has a good token, everything else.

    ``/never`` refuses every token, ``/scope`` wants other rights, ``/bare`` refuses without a
    challenge.

    Args:
        expires_in: Seconds that the answer promises for a token; ``None`` says nothing.
        delay: Seconds that the token endpoint takes.
    """

    def __init__(self, *, expires_in: int | None = None, delay: float = 0.0) -> None:
        self.expires_in = expires_in
        self.delay = delay
        self.troubles: list[Reply] = []
        """What the token endpoint answers first, before it works."""
        self.pages: dict[str, Reply] = {}
        """What is answered to everybody at these addresses."""
        self.reused: list[str] = []
        """Refresh tokens that came a second time."""
        self.issued = 0
        self._lock = threading.Lock()
        self._good: set[str] = set()
        self._refresh_token = FIRST_REFRESH_TOKEN
        self._spent: set[str] = set()
        self._server = ByteServer(self.script)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *given: Any) -> None:
        self._server.__exit__(*given)

    @property
    def url(self) -> str:
        """Where the API is."""
        return self._server.url

    @property
    def token_url(self) -> str:
        """Where tokens are."""
        return f"{self.url}/token"

    @property
    def asked(self) -> list[Seen]:
        """What came to the token endpoint."""
        return [seen for seen in self._server.requests if seen.target == "/token"]

    @property
    def called(self) -> list[Seen]:
        """What came to the API."""
        return [seen for seen in self._server.requests if seen.target != "/token"]

    def end_tokens(self) -> None:
        """Refuse every access token given out so far."""
        with self._lock:
            self._good.clear()

    def end_family(self) -> None:
        """Refuse every token given out so far."""
        with self._lock:
            self._good.clear()
            self._refresh_token = ""

    def begin_family(self, refresh_token: str) -> None:
        """Somebody has logged in anew."""
        with self._lock:
            self._refresh_token = refresh_token

    def script(self, seen: Seen) -> Reply:
        """Answer a request."""
        if seen.target in self.pages:
            return self.pages[seen.target]
        with self._lock:
            if seen.target == "/token":
                return self._token(seen).after(self.delay)
            return _api(self, seen)

    def _token(self, seen: Seen) -> Reply:
        if self.troubles:
            return self.troubles.pop(0)
        if seen.headers.get("authorization") != _BASIC:
            return json_reply(401, {"error": "invalid_client"})
        form = dict(parse_qsl(seen.body.decode()))
        if form["grant_type"] == "client_credentials":
            return self._issue()
        return self._refresh(form["refresh_token"])

    def _refresh(self, presented: str) -> Reply:
        if presented in self._spent:
            self.reused.append(presented)
            self._good.clear()
            self._refresh_token = ""
        if presented != self._refresh_token:
            said = f"no such refresh token: {presented}"
            return json_reply(400, {"error": "invalid_grant", "error_description": said})
        self._spent.add(presented)
        self._refresh_token = f"planted-refresh-{self.issued + 1}"
        return self._issue(refresh_token=self._refresh_token)

    def _issue(self, **more: Any) -> Reply:
        self.issued += 1
        token = f"planted-access-{self.issued}"
        self._good.add(token)
        if self.expires_in is not None:
            more["expires_in"] = self.expires_in
        return json_reply(200, {"access_token": token, "token_type": "Bearer", **more})

    def accepts(self, seen: Seen) -> bool:
        """Tell whether a request carries a good token."""
        scheme, _, token = seen.headers.get("authorization", "").partition(" ")
        return scheme == "Bearer" and token in self._good


def _api(server: TokenServer, seen: Seen) -> Reply:
    refused = {"WWW-Authenticate": 'Bearer realm="api", error="invalid_token"'}
    if seen.target == "/bare":
        return json_reply(401, {"code": "who_are_you"})
    if seen.target == "/never" or not server.accepts(seen):
        return json_reply(401, {"code": "token_refused"}, refused)
    if seen.target == "/scope":
        wanted = {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="more"'}
        return json_reply(403, {"code": "insufficient_scope"}, wanted)
    return json_reply(200, {"ok": True})
