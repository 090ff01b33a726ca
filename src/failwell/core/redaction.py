"""Redaction by allow-list: what may leave the process in logs, records and pages.

A deny-list forgets the header that is invented tomorrow. Here nothing leaves unless it is
named: of everything else only the shape is shown, and the value is ``***``.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote_plus, urlsplit

import msgspec

from failwell.core.known_secrets import MASK, without_secrets
from failwell.core.safe_address import path_template, safe_url

__all__ = [
    "HIDDEN",
    "RedactionPolicy",
    "log_text",
    "path_template",
    "safe_url",
    "without_secrets",
]

HIDDEN = MASK
"""What stands in the place of a value."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HEADERS = _names(
    "accept accept-encoding accept-language accept-patch accept-post age allow cache-control "
    "connection content-encoding content-language content-length content-type date deprecation "
    "expect host keep-alive max-forwards ratelimit ratelimit-limit ratelimit-policy "
    "ratelimit-remaining ratelimit-reset retry-after server sunset te traceparent trailer "
    "transfer-encoding upgrade user-agent vary www-authenticate x-content-type-options "
    "x-ratelimit-limit x-ratelimit-remaining x-ratelimit-reset x-request-id"
)
_QUERY = _names("direction limit offset order page page_size per_page size sort status type")
# No "code": it is an error code in one body and an authorization code in the next.
_MEMBERS = _names(
    "column expected field limit line max maximum method min minimum page position reason "
    "remaining request_id reset resource_type retry_after situation status timestamp type window"
)
# A name that is long, odd or full of digits may itself be a secret.
_PLAIN_NAME = re.compile(r"(?!(?:[^0-9]*[0-9]){4})[A-Za-z_][A-Za-z0-9_.\[\]-]{0,39}")
_SEPARATORS = re.compile(r"[&;]")
_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LARGEST_INTEGER = 2**64
_CUT = "…"


def log_text(text: str, *, longest: int = 200) -> str:
    """Make text harmless for a log line or a terminal.

    Line ends, control characters, ANSI escapes, characters that turn the direction of
    writing, invisible ones and halves of surrogate pairs are written as escapes, so one
    text is one line and looks like what it is.

    Args:
        text: Text from anywhere.
        longest: Characters of the result, a mark for what was cut included.

    Examples:
        >>> log_text("x\\r\\nERROR forged \\x1b[31m")
        'x\\\\r\\\\nERROR forged \\\\x1b[31m'
    """
    if len(text) <= longest and text.isprintable():
        return text
    pieces: list[str] = []
    room = longest
    for character in text[: longest + 1]:
        piece = character if character.isprintable() else _escaped(character)
        room -= len(piece)
        pieces.append(piece)
    if room >= 0:
        return "".join(pieces)
    return _cut(pieces, longest)


def _cut(pieces: list[str], longest: int) -> str:
    room = longest - len(_CUT)
    kept: list[str] = []
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept) + _CUT


def _escaped(character: str) -> str:
    short = _SHORT_ESCAPES.get(character)
    if short is not None:
        return short
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


class RedactionPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Which values may be shown, by the name they stand under. All others are hidden."""

    headers: frozenset[str] = _HEADERS
    """Header fields, in lower case."""

    query: frozenset[str] = _QUERY
    """Parameters of a query."""

    members: frozenset[str] = _MEMBERS
    """Members of JSON objects and params of faults whose single values may be shown."""

    longest: int = 200
    """Characters of one value."""

    most: int = 100
    """Header fields, parameters or values of one body that are shown at all."""

    deepest: int = 8
    """Levels of a body that are shown."""

    def __post_init__(self) -> None:
        lowered = frozenset(name.lower() for name in self.headers)
        msgspec.structs.force_setattr(self, "headers", lowered)

    def allowing(
        self,
        *,
        headers: Iterable[str] = (),
        query: Iterable[str] = (),
        members: Iterable[str] = (),
    ) -> "RedactionPolicy":
        """Make a policy that shows these names too."""
        return msgspec.structs.replace(
            self,
            headers=self.headers.union(headers),
            query=self.query.union(query),
            members=self.members.union(members),
        )

    def redact_headers(
        self, headers: Iterable[tuple[str | bytes, str | bytes]]
    ) -> tuple[tuple[str, str], ...]:
        """Redact header fields, given as text or as the bytes of ASGI."""
        shown: list[tuple[str, str]] = []
        for raw_name, raw_value in headers:
            if len(shown) == self.most:
                break
            name, value = _text(raw_name), _text(raw_value)
            allowed = name.lower() in self.headers
            shown.append((_name(name), self._value(value) if allowed else HIDDEN))
        return tuple(shown)

    def redact_query(self, query: str | bytes) -> str:
        """Redact a query, without its ``?``: plain names stay, values only where allowed."""
        text = _text(query)
        if not text:
            return ""
        parts = _SEPARATORS.split(text, self.most)
        shown = "&".join(map(self._parameter, parts[: self.most]))
        return f"{shown}&{_CUT}" if len(parts) > self.most else shown

    def _parameter(self, part: str) -> str:
        raw_name, equals, value = part.partition("=")
        # Without "=" there is no name: it may be a bare token.
        if not equals:
            return HIDDEN if part else ""
        name = unquote_plus(raw_name[:200])
        return f"{_name(name)}={self._value(value) if name in self.query else HIDDEN}"

    def redact_url(self, url: str) -> str:
        """Redact a URL: scheme, host and the query as `redact_query`.

        User, password and fragment go, and so does the path: in the addresses that users
        give, it is often the secret.
        """
        try:
            parts = urlsplit(url)
            host = parts.netloc.rpartition("@")[2]
        except ValueError:
            return HIDDEN
        start = f"{parts.scheme}://{host}" if host else ""
        path = f"/{HIDDEN}" if parts.path.strip("/") else parts.path[:1]
        query = f"?{self.redact_query(parts.query)}" if parts.query else ""
        return self._value(start) + path + query

    def redact_params(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Redact the params of a fault or any flat mapping: as a JSON object."""
        shown: dict[str, Any] = self.redact_body(dict(params))
        return shown

    def redact_body(self, body: Any) -> Any:
        """Redact a JSON value: its shape stays, and single values under allowed names.

        The result is a new value of bounded size. A value in a list stands under no name.
        """
        return self._shape(body, False, self.deepest, [self.most])

    def _shape(self, value: Any, allowed: bool, levels: int, room: list[int]) -> Any:
        room[0] -= 1
        if isinstance(value, dict | list | tuple) and levels == 0:
            return HIDDEN
        if isinstance(value, dict):
            return self._object(value, levels - 1, room)
        if isinstance(value, list | tuple):
            return self._array(value, levels - 1, room)
        return self._scalar(value) if allowed else HIDDEN

    def _object(self, members: dict[Any, Any], levels: int, room: list[int]) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for name, value in members.items():
            if room[0] <= 0:
                shown[_CUT] = HIDDEN
                break
            plain = _name(name) if isinstance(name, str) else HIDDEN
            shown[plain] = self._shape(value, name in self.members, levels, room)
        return shown

    def _array(self, items: Iterable[Any], levels: int, room: list[int]) -> list[Any]:
        shown: list[Any] = []
        for item in items:
            if room[0] <= 0:
                shown.append(_CUT)
                break
            shown.append(self._shape(item, False, levels, room))
        return shown

    def _scalar(self, value: Any) -> Any:
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, int):
            return value if abs(value) < _LARGEST_INTEGER else HIDDEN
        return self._value(value) if isinstance(value, str) else HIDDEN

    def _value(self, text: str) -> str:
        return log_text(text, longest=self.longest)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _name(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else HIDDEN
