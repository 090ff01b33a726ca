"""The command line: the only part that prints and exits."""

__all__: list[str] = []
