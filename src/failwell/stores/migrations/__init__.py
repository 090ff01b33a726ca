"""The schema of ``failwell.db``, as Alembic scripts."""

__all__: list[str] = []
