"""Settings of ``failwell serve``: read from flags, environment and file.

A flag beats the environment, the environment beats the file, the file beats the default.
"""

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from failwell.cli.declared_settings import OUTBOUND_ALLOW, SETTINGS, WINDOW_SECONDS
from failwell.cli.setting import Setting
from failwell.cli.terminal import UsageError
from failwell.core.nearest import nearest

__all__ = ["Settings", "read_settings"]

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)

_EVERYBODYS: Mapping[str, Setting[Any]] = {
    "window_seconds": WINDOW_SECONDS,
    "outbound_allow": OUTBOUND_ALLOW,
}

_BY_NAME: Mapping[str, Setting[Any]] = {setting.name: setting for setting in SETTINGS}
_BY_VARIABLE: Mapping[str, str] = {setting.variable: setting.name for setting in SETTINGS}

# Kubernetes gives every container these variables when a service is called "failwell".
_NOT_OURS = re.compile(r"FAILWELL_(SERVICE_(HOST|PORT\w*)|PORT(_\d+_\w+)?)")


class Settings:
    """The chosen values. Asked with a `Setting`, so that each has its type.

    Examples:
        >>> read_settings(["window_seconds=5"], environment={})[WINDOW_SECONDS]
        5
    """

    def __init__(self, chosen: Mapping[str, tuple[Any, str]]) -> None:
        self._chosen = chosen

    def __getitem__(self, setting: Setting[T]) -> T:
        value: T = self._chosen.get(setting.name, (setting.default, ""))[0]
        return value

    def of_api(self, api: str, kind: type[S]) -> S:
        """Fill the settings of an API: its own ones, and those it shares with others.

        Args:
            api: Its name.
            kind: Its struct of settings; fields nobody can choose keep their defaults.
        """
        fields = (field.name for field in msgspec.structs.fields(kind))
        known = {name: _BY_NAME.get(f"{api}.{name}", _EVERYBODYS.get(name)) for name in fields}
        return kind(**{name: self[each] for name, each in known.items() if each is not None})

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
        found = "something else" if setting.secret else repr(text)
        raise UsageError(f"{source}: expected {setting.expects}, found {found}") from None
