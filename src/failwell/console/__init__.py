"""The web pages, server-rendered."""

__all__: list[str] = []
