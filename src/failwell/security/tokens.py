"""Signed tokens: JWTs whose truth needs no look-up, and whose end is in themselves."""

import secrets
from collections.abc import Mapping
from typing import Any, Literal

import jwt
import msgspec

from failwell.core.clock import Clock, SystemClock, moment
from failwell.core.exceptions import AuthenticationError
from failwell.core.situation import Situation

__all__ = ["SignedToken", "SignedTokens", "TokenError"]


class TokenError(Exception):
    """A token that opens nothing.

    Args:
        reason: ``malformed`` (no JWT), ``forged`` (not signed by us, or for somebody else)
            or ``expired`` (ours, and over).
        expired_at: For ``expired``, when that was, in Unix seconds.
    """

    def __init__(
        self,
        reason: Literal["malformed", "forged", "expired"],
        *,
        expired_at: float | None = None,
    ) -> None:
        self.reason = reason
        self.expired_at = expired_at
        super().__init__(f"the token is {reason}")


class SignedToken(msgspec.Struct, frozen=True, kw_only=True):
    """The checked content of a token. Moments are Unix seconds."""

    id: str
    """Its ``jti``, for revocation lists."""

    subject: str
    """Its ``sub``: who it speaks for."""

    issued_at: float
    """When it was made."""

    expires_at: float
    """When it ends."""

    claims: Mapping[str, Any]
    """What else its maker put in."""


class SignedTokens:
    """Makes and checks tokens of one issuer, signed with HS256.

    Args:
        key: 32 random bytes, from `failwell.security.keys.load_signing_key`.
        issuer: The name of the API; tokens of another one are forged here.
        clock: Where the time comes from.
    """

    def __init__(self, key: bytes, *, issuer: str, clock: Clock | None = None) -> None:
        self._key = key
        self._issuer = issuer
        self._clock = clock or SystemClock()

    def issue(
        self,
        subject: str,
        *,
        lifetime: float,
        claims: Mapping[str, Any] | None = None,
        token_id: str | None = None,
    ) -> str:
        """Make a token.

        Args:
            subject: Who it speaks for.
            lifetime: Seconds until it ends.
            claims: What else it says; readable for everybody.
            token_id: Its name; random by default.
        """
        now = self._clock.now()
        content = dict(claims or {})
        content |= {
            "iss": self._issuer,
            "sub": subject,
            "jti": token_id or secrets.token_hex(16),
            "iat": round(now, 3),
            "exp": round(now + lifetime, 3),
        }
        return jwt.encode(content, self._key, algorithm="HS256")

    def read(self, token: str) -> SignedToken:
        """Check a token and return its content.

        Raises:
            TokenError: It is malformed, forged or expired; never expired before it is
                known to be ours.
        """
        content = self._decode(token)
        expires_at = float(content["exp"])
        if self._clock.now() >= expires_at:
            raise TokenError("expired", expired_at=expires_at)
        rest = {name: value for name, value in content.items() if name not in _OWN_CLAIMS}
        return SignedToken(
            id=content["jti"],
            subject=content["sub"],
            issued_at=float(content["iat"]),
            expires_at=expires_at,
            claims=rest,
        )

    def admit(self, token: str) -> None:
        """Let a token pass that is ours and not over.

        Raises:
            AuthenticationError: It is not; ``expired_credentials`` only for one of ours.
        """
        try:
            self.read(token)
        except TokenError as error:
            if error.expired_at is None:
                raise AuthenticationError(
                    situation=Situation.BAD_CREDENTIALS, reason=error.reason, field="Authorization"
                ) from error
            raise AuthenticationError(
                situation=Situation.EXPIRED_CREDENTIALS,
                kind="access_token",
                expired_at=moment(error.expired_at),
            ) from error

    def _decode(self, token: str) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                self._key,
                algorithms=["HS256"],
                issuer=self._issuer,
                # Time is read from the injected clock, in `read`.
                options={
                    "require": list(_OWN_CLAIMS),
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except jwt.InvalidSignatureError as error:
            raise TokenError("forged") from error
        except (jwt.DecodeError, UnicodeError) as error:
            raise TokenError("malformed") from error
        except jwt.InvalidTokenError as error:
            raise TokenError("forged") from error


_OWN_CLAIMS = ("iss", "sub", "jti", "iat", "exp")
