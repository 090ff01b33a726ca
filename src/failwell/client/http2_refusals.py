"""HTTP/2: what a server says it has not even begun (RFC 9113, 8.7)."""

from collections.abc import Iterable

__all__ = ["never_begun"]

_REFUSED_STREAM = 7


def never_begun(errors: Iterable[BaseException]) -> bool:
    """Tell whether a server has refused a stream, or gone away before any, untouched.

    A stream above the last one of a GOAWAY is sent again by httpcore2 itself.

    Args:
        errors: An error and what lies behind it; the events of ``h2`` are told by their names,
            because the package need not be there.
    """
    return any(_is_refusal(error.args[0]) for error in errors if error.args)


def _is_refusal(event: object) -> bool:
    kind = type(event).__name__
    if kind == "StreamReset":
        return getattr(event, "error_code", None) == _REFUSED_STREAM
    return kind == "ConnectionTerminated" and not getattr(event, "last_stream_id", None)
