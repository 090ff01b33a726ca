"""The schema of ``connix.db``, as Alembic scripts."""

__all__: list[str] = []
