"""The schema of ``agenthuman.db``, as Alembic scripts."""

__all__: list[str] = []
