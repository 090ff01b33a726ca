"""The request body: its type, its coding, its bytes, its JSON, each checked in turn.

Size and time are limited further out, by the `receive` that the application is given.
"""

import asyncio
from typing import Any

from failwell.core.exceptions import BadRequestError
from failwell.core.situation import Situation
from failwell.core.strict_json import JsonError, parse
from failwell.server.exchange import Receive
from failwell.server.headers import Headers

__all__ = ["announces_body", "check_coding", "check_type", "parse_json", "read_body"]

_LARGE = 65_536
_CODINGS = frozenset({"br", "compress", "deflate", "gzip", "x-compress", "x-gzip", "zstd"})


def announces_body(headers: Headers) -> bool:
    """Tell whether a request says that it has a body (RFC 9112, 6.3)."""
    return "transfer-encoding" in headers or headers.get("content-length", "0").strip() != "0"


async def read_body(receive: Receive) -> bytes:
    """Read a body to its end.

    Raises:
        ConnectionResetError: The caller went away before the end.
    """
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        return bytes(message.get("body", b""))
    parts = []
    while message["type"] == "http.request":
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
        message = await receive()
    raise ConnectionResetError("the caller went away while its request was read")


def check_type(headers: Headers, media: str) -> None:
    """Let a body of the wanted media type pass.

    A ``charset`` may only say what is so anyway: UTF-8. Other parameters mean nothing.

    Args:
        headers: Header fields of the request.
        media: The media type, in lower case.

    Raises:
        BadRequestError: The body is said to be something else, or nothing is said of it.
    """
    essence, *parameters = headers.get("content-type", "").split(";")
    named = [parameter.partition("=") for parameter in parameters]
    charsets = {
        value.strip().strip('"').lower()
        for name, _, value in named
        if name.strip().lower() == "charset"
    }
    if essence.strip().lower() != media or not charsets <= {"utf-8", "utf8"}:
        raise BadRequestError(situation=Situation.WRONG_TYPE, expected=media)


def check_coding(headers: Headers) -> None:
    """Let a body pass that is sent as it is.

    Raises:
        BadRequestError: It is compressed. The coding is named only if it is a known one:
            what a caller writes is not repeated to it.
    """
    coding = headers.get("content-encoding", "").strip().lower()
    if coding in ("", "identity"):
        return
    if coding in _CODINGS:
        raise BadRequestError(situation=Situation.BAD_ENCODING, encoding=coding)
    raise BadRequestError(situation=Situation.BAD_ENCODING)


async def parse_json(data: bytes) -> Any:
    """Parse a body that must be strict JSON; a large one in a thread.

    Raises:
        BadRequestError: It is not; with the place, and the character found there.
    """
    try:
        # To say what is wrong with a hostile megabyte takes a second that others need.
        return parse(data) if len(data) < _LARGE else await asyncio.to_thread(parse, data)
    except JsonError as error:
        raise _not_json(error) from error


def _not_json(error: JsonError) -> BadRequestError:
    if error.reason == "invalid_utf8":
        return BadRequestError(situation=Situation.BAD_ENCODING, position=error.position)
    return BadRequestError(
        situation=Situation.BAD_JSON,
        reason=str(error.reason),
        token=error.token,
        position=error.position,
        line=error.line,
        column=error.column,
    )
