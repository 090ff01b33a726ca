"""The same hostile server against our client and against others from PyPI."""

__all__: list[str] = []
