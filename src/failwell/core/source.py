"""Source: a small function written line by line and compiled once.

Templates are compiled into straight-line Python this way (as `dataclasses` makes its
methods). Every value of a contract enters as a named constant, never as text, so no
contract file can put code into the function.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Source"]

_LITERALS = (str, int, bool, type(None))


class Source:
    """The text of one function.

    Args:
        signature: Name and parameters, ``encode(f)``.
    """

    def __init__(self, signature: str) -> None:
        self._lines = [f"def {signature}:"]
        self._indent = 1
        self._constants: dict[str, Any] = {}
        self._names = 0

    def add(self, line: str) -> None:
        """Append one statement at the present depth."""
        self._lines.append("    " * self._indent + line)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Append a compound statement; what is added inside belongs to it."""
        self.add(head)
        self._indent += 1
        written = len(self._lines)
        yield
        if len(self._lines) == written:
            self.add("pass")
        self._indent -= 1

    def name(self, expression: str) -> str:
        """Assign an expression to a fresh local name and return it."""
        self._names += 1
        self.add(f"v{self._names} = {expression}")
        return f"v{self._names}"

    def constant(self, value: Any) -> str:
        """Give a value a name in the function, or write it as a literal where that is safe."""
        if type(value) in _LITERALS:
            return repr(value)
        name = f"k{len(self._constants)}"
        self._constants[name] = value
        return name

    def compile(self, name: str) -> Callable[..., Any]:
        """Compile the function and return it."""
        scope: dict[str, Any] = dict(self._constants)
        exec("\n".join(self._lines), scope)  # noqa: S102  # only our words and named constants
        function: Callable[..., Any] = scope[name]
        return function
