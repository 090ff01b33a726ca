"""Small durable state behind protocols: credentials, accounts, quota, maintenance.

Each API keeps its own data in a file of its own; what all of them share lives in
``failwell.db``. Import from the modules, this package re-exports nothing.
"""

__all__: list[str] = []
