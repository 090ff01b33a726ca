"""Settings of ``failwell serve``: declared once, read from flags, environment and file.

A flag beats the environment, the environment beats the file, the file beats the default.
"""

import ipaddress
import math
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import msgspec

from failwell.cli.terminal import UsageError
from failwell.core.nearest import nearest

__all__ = [
    "BODY_TIMEOUT",
    "CONNIX_ACCESS_TOKEN_SECONDS",
    "CONNIX_DEADLINE",
    "CONNIX_MODEL_URL",
    "CONNIX_PER_HOUR",
    "CONNIX_PER_MINUTE",
    "MAX_BODY",
    "OUTBOUND_ALLOW",
    "SETTINGS",
    "WINDOW_SECONDS",
    "Setting",
    "Settings",
    "read_settings",
]

T = TypeVar("T")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_YEAR = 31_536_000


class Setting(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One thing an operator may choose."""

    name: str
    """Its name; a dot comes after the API it belongs to."""

    default: T
    """The value when nobody chooses."""

    unit: str
    """What the value counts; empty for texts."""

    meaning: str
    """One line for the operator."""

    expects: str
    """What a valid value looks like."""

    parse: Callable[[str], T]
    """Turns the text of a flag into the value; raises ValueError."""

    def format(self, value: T) -> str | None:
        """Write a value the way `parse` reads it; ``None`` when there is none."""
        if isinstance(value, tuple):
            return ",".join(map(str, value)) or None
        if isinstance(value, float):
            return f"{value:g}"
        return None if value is None else str(value)

    @property
    def variable(self) -> str:
        """The environment variable of this setting."""
        return "FAILWELL_" + self.name.upper().replace(".", "__")


def _whole(name: str, default: int, meaning: str, *, unit: str, most: int) -> Setting[int]:
    def parse(text: str) -> int:
        value = int(text)
        if not 1 <= value <= most:
            raise ValueError(text)
        return value

    return Setting(
        name=name,
        default=default,
        unit=unit,
        meaning=meaning,
        expects=f"a whole number from 1 to {most}",
        parse=parse,
    )


def _seconds(name: str, default: float, meaning: str) -> Setting[float]:
    def parse(text: str) -> float:
        value = float(text)
        if not math.isfinite(value) or not 0 < value <= _YEAR:
            raise ValueError(text)
        return value

    return Setting(
        name=name,
        default=default,
        unit="seconds",
        meaning=meaning,
        expects=f"a number of seconds above 0, at most {_YEAR}",
        parse=parse,
    )


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", text):
        raise ValueError(text)
    _ = parts.port  # raises ValueError on a port that is no number
    return text


MAX_BODY = _whole(
    "max_body", 1_048_576, "Largest request body that is read.", unit="bytes", most=2**30
)
BODY_TIMEOUT = _seconds("body_timeout", 30.0, "How long a request body may take to arrive.")
WINDOW_SECONDS = _whole(
    "window_seconds",
    60,
    'Length of the short quota window (the "minute"); tests shorten it.',
    unit="seconds",
    most=_YEAR,
)
OUTBOUND_ALLOW: Setting[tuple[Network, ...]] = Setting(
    name="outbound.allow",
    default=(),
    unit="CIDR,...",
    meaning="Private networks that outbound calls may reach.",
    expects="networks with commas between them, such as 10.0.0.0/8,fd00::/8",
    parse=_networks,
)
CONNIX_PER_MINUTE = _whole(
    "connix.per_minute",
    100,
    "Requests per short window and credential on the free plan.",
    unit="requests",
    most=10**9,
)
CONNIX_PER_HOUR = _whole(
    "connix.per_hour",
    1000,
    "Requests per hour and credential on the free plan.",
    unit="requests",
    most=10**9,
)
CONNIX_MODEL_URL: Setting[str | None] = Setting(
    name="connix.model_url",
    default=None,
    unit="",
    meaning="Model that invoked agents call; a bundled local one when not set.",
    expects="an http or https URL",
    parse=_url,
)
CONNIX_DEADLINE = _seconds("connix.deadline", 10.0, "How long the model may take to answer.")
CONNIX_ACCESS_TOKEN_SECONDS = _whole(
    "connix.access_token_seconds",
    3600,
    "Lifetime of an OAuth access token.",
    unit="seconds",
    most=_YEAR,
)

SETTINGS: tuple[Setting[Any], ...] = (
    MAX_BODY,
    BODY_TIMEOUT,
    WINDOW_SECONDS,
    OUTBOUND_ALLOW,
    CONNIX_PER_MINUTE,
    CONNIX_PER_HOUR,
    CONNIX_MODEL_URL,
    CONNIX_DEADLINE,
    CONNIX_ACCESS_TOKEN_SECONDS,
)
"""Every setting there is, in the order they are listed."""

_BY_NAME: Mapping[str, Setting[Any]] = {setting.name: setting for setting in SETTINGS}
_BY_VARIABLE: Mapping[str, str] = {setting.variable: setting.name for setting in SETTINGS}

# Kubernetes gives every container these variables when a service is called "failwell".
_NOT_OURS = re.compile(r"FAILWELL_(SERVICE_(HOST|PORT\w*)|PORT(_\d+_\w+)?)")


class Settings:
    """The chosen values. Asked with a `Setting`, so that each has its type.

    Examples:
        >>> read_settings(["max_body=2048"], environment={})[MAX_BODY]
        2048
    """

    def __init__(self, chosen: Mapping[str, tuple[Any, str]]) -> None:
        self._chosen = chosen

    def __getitem__(self, setting: Setting[T]) -> T:
        value: T = self._chosen.get(setting.name, (setting.default, ""))[0]
        return value

    def source(self, setting: Setting[Any]) -> str:
        """Say where a value was chosen."""
        return self._chosen.get(setting.name, (None, "default"))[1]


def read_settings(
    flags: Iterable[str] = (),
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Read every source of settings.

    Args:
        flags: Texts ``NAME=VALUE`` in the order they were given; the last one wins.
        file: A TOML file with a table ``[settings]``.
        environment: ``FAILWELL_NAME`` with dots as ``__``; the process's own by default.

    Raises:
        UsageError: A name is unknown or a value is not valid; the text names the source.
    """
    environment = os.environ if environment is None else environment
    chosen: dict[str, tuple[Any, str]] = {}
    sources = (_from_file(file), _from_environment(environment), _from_flags(flags))
    for name, text, source in (choice for choices in sources for choice in choices):
        chosen[name] = (_value(name, text, source), source)
    return Settings(chosen)


Choices = Iterator[tuple[str, str, str]]


def _from_flags(flags: Iterable[str]) -> Choices:
    for flag in flags:
        name, equals, text = flag.partition("=")
        if not equals:
            raise UsageError(f"--set {flag}: expected NAME=VALUE, such as max_body=2097152")
        yield name.strip(), text.strip(), f"--set {name.strip()}"


def _from_environment(environment: Mapping[str, str]) -> Choices:
    for variable in sorted(environment):
        if not variable.startswith("FAILWELL_") or _NOT_OURS.fullmatch(variable):
            continue
        if variable not in _BY_VARIABLE:
            near = nearest(variable, list(_BY_VARIABLE))
            raise UsageError(f"environment {variable}: no such setting{near}")
        yield _BY_VARIABLE[variable], environment[variable], f"environment {variable}"


def _from_file(file: Path | None) -> Choices:
    if file is None:
        return
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"--config {file}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"--config {file}: not valid TOML: {error}") from error
    for table in document:
        if table != "settings":
            near = nearest(table, ["settings"])
            raise UsageError(f"--config {file}: unknown table or key {table!r}{near}")
    settings = document.get("settings", {})
    if not isinstance(settings, dict):
        raise UsageError(f"--config {file}: settings: expected a table [settings]")
    for name, value in _flatten(settings):
        yield name, _text(value), f"{file} [settings] {name}"


def _flatten(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _value(name: str, text: str, source: str) -> Any:
    setting = _BY_NAME.get(name)
    if setting is None:
        near = nearest(name.lower(), list(_BY_NAME))
        raise UsageError(f"{source}: no such setting{near} (failwell serve --settings lists them)")
    try:
        return setting.parse(text)
    except ValueError:
        raise UsageError(f"{source}: expected {setting.expects}, found {text!r}") from None
