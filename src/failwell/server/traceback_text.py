"""The trace of an exception as text, cheaply: files, lines and names, no source lines.

The standard library reads every source file again to quote it, which made a crash cost
a hundred times an answer. Frames say the same, and quote no secret from a line of code.
"""

from collections.abc import Iterator
from types import TracebackType

from failwell.server.logs import one_line

__all__ = ["traceback_text"]

_MOST_FRAMES = 40
_MOST_LINKS = 8
_LONGEST_TEXT = 500


def traceback_text(error: BaseException) -> str:
    """Write an exception with its frames, its causes before it, members of a group below it.

    Args:
        error: What was raised. Its own text is cut and kept on one line, whatever it holds.
    """
    return "\n".join(_chain(error, "", 0))


def _chain(error: BaseException, indent: str, depth: int) -> Iterator[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and depth < _MOST_LINKS:
        yield from _chain(before, indent, depth + 1)
        yield f"{indent}which led to:"
    frames = list(_frames(error.__traceback__, indent))
    if len(frames) > _MOST_FRAMES:
        half = _MOST_FRAMES // 2
        left_out = f"{indent}  ... {len(frames) - _MOST_FRAMES} frames ..."
        frames = [*frames[:half], left_out, *frames[-half:]]
    yield from frames
    yield f"{indent}{type(error).__name__}: {_text(error)}"
    if isinstance(error, BaseExceptionGroup) and depth < _MOST_LINKS:
        for member in error.exceptions[:_MOST_FRAMES]:
            yield from _chain(member, indent + "  | ", depth + 1)


def _frames(trace: TracebackType | None, indent: str) -> Iterator[str]:
    while trace is not None:
        code = trace.tb_frame.f_code
        yield f"{indent}  {code.co_filename}:{trace.tb_lineno} in {code.co_name}"
        trace = trace.tb_next


def _text(error: BaseException) -> str:
    try:
        return one_line(str(error)[:_LONGEST_TEXT])
    except Exception:
        return "(its text cannot be read)"
