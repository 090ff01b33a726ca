"""What a client is asked to do, and the process that asks it: only the standard library."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

__all__ = ["ALL_BODIES", "JSON_BODY", "ONE_SHOT", "Ask"]

JSON_BODY: Mapping[str, object] = {"amount": 1200, "currency": "eur"}
"""What a call with a body of JSON sends."""

ONE_SHOT = (b"the first part, ", b"the second part, ", b"the last part")
"""What a call sends whose body can be read once."""

ALL_BODIES = ("", "json", "one_shot")
"""The kinds of body: none, JSON, and a generator."""


@dataclass(frozen=True)
class Ask:
    """One call."""

    method: str
    origin: str
    body: str = ""
    contract: str | None = None
    """The contract by which a 200 is an error; only ours can make use of it."""

    @property
    def url(self) -> str:
        """Where it goes."""
        return self.origin + self.path

    @property
    def path(self) -> str:
        """Its path."""
        return "/v1/things"

    @property
    def json(self) -> Mapping[str, object] | None:
        """The body, where it is JSON."""
        return JSON_BODY if self.body == "json" else None

    @property
    def content(self) -> Iterator[bytes] | None:
        """The body, where it can be read once."""
        return (part for part in ONE_SHOT) if self.body == "one_shot" else None
