"""What lies behind an error: exceptions of other libraries, whose texts repeat what was read.

An answer that is no HTTP is quoted by the parser that refused it, and a server may have said
back what was sent. The exceptions stay, as a traceback shows them, but not their secrets.
"""

from collections.abc import Collection, Iterator

from failwell.core.fault import Fault
from failwell.core.redaction import without_secrets

__all__ = ["hide_in_causes"]


def hide_in_causes(error: BaseException, secrets: Collection[str]) -> None:
    """Take secrets out of the texts of an exception and of all that led to it.

    Args:
        error: What a library raised; it and those behind it are changed.
        secrets: What was sent and must not be shown.

    Examples:
        >>> refused = ValueError("no status line: b'key k-12345'")
        >>> hide_in_causes(refused, ["k-12345"])
        >>> str(refused)
        "no status line: b'key ***'"
    """
    for each in _chain(error):
        each.args = tuple(_hidden(arg, secrets) for arg in each.args)


def _chain(error: BaseException) -> Iterator[BaseException]:
    waiting, known = [error], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) in known:
            continue
        known.add(id(each))
        yield each
        waiting += [behind for behind in (each.__cause__, each.__context__) if behind is not None]


def _hidden(arg: object, secrets: Collection[str]) -> object:
    if isinstance(arg, str):
        return without_secrets(Fault(message=arg), secrets).message
    # Bytes and objects of a library are of no use to a reader, and nobody knows what they hold.
    return arg if arg is None or isinstance(arg, bool | int | float) else type(arg).__name__
