"""The schema of ``apinizer.db``, as Alembic scripts."""

__all__: list[str] = []
