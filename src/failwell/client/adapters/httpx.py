"""httpx: its responses are read like those of httpx2, which grew out of it."""

from failwell.client.adapters.httpx2 import apieces, aread, head, pieces, read, status_of

__all__ = ["apieces", "aread", "head", "pieces", "read", "status_of"]
