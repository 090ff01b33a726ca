"""The reference APIs, written as a user of failwell would write them: public names only."""

__all__: list[str] = []
