"""Fixtures of the tests of the client."""

from tests.client.driving import drive

__all__ = ["drive"]
