"""The catalogue: what a contract file declares, as frozen values.

The reader fills these from a contract file; the encoder, decoder, documents and checks
only read them.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from failwell.core.fault import Severity

__all__ = ["Answer", "Api", "Auth", "Choice", "ErrorCode", "Retry", "Texts", "ViolationCode"]

Retry = Literal["never", "backoff", "after", "after_login"]
"""Retry class of a code (AIP-194)."""

Texts = tuple[str, ...]
"""Alternative wordings; the richest one whose placeholders are all given is used."""

_NOTHING: Mapping[str, Any] = {}


class Api(msgspec.Struct, frozen=True, kw_only=True):
    """Whose errors these are."""

    name: str
    """Name as its vendor writes it."""

    base: str | None = None
    """Base URL."""

    docs: str | None = None
    """Root of the reference."""

    status: str | None = None
    """Address of the status page."""

    support: str | None = None
    """Where to write for help."""


class Auth(msgspec.Struct, frozen=True, kw_only=True):
    """Where the credential goes and how the API asks for one."""

    where: Literal["header", "query", "cookie"]
    """Part of the request (`in` in the file)."""

    name: str
    """Name of the header, parameter or cookie."""

    scheme: str | None = None
    """Authentication scheme in front of the credential."""

    format: str | None = None
    """Regular expression of a well-formed credential."""

    challenge: str | None = None
    """Value of ``WWW-Authenticate`` on a 401."""

    alternative: str | None = None
    """Another accepted method (`or` in the file)."""


class ViolationCode(msgspec.Struct, frozen=True, kw_only=True):
    """One word of the API for a broken rule of one input."""

    code: str
    """The word on the wire."""

    keywords: tuple[str, ...] = ()
    """JSON Schema keywords it stands for (`for` in the file)."""

    says: str | None = None
    """What it means, for people."""

    messages: Mapping[str, Texts] = _NOTHING
    """Keyword -> wordings of the item's sentence; ``default`` for the other keywords."""

    params: Mapping[str, str] = _NOTHING
    """Own name -> schema keyword or ``value``."""

    @property
    def message(self) -> Texts:
        """Wordings for a keyword without its own."""
        return self.messages.get("default", ())


class ErrorCode(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of failure, declared once."""

    code: str
    """Key in the catalogue."""

    status: tuple[int | str, ...]
    """Statuses it is sent with: numbers, or classes such as ``4XX``."""

    name: str | None = None
    """Class and page name where the code itself is no word."""

    match: Mapping[str, Any] = _NOTHING
    """Other slot values that identify it."""

    message: Texts = ()
    """Wordings of its sentence."""

    detail: Texts = ()
    """Wordings of its second sentence."""

    title: str | None = None
    """Title (RFC 9457)."""

    details: Any = None
    """Template of its details, as written."""

    field: str | None = None
    """The input it always speaks of, as dotted text."""

    params: Mapping[str, str] = _NOTHING
    """Own name -> canonical name."""

    values: Mapping[str, tuple[Any, ...]] = _NOTHING
    """Allowed values of params."""

    headers: Mapping[str, str] = _NOTHING
    """Header templates of this code."""

    retry: Retry = "never"
    """What a caller may hope for."""

    severity: Severity | None = None
    """How much an operator should care."""

    says: str | None = None
    """One sentence of what it means."""

    causes: tuple[str, ...] = ()
    """Why it happens."""

    fix: tuple[str, ...] = ()
    """What to do about it."""

    user: Mapping[str, str] = _NOTHING
    """Language -> text to show a person."""

    see: str | None = None
    """Address of a longer text."""

    examples: tuple[Mapping[str, Any], ...] = ()
    """Values that render its bodies for people; the first is the golden one (`example`)."""

    since: str | None = None
    """Version that brought it."""

    deprecated: str | None = None
    """Version that discouraged it."""

    removed: str | None = None
    """Version that dropped it."""

    @property
    def example(self) -> Mapping[str, Any]:
        """Values that render its golden body."""
        return self.examples[0] if self.examples else _NOTHING

    @property
    def wire_status(self) -> int:
        """The status it is sent with; ``4XX`` counts as 400 (RFC 9110, 15)."""
        first = self.status[0]
        return first if isinstance(first, int) else int(first[0]) * 100


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The code a contract gives to a situation, with fixed values."""

    code: str
    """Key in the catalogue."""

    values: Mapping[str, Any] = _NOTHING
    """Fixed values (`with` in the file): message and detail as `Texts`, field, violations and
    params as written."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that depends on a canonical parameter."""

    by: str
    """The parameter, possibly dotted (``violations.0.code``)."""

    arms: Mapping[str, "Answer | Choice"]
    """Value -> answer."""

    default: "Answer | Choice | None" = None
    """When no arm fits."""
