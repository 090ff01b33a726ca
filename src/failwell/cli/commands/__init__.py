"""One module per command; each has ``register(app)`` and is found by listing."""

__all__: list[str] = []
