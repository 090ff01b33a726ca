"""Keys, passwords and signed tokens: what proves who a caller is.

Import from the modules, this package re-exports nothing.
"""

__all__: list[str] = []
