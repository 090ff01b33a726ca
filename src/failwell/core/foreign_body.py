"""Foreign bodies: bytes that follow no contract become text and, where they can, a value.

Everything here is total: whatever the bytes are, something comes back and nothing is
raised. An error about an error hides the error that matters.
"""

import codecs
import json
import re
from typing import Any, Literal

import jiter

__all__ = ["NO_JSON", "BodyKind", "body_kind", "body_text", "lenient_json", "mended"]

BodyKind = Literal["empty", "html", "json", "text", "xml"]
"""What a body looks like, whatever its media type says."""

NO_JSON = object()
"""What `lenient_json` gives for text that holds no JSON value."""

_LONGEST = 262_144
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_TEXT_CODECS = re.compile(
    r"(utf-?(8|16|32)(-?[lb]e)?|ascii|us-ascii|iso-?8859-?\d+|latin-?1|cp125\d|windows-125\d"
    r"|koi8-[ru]|shift_?jis|euc-?(jp|kr)|gb(2312|k|18030)|big5)",
    re.IGNORECASE,
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HTML = re.compile(
    r"(?:<\?xml[^>]*+>|(?><!--.*?-->)|\s)*+<(?:!doctype\s+html|html|head|body|title|h1|center)\b",
    re.IGNORECASE | re.DOTALL,
)
_SCALAR = re.compile(r'-?[0-9][0-9.eE+-]*|"(?:[^"\\]|\\.)*+"|null|true|false|-?Infinity|NaN')


def body_text(body: bytes, content_type: str) -> str:
    """Decode a body: by its byte order mark, its charset, else as UTF-8, with replacements.

    Args:
        body: The bytes; what lies beyond 256 KiB is not looked at.
        content_type: Value of ``Content-Type``, possibly empty.

    Examples:
        >>> body_text(b"caf\\xe9", "text/plain; charset=latin-1")
        'café'
    """
    body = body[:_LONGEST]
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    named = _CHARSET.search(content_type)
    # Only codecs of text: others that Python knows are slow, or make text of anything.
    if named is None or not _TEXT_CODECS.fullmatch(named[1]):
        return body.decode("utf-8", "replace")
    try:
        return body.decode(named[1], "replace")
    except (LookupError, ValueError):
        return body.decode("utf-8", "replace")


def body_kind(text: str, content_type: str) -> BodyKind:
    """Tell what a text is by its first characters; the media type decides only in doubt.

    Args:
        text: The decoded body.
        content_type: Value of ``Content-Type``, possibly empty.
    """
    start = text[:1024].lstrip()
    media = content_type.partition(";")[0].strip().lower()
    if not start:
        return "empty"
    if start[0] in "{[":
        return "json"
    if start[0] == "<":
        page = _HTML.match(start) is not None or media == "text/html"
        return "html" if page else "xml"
    if media == "application/json" or media.endswith("+json") or _SCALAR.fullmatch(text.strip()):
        return "json"
    return "html" if media == "text/html" else "text"


def lenient_json(text: str) -> Any:
    """Read JSON as far as it goes: repeated names, ``NaN`` and a missing end are forgiven.

    Args:
        text: The decoded body.

    Returns:
        The value, or `NO_JSON`. Of repeated names the last counts; of a body that was cut off
        what had come whole.
    """
    try:
        return json.loads(text.strip("\x00"))
    except (ValueError, RecursionError):
        pass
    data = text.strip().encode("utf-8", "replace")
    if not data.startswith((b"{", b"[")):
        return NO_JSON
    try:
        return jiter.from_json(data, partial_mode=True, cache_mode="none")
    except ValueError:
        return NO_JSON


def mended(body: bytes, content_type: str) -> bytes | None:
    """Write a broken JSON body anew, as far as it can be read, so that a contract can read it.

    Args:
        body: A body that is cut off, in another charset, or otherwise no strict JSON.
        content_type: Value of ``Content-Type``, possibly empty.

    Returns:
        The object or list that is in it; ``None`` when there is none.

    Examples:
        >>> mended(b'{"error": {"code": "x", "mess', "")
        b'{"error": {"code": "x"}}'
    """
    text = body_text(body, content_type)
    value = lenient_json(text) if body_kind(text, content_type) == "json" else NO_JSON
    try:
        return json.dumps(value).encode() if isinstance(value, dict | list) else None
    except (ValueError, RecursionError):
        return None
