"""The schema of ``connxt.db``, as Alembic scripts."""

__all__: list[str] = []
