"""The schema of ``ixon.db``, as Alembic scripts."""

__all__: list[str] = []
