"""OAuth 2: client credentials and refresh tokens (RFC 6749, 4.4 and 6)."""

import base64
from collections.abc import Iterable, Mapping
from typing import Literal
from urllib.parse import quote_plus

import httpx2
import msgspec

from failwell.client.auth.protocol import AuthTools, Grant
from failwell.client.auth.renewal import Held, Renewal
from failwell.client.auth.saving import OnTokens
from failwell.client.auth.token_endpoint import no_token, refused
from failwell.client.auth.tokens import Tokens, read_object, read_tokens
from failwell.client.steps import Steps

__all__ = ["OAuth2"]

_NOTHING: Mapping[str, str] = {}


class _Credentials(msgspec.Struct, frozen=True, kw_only=True):
    client_id: str
    client_secret: str | None
    scopes: tuple[str, ...]

    def __repr__(self) -> str:
        return "_Credentials(***)"

    @property
    def basic(self) -> str:
        # Both are encoded as in a form first (RFC 6749, 2.3.1).
        pair = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret or '')}"
        return base64.b64encode(pair.encode()).decode()


class OAuth2:
    """OAuth 2 with a token endpoint: by refresh token where there is one, else by client secret.

    One object may be shared by any number of clients, threads and event loops: a token that has
    run out is renewed once for all of them. It is renewed a little before its end, and when an
    answer refuses it; a call is repeated once with the new one.

    Args:
        token_url: The token endpoint.
        client_id: Who the app is.
        client_secret: Its secret; ``None`` for an app that cannot keep one.
        refresh_token: Buys tokens; without it the client secret does.
        scopes: What is asked for.
        access_token: One that is known already.
        expires_at: Unix seconds when that one ends.
        on_tokens: Told of new `Tokens` before they are used, to store them; a plain or a
            coroutine function. It must not call through a client with these credentials.
            If it fails or is cut off, the next call hands it the same tokens again.
        leeway: Seconds before its end from which a token is renewed; at most a quarter of
            its life.
        credentials_in: Where the app says who it is: HTTP Basic, which every server knows
            (RFC 6749, 2.3.1), or the form.
        params: Further members of the form, such as ``audience``.
    """

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: str | None = None,
        refresh_token: str | None = None,
        scopes: Iterable[str] = (),
        *,
        access_token: str | None = None,
        expires_at: float | None = None,
        on_tokens: OnTokens | None = None,
        leeway: float = 30.0,
        credentials_in: Literal["header", "form"] = "header",
        params: Mapping[str, str] = _NOTHING,
    ) -> None:
        self._url = token_url
        self._params = dict(params)
        self._in_header = credentials_in == "header" and client_secret is not None
        self._credentials = _Credentials(
            client_id=client_id, client_secret=client_secret, scopes=tuple(scopes)
        )
        self._granted_last: tuple[Held, Grant] | None = None
        self._renewal = Renewal(
            self._fetch,
            tokens=_known(access_token, refresh_token, expires_at),
            on_tokens=on_tokens,
            leeway=leeway,
        )

    def __repr__(self) -> str:
        return "OAuth2(***)"

    def set_credentials(
        self,
        *,
        refresh_token: str | None = None,
        access_token: str | None = None,
        expires_at: float | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
    ) -> None:
        """Go on with other credentials, for example after somebody has logged in again.

        Calls that are waiting for a token go on with these; a refusal of the old ones is
        forgotten.

        Args:
            refresh_token: Buys tokens from now on; without it the client secret does.
            access_token: One that is known already.
            expires_at: Unix seconds when that one ends.
            client_id: Who the app is; as before when not given.
            client_secret: Its secret; as before when not given.
        """
        before = self._credentials
        self._credentials = msgspec.structs.replace(
            before,
            client_id=client_id or before.client_id,
            client_secret=client_secret or before.client_secret,
        )
        self._renewal.replace(_known(access_token, refresh_token, expires_at))

    def grant(self, tools: AuthTools) -> Steps[Grant]:
        """Give the access token, a new one if there is none or it is about to end."""
        return self._granted((yield from self._renewal.current(tools)))

    def renew(self, spent: Grant, tools: AuthTools) -> Steps[Grant | None]:
        """Give a newer token than the one that was refused; fetch it unless somebody has."""
        return self._granted((yield from self._renewal.after(spent.generation, tools)))

    def _granted(self, held: Held) -> Grant:
        known = self._granted_last
        if known is None or known[0] is not held:
            known = self._granted_last = (held, self._made(held))
        return known[1]

    def _made(self, held: Held) -> Grant:
        secret = self._credentials.client_secret
        return Grant(
            headers={"Authorization": f"Bearer {held.tokens.access_token}"},
            secrets=(*held.tokens.secrets, *([secret] if secret else [])),
            generation=held.generation,
        )

    def _fetch(self, before: Tokens | None, tools: AuthTools) -> Steps[Tokens]:
        credentials = self._credentials
        refresh_token = before.refresh_token if before is not None else None
        request = self._request(credentials, refresh_token, tools)
        answer = yield from tools.send(request)
        tokens = None
        if answer.status < 300:
            body = read_object(answer.body)
            tokens = read_tokens(body, answer=answer, now=tools.now(), before=before)
            if tokens is None and "error" not in body:
                raise no_token(answer)
        if tokens is None:
            given = (credentials.client_secret, credentials.basic, refresh_token)
            secrets = [each for each in given if each]
            raise refused(answer, tools, secrets=secrets, refreshing=refresh_token is not None)
        return tokens

    def _request(
        self, credentials: _Credentials, refresh_token: str | None, tools: AuthTools
    ) -> httpx2.Request:
        form = {**self._params, "grant_type": "client_credentials"}
        if refresh_token is not None:
            form |= {"grant_type": "refresh_token", "refresh_token": refresh_token}
        if credentials.scopes:
            form["scope"] = " ".join(credentials.scopes)
        headers = {"Accept": "application/json"}
        if self._in_header:
            headers["Authorization"] = f"Basic {credentials.basic}"
        else:
            form["client_id"] = credentials.client_id
            if credentials.client_secret is not None:
                form["client_secret"] = credentials.client_secret
        return tools.build("POST", self._url, headers=headers, data=form)


def _known(
    access_token: str | None, refresh_token: str | None, expires_at: float | None
) -> Tokens | None:
    if access_token is None and refresh_token is None:
        return None
    return Tokens(
        access_token=access_token or "", refresh_token=refresh_token, expires_at=expires_at
    )
