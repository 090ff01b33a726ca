"""IXON's log-in: e-mail address, password and one-time password become an access token."""

import base64
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import msgspec

from failwell.client.auth.one_time_password import OneTimePasswords
from failwell.client.auth.protocol import AuthTools, Grant
from failwell.client.auth.renewal import Held, Renewal
from failwell.client.auth.token_endpoint import no_token, refused
from failwell.client.auth.tokens import Tokens, read_object, read_tokens
from failwell.client.steps import Answer, Steps

__all__ = ["IxonLogin"]


class _Credentials(msgspec.Struct, frozen=True):
    email: str
    password: str
    otp: OneTimePasswords

    def __repr__(self) -> str:
        return "_Credentials(***)"

    def basic(self, code: str) -> str:
        return base64.b64encode(f"{self.email}:{code}:{self.password}".encode()).decode()


class IxonLogin:
    """Logs in to IXON, and again whenever its token has run out or was revoked.

    Every call gets the fields that IXON wants beside the token: ``Api-Version``,
    ``Api-Application`` and, where a company is given, ``Api-Company``.

    Args:
        email: Who logs in.
        password: The password.
        application: The application's id, 12 characters.
        company: The company's id; needed for everything that belongs to one.
        otp: For a person with a second factor: the secret of the authenticator app, or a
            function that gives the code of the moment, plain or a coroutine function. With the
            secret no code is used twice; a log-in waits for the next one, up to half a minute.
        lifetime: Seconds a token shall be good, from 60 to 5,184,000.
        device: A UUID of this device, to be trusted from the first log-in with a code on.
        device_name: What the device is called; with it the device becomes trusted.
        url: Where to log in; a relative address is one of the client's base URL.
        leeway: Seconds before its end from which a token is renewed; at most a quarter of
            its life.
    """

    def __init__(
        self,
        email: str,
        password: str,
        *,
        application: str,
        company: str | None = None,
        otp: str | Callable[[], str | Awaitable[str]] | None = None,
        lifetime: int = 3600,
        device: str | None = None,
        device_name: str | None = None,
        url: str = "access-tokens",
        leeway: float = 30.0,
    ) -> None:
        self._credentials = _Credentials(email, password, OneTimePasswords(otp))
        self._fields = {"Api-Version": "2", "Api-Application": application}
        self._company = {} if company is None else {"Api-Company": company}
        self._device = {} if device is None else {"Api-Device-Identifier": device}
        self._body: dict[str, Any] = {"expiresIn": lifetime}
        if device_name is not None:
            self._body["trustedDeviceName"] = device_name
        self._url = url
        self._renewal = Renewal(self._fetch, leeway=leeway)

    def __repr__(self) -> str:
        return "IxonLogin(***)"

    def set_credentials(
        self,
        *,
        email: str | None = None,
        password: str | None = None,
        otp: str | Callable[[], str | Awaitable[str]] | None = None,
    ) -> None:
        """Go on as somebody else, or with a new password; what is not given stays."""
        before = self._credentials
        codes = before.otp if otp is None else OneTimePasswords(otp)
        self._credentials = _Credentials(email or before.email, password or before.password, codes)
        self._renewal.replace(None)

    def grant(self, tools: AuthTools) -> Steps[Grant]:
        """Give the token; log in if there is none or it is about to end."""
        return self._granted((yield from self._renewal.current(tools)))

    def renew(self, spent: Grant, tools: AuthTools) -> Steps[Grant | None]:
        """Give a newer token than the one that was refused; log in unless somebody has."""
        return self._granted((yield from self._renewal.after(spent.generation, tools)))

    def _granted(self, held: Held) -> Grant:
        authorization = {"Authorization": f"Bearer {held.tokens.access_token}"}
        return Grant(
            headers={**self._fields, **self._company, **authorization},
            secrets=(*held.tokens.secrets, self._credentials.password),
            generation=held.generation,
        )

    def _fetch(self, before: Tokens | None, tools: AuthTools) -> Steps[Tokens]:
        credentials = self._credentials
        code = yield from credentials.otp.next(tools)
        answer = yield from tools.send(self._request(credentials.basic(code), tools))
        if answer.status == 401 and credentials.otp.may_help(answer):
            code = yield from credentials.otp.next(tools)
            answer = yield from tools.send(self._request(credentials.basic(code), tools))
        if answer.status >= 300:
            secrets = [credentials.password, credentials.basic(code), code]
            raise refused(answer, tools, secrets=secrets)
        return self._read(answer, tools)

    def _request(self, basic: str, tools: AuthTools) -> httpx2.Request:
        headers = {**self._fields, **self._device, "Authorization": f"Basic {basic}"}
        params = {"fields": "secretId,expiresOn"}
        return tools.build("POST", self._url, headers=headers, json=self._body, params=params)

    def _read(self, answer: Answer, tools: AuthTools) -> Tokens:
        data = read_object(answer.body).get("data")
        made = data if isinstance(data, dict) else {}
        known = {"access_token": made.get("secretId"), "expires_at": made.get("expiresOn")}
        lifetime = self._body["expiresIn"]
        tokens = read_tokens(known, answer=answer, now=tools.now(), lifetime=lifetime)
        if tokens is None:
            raise no_token(answer)
        return tokens
