"""httpx: its responses are read like those of httpx2, which grew out of it."""

from failwell.client.adapters.httpx2 import aread, head, read, status_of

__all__ = ["aread", "head", "read", "status_of"]
