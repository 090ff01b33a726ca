"""Retry classes of what no catalogue describes: by situation, then by status."""

from collections.abc import Mapping

from failwell.core.catalogue import Retry
from failwell.core.situation import Situation

__all__ = ["retry_class"]

_BY_SITUATION: Mapping[Situation, Retry] = {
    Situation.TIMEOUT: "backoff",
    Situation.EXPIRED_CREDENTIALS: "after_login",
    Situation.RATE_LIMITED: "after",
    Situation.CRASH: "backoff",
    Situation.BAD_GATEWAY: "backoff",
    Situation.GATEWAY_TIMEOUT: "backoff",
    Situation.UNAVAILABLE: "after",
}
# 520 to 524 are Cloudflare's: the server behind it failed. 529 says overloaded at several APIs.
_BY_STATUS: Mapping[int, Retry] = {
    429: "after",
    503: "after",
    **dict.fromkeys((408, 500, 502, 504, 520, 521, 522, 523, 524, 529), "backoff"),
}


def retry_class(situation: Situation | None, status: int | None) -> Retry:
    """Tell what a caller may hope for when no contract says it.

    Args:
        situation: What happened, if known; it decides.
        status: The HTTP status; an unknown one gives no hope.
    """
    if situation is not None:
        return _BY_SITUATION.get(situation, "never")
    return _BY_STATUS.get(status or 0, "never")
