"""Fixtures of the tests that go over all APIs."""

from tests.client.driving import drive

__all__ = ["drive"]
