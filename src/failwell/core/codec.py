"""Codecs: how one slot value is written in JSON or in a header field.

The list is closed (contract format 1). `decode` is strict and says what it expected;
`encode` is total, because an error about an error helps nobody.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime
from typing import Any
from urllib.parse import quote, unquote

import msgspec

__all__ = [
    "CODECS",
    "LAST_MOMENT",
    "Codec",
    "CodecError",
    "codec",
    "kind_of",
    "plain_text",
    "unix_seconds",
]

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_KINDS = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}


class CodecError(ValueError):
    """A wire value that the codec does not admit; the text says what was expected."""


class Codec(msgspec.Struct, frozen=True):
    """One way to write a value."""

    name: str
    """Name in the contract file."""

    decode: Callable[[Any], Any]
    """Wire value -> value; raises `CodecError`."""

    encode: Callable[[Any], Any]
    """Value -> wire value; total."""

    schema: Mapping[str, Any]
    """JSON Schema of the wire value."""

    direct: tuple[type, ...] = ()
    """Types that pass both ways unchanged."""

    items: tuple[type, ...] = ()
    """Of a list: the types of items that pass both ways unchanged."""


def kind_of(value: Any) -> str:
    """Name the JSON kind of a value: object, array, string, boolean, null or number."""
    return _KINDS.get(type(value), "number")


def _moment_text(moment: datetime) -> str:
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return f"{moment.replace(microsecond=0, tzinfo=None).isoformat()}Z"


def plain_text(value: Any) -> str:
    """Write any value as text for a sentence or a header field.

    Lists are joined with a comma, moments are RFC 3339 seconds with Z, whole floats lose
    their ``.0``.
    """
    if type(value) is str:
        return value
    if type(value) is int:
        return str(value)
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case datetime():
            return _moment_text(value)
        case float() if value.is_integer() and abs(value) < 2**53:
            return str(int(value))
        case list() | tuple() | set() | frozenset():
            return ", ".join(map(plain_text, value))
    try:
        return str(value)
    except Exception:
        return type(value).__name__


def _expect(kind: str) -> Callable[[Any], Any]:
    def decode(wire: Any) -> Any:
        if kind_of(wire) != kind:
            raise CodecError(f"a {kind}")
        return wire

    return decode


def _decode_int(wire: Any) -> int:
    if type(wire) is not int:
        raise CodecError("an integer")
    return wire


def _encode_int(value: Any) -> Any:
    try:
        return math.ceil(value)
    except (TypeError, ValueError, OverflowError):
        pass
    try:
        return int(str(value))
    except (TypeError, ValueError):
        return None


def _encode_number(value: Any) -> Any:
    try:
        number = value if isinstance(value, int | float) else float(str(value))
        return number if math.isfinite(number) else None
    except (ValueError, OverflowError):
        return None


def _encode_object(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else {}


def _encode_array(value: Any) -> Any:
    if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__iter__"):
        return [value]
    return list(value)


def _decode_intstr(wire: Any) -> int:
    if not isinstance(wire, str) or not re.fullmatch(r"0|-?[1-9][0-9]{0,18}", wire):
        raise CodecError("a string of digits")
    return int(wire)


def _rfc3339(text: Any) -> datetime:
    if not isinstance(text, str) or not re.fullmatch(
        r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", text
    ):
        raise CodecError("an RFC 3339 time with an offset")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise CodecError("an RFC 3339 time with an offset") from None


def unix_seconds(value: Any) -> float | int | None:
    """Read a moment, given as a datetime or as Unix seconds, as Unix seconds."""
    if isinstance(value, datetime):
        seconds = value.timestamp()
        return int(seconds) if seconds.is_integer() else seconds
    number = _encode_number(value)
    return number if number is None or isinstance(number, int) else float(number)


LAST_MOMENT: list[tuple[datetime | None, str]] = [(None, "")]
"""The moment written last, and its text: all faults of one second share one moment."""


def _encode_rfc3339(value: Any) -> Any:
    if isinstance(value, datetime):
        last, text = LAST_MOMENT[0]
        if value is not last:
            text = _moment_text(value)
            LAST_MOMENT[0] = (value, text)
        return text
    if isinstance(value, str):
        return value
    try:
        return _moment_text(datetime.fromtimestamp(float(value), UTC))
    except (TypeError, ValueError, OverflowError, OSError):
        return plain_text(value)


def _decode_number(wire: Any) -> int | float:
    if kind_of(wire) != "number":
        raise CodecError("a number")
    return wire  # type: ignore[no-any-return]  # kind_of proved it


def _decode_epoch(wire: Any) -> int | float:
    if isinstance(wire, str) and re.fullmatch(r"\d{1,12}", wire):
        return int(wire)
    return _decode_number(wire)


def _encode_epoch(value: Any) -> Any:
    seconds = unix_seconds(value)
    return None if seconds is None else math.ceil(seconds)


def _decode_epoch_ms(wire: Any) -> float:
    return _decode_epoch(wire) / 1000


def _encode_epoch_ms(value: Any) -> Any:
    seconds = unix_seconds(value)
    return None if seconds is None else round(seconds * 1000)


def _decode_http_date(wire: Any) -> float:
    try:
        return parsedate_to_datetime(wire).replace(tzinfo=UTC).timestamp()
    except (TypeError, ValueError, IndexError, AttributeError):
        raise CodecError("an HTTP date") from None


def _encode_http_date(value: Any) -> Any:
    seconds = unix_seconds(value)
    return None if seconds is None else formatdate(seconds, usegmt=True)


def _decode_delay(wire: Any) -> float:
    if isinstance(wire, str) and re.fullmatch(r"\d{1,10}", wire):
        return float(wire)
    if type(wire) is int and wire >= 0:
        return float(wire)
    raise CodecError("seconds to wait, as a whole number")


def _encode_delay(value: Any) -> Any:
    number = _encode_number(value)
    return None if number is None else max(0, math.ceil(number))


def _decode_duration(wire: Any) -> float:
    if not isinstance(wire, str) or not re.fullmatch(r"-?\d{1,12}(\.\d{1,9})?s", wire):
        raise CodecError('a duration such as "3.5s"')
    return float(wire[:-1])


def _encode_duration(value: Any) -> Any:
    number = _encode_number(value)
    return None if number is None else f"{plain_text(number)}s"


def _steps(parts: list[str]) -> tuple[str | int, ...]:
    return tuple(int(p) if p.isdecimal() and _INDEX.fullmatch(p) else p for p in parts)


def _path(value: Any) -> tuple[Any, ...]:
    if isinstance(value, str):
        return _decode_dotted(value)
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _decode_dotted(wire: Any) -> tuple[str | int, ...]:
    if not isinstance(wire, str):
        raise CodecError("a dotted path")
    return _steps(wire.split(".")) if wire else ()


def _encode_dotted(value: Any) -> str:
    if type(value) is tuple:
        try:
            return ".".join(value)
        except TypeError:
            pass
    return ".".join(map(plain_text, _path(value)))


def _decode_pointer(wire: Any) -> tuple[str | int, ...]:
    if not isinstance(wire, str) or (wire and not wire.startswith("/")):
        raise CodecError("a JSON Pointer")
    parts = wire.split("/")[1:]
    return _steps([p.replace("~1", "/").replace("~0", "~") for p in parts])


def _encode_pointer(value: Any) -> str:
    steps = (plain_text(p).replace("~", "~0").replace("/", "~1") for p in _path(value))
    return "".join(f"/{p}" for p in steps)


def _decode_fragment(wire: Any) -> tuple[str | int, ...]:
    if not isinstance(wire, str) or not wire.startswith("#"):
        raise CodecError("a JSON Pointer as a URI fragment")
    return _decode_pointer(unquote(wire[1:]))


def _encode_fragment(value: Any) -> str:
    return "#" + quote(_encode_pointer(value), safe="/~!$&'()*+,;=:@-._?")


def _decode_leaf(wire: Any) -> tuple[str | int, ...]:
    if not isinstance(wire, str):
        raise CodecError("a name")
    return (wire,)


def _encode_leaf(value: Any) -> str:
    names = [p for p in _path(value) if isinstance(p, str)]
    return names[-1] if names else _encode_dotted(value)


def _decode_segments(wire: Any) -> tuple[str | int, ...]:
    if not isinstance(wire, list) or any(type(p) not in (str, int) for p in wire):
        raise CodecError("a list of names and indexes")
    return tuple(wire)


def _encode_segments(value: Any) -> list[Any]:
    return [p if type(p) in (str, int) else plain_text(p) for p in _path(value)]


def _any(value: Any) -> Any:
    return value


_TEXT = {"type": "string"}
_WHOLE = {"type": "integer"}

CODECS: Mapping[str, Codec] = {
    each.name: each
    for each in (
        Codec("string", _expect("string"), plain_text, _TEXT, (str,)),
        Codec("int", _decode_int, _encode_int, _WHOLE, (int,)),
        Codec("number", _decode_number, _encode_number, {"type": "number"}, (int,)),
        Codec("bool", _expect("boolean"), bool, {"type": "boolean"}, (bool,)),
        Codec("object", _expect("object"), _encode_object, {"type": "object"}, (dict,)),
        Codec("array", _expect("array"), _encode_array, {"type": "array"}, (list,)),
        Codec("any", _any, _any, {}),
        Codec(
            "intstr",
            _decode_intstr,
            lambda value: plain_text(_encode_int(value)),
            {"type": "string", "pattern": "^(0|-?[1-9][0-9]*)$"},
        ),
        Codec("rfc3339", _rfc3339, _encode_rfc3339, _TEXT | {"format": "date-time"}),
        Codec("epoch", _decode_epoch, _encode_epoch, _WHOLE),
        Codec("epoch_ms", _decode_epoch_ms, _encode_epoch_ms, _WHOLE),
        Codec("http_date", _decode_http_date, _encode_http_date, _TEXT),
        Codec("delay", _decode_delay, _encode_delay, {"type": "integer", "minimum": 0}),
        Codec("duration", _decode_duration, _encode_duration, _TEXT),
        Codec("dotted", _decode_dotted, _encode_dotted, _TEXT),
        Codec("pointer", _decode_pointer, _encode_pointer, _TEXT),
        Codec("fragment", _decode_fragment, _encode_fragment, _TEXT),
        Codec("leaf", _decode_leaf, _encode_leaf, _TEXT),
        Codec(
            "segments",
            _decode_segments,
            _encode_segments,
            {"type": "array", "items": {"type": ["string", "integer"]}},
        ),
    )
}
"""Every codec by its name in the contract file."""


def _list_of(item: Codec) -> Codec:
    direct = frozenset(item.direct)

    def decode(wire: Any) -> Any:
        if not isinstance(wire, list):
            raise CodecError(f"a list of {item.name}")
        return [item.decode(each) for each in wire]

    def encode(value: Any) -> Any:
        if type(value) is list and direct.issuperset(map(type, value)):
            return value
        return [item.encode(each) for each in _encode_array(value)]

    schema = {"type": "array", "items": dict(item.schema)}
    return Codec(f"{item.name}[]", decode, encode, schema, items=item.direct)


def codec(name: str) -> Codec:
    """Find a codec by name; ``X[]`` is a list of X.

    Raises:
        KeyError: There is no such codec.
    """
    if name.endswith("[]"):
        return _list_of(codec(name[:-2]))
    return CODECS[name]
