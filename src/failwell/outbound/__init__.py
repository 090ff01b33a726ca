"""HTTP to addresses that other people chose, with a guard at the socket.

Import from the modules, this package re-exports nothing.
"""

__all__: list[str] = []
