"""One file per client: how its own documentation says it is called.

Each has ``call(ask)``, which returns after a good answer and raises whatever the client
raises otherwise; ``PACKAGES``, whose versions are printed; ``RETRIED``, what it sends again
at all; ``BODIES``, the kinds of body it can send; ``WORLD``, where a library has two columns.
Every client has 2 retries, a base of 0.1 seconds and timeouts of 1 second, as far as it lets
itself be told.

These files run in the interpreter of the environment that holds the peers and import
nothing of Failwell, except for `ours` and `ours_async`.
"""

__all__: list[str] = []
