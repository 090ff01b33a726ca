"""One module for each change of the schema, oldest first."""

__all__: list[str] = []
