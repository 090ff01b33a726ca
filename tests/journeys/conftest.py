"""Fixtures of the journeys."""

from tests.client.driving import drive

__all__ = ["drive"]
