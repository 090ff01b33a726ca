"""Answers that a caller may keep and ask about again (RFC 9110, 13.1.2)."""

import hashlib
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

__all__ = ["unless_known"]


def unless_known(request: Request, body: bytes, *, headers: Mapping[str, str]) -> Response:
    """Answer with a body and its ``ETag``, or with 304 when the caller has exactly this one.

    Args:
        request: What was asked; its ``If-None-Match`` is compared.
        body: The answer.
        headers: Its header fields, ``Content-Type`` among them.
    """
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    fields = {**headers, "Cache-Control": "no-cache", "ETag": tag}
    if _knows(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=fields)
    return Response(body, headers=fields)


def _knows(given: str, tag: str) -> bool:
    tags = [each.strip().removeprefix("W/") for each in given.split(",")]
    return tag in tags or tags == ["*"]
