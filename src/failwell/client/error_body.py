"""Reading the body of an error: as much as helps, never more, and the status comes first."""

import httpx2
import msgspec

from failwell.client.decompress import unpacked
from failwell.client.steps import Answer

__all__ = ["MOST_RAW", "MOST_UNPACKED", "ErrorBody", "fields", "ready", "stops_early", "whole"]

MOST_RAW = 65_536
"""Bytes of an error body that are read from the line."""

MOST_UNPACKED = 262_144
"""Bytes of an error body after decompression."""


class ErrorBody:
    """Collects the body of one answer, piece by piece.

    Args:
        response: The answer; its status and headers are kept whatever happens to the body.
        received: Unix seconds when the head had come.
    """

    def __init__(self, response: httpx2.Response, *, received: float) -> None:
        self._response = response
        self._received = received
        self._pieces: list[bytes] = []
        self._size = 0
        self._broken: str | None = None

    def take(self, piece: bytes) -> bool:
        """Keep a piece.

        Returns:
            Whether more is wanted.
        """
        self._pieces.append(piece)
        self._size += len(piece)
        return self._size <= MOST_RAW

    def break_off(self, error: Exception) -> None:
        """Note what ended the reading before the end of the body."""
        self._broken = str(error) or type(error).__name__

    def answer(self) -> Answer:
        """Put together what came."""
        response = self._response
        more = self._size > MOST_RAW
        raw = b"".join(self._pieces)[:MOST_RAW]
        encoding = response.headers.get("content-encoding", "")
        body = unpacked(raw, encoding, limit=MOST_UNPACKED)
        return Answer(
            status=response.status_code,
            headers=fields(response),
            body=body.body,
            truncated=more or body.truncated or self._broken is not None,
            broken=self._broken or body.broken,
            received=self._received,
            response=response,
        )


def fields(response: httpx2.Response) -> tuple[tuple[str, str], ...]:
    """Give the header fields of an answer in order, names as sent."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw
    )


def ready(response: httpx2.Response, *, received: float) -> Answer | None:
    """Give the answer whose body a transport had read already, as those of tests do."""
    try:
        body = response.content
    except httpx2.ResponseNotRead:
        return None
    return Answer(
        status=response.status_code,
        headers=fields(response),
        body=body[:MOST_UNPACKED],
        truncated=len(body) > MOST_UNPACKED,
        received=received,
        response=response,
    )


def whole(answer: Answer, *, received: float) -> Answer:
    """Fill in header fields and body of a good answer, for those who read it as an answer.

    Args:
        answer: An answer whose response has its whole body.
        received: Unix seconds when it had come.
    """
    response = answer.response
    if response is None or answer.headers or not response.is_stream_consumed:
        return answer
    try:
        body = response.content
    except httpx2.ResponseNotRead:  # An error without a single header field.
        return answer
    return msgspec.structs.replace(answer, headers=fields(response), body=body, received=received)


def stops_early(body: bytes) -> bool:
    """Tell whether JSON that begins as an object or array does not end as one."""
    text = body.strip(b" \t\r\n")
    if text[:1] not in (b"{", b"[") or text[-1:] == (b"}" if text[:1] == b"{" else b"]"):
        return False
    try:
        msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return True
    return False
