"""Tokens: what a log-in gives, and what is read of it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from failwell.client.steps import Answer
from failwell.core.header_fields import LONGEST_WAIT, parse_http_date

__all__ = ["Tokens", "clock_skew", "read_object", "read_tokens"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NUMBER = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,20})?")
_SENDABLE = re.compile(r"[\x21-\x7e]+")


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What a log-in gave. Its text shows none of it; its fields are for a safe place."""

    access_token: str
    """Opens the API for a while."""

    refresh_token: str | None = None
    """Buys the next tokens; often good only once."""

    expires_at: float | None = None
    """Unix seconds, by our own clock, when the access token ends; ``None`` when nobody said."""

    scopes: tuple[str, ...] = ()
    """What the access token may do, as far as that was said."""

    def __repr__(self) -> str:
        return f"Tokens(expires_at={self.expires_at!r}, scopes={self.scopes!r})"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that must not leave."""
        return tuple(each for each in (self.access_token, self.refresh_token) if each)


def read_object(body: bytes) -> Mapping[str, Any]:
    """Read a JSON object; empty for everything else. Never raises."""
    try:
        value = msgspec.json.decode(body.removeprefix(_BYTE_ORDER_MARK))
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return {}
    return value if isinstance(value, dict) else {}


def read_tokens(
    body: Mapping[str, Any],
    *,
    answer: Answer,
    now: float,
    before: Tokens | None = None,
    lifetime: float | None = None,
) -> Tokens | None:
    """Read the answer of a token endpoint (RFC 6749, 5.1); ``None`` if there is no token in it.

    What the answer leaves out stays as it was: the refresh token (RFC 6749, 6) and the scopes.
    A lifetime nobody can read counts as left out.

    Args:
        body: The answer's object.
        answer: The whole answer, for its moment and its ``Date``.
        now: Unix seconds, for an answer without a moment.
        before: The tokens that it replaces.
        lifetime: Seconds the tokens are good if the answer does not say.
    """
    access_token = body.get("access_token")
    if not isinstance(access_token, str) or not _SENDABLE.fullmatch(access_token):
        return None
    refresh_token = body.get("refresh_token")
    kept = Tokens(access_token="") if before is None else before
    return Tokens(
        access_token=access_token,
        refresh_token=(isinstance(refresh_token, str) and refresh_token) or kept.refresh_token,
        expires_at=_expiry(body, answer, answer.received or now, lifetime),
        scopes=_scopes(body.get("scope")) or kept.scopes,
    )


def _expiry(
    body: Mapping[str, Any], answer: Answer, received: float, lifetime: float | None
) -> float | None:
    lasts = _positive(body.get("expires_in"))
    if lasts is not None:
        return received + lasts
    moment = _moment(body.get("expires_at", body.get("expires_on")))
    if moment is not None:
        # It is a moment of the server's clock, and ours may differ.
        return moment - clock_skew(answer)
    return None if lifetime is None else received + lifetime


def _positive(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return None
    number = float(value) if isinstance(value, str) else value
    return float(min(number, LONGEST_WAIT)) if number > 0 else None


def _moment(value: Any) -> float | None:
    seconds = _positive(value)
    if seconds is not None or not isinstance(value, str):
        return seconds
    try:
        written = datetime.fromisoformat(value)
        return (written if written.tzinfo else written.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _scopes(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(value.split())
    return tuple(map(str, value)) if isinstance(value, list) else ()


def clock_skew(answer: Answer) -> float:
    """Tell how many seconds the server's clock is ahead of ours, by its ``Date``.

    0 without a readable ``Date``; it counts whole seconds, so one of them proves nothing.
    """
    dates = [value for name, value in answer.headers if name.lower() == "date"]
    date = parse_http_date(dates[0], now=answer.received) if dates else None
    skew = 0.0 if date is None or not answer.received else date - answer.received
    return skew if abs(skew) > 1 else 0.0
