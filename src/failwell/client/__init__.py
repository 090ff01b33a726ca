"""Calls that handle every error: one flow, two short drivers, log-ins and dialects."""

from failwell.client.async_client import AsyncClient
from failwell.client.client import Client

__all__ = ["AsyncClient", "Client"]
