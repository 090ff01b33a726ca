"""Webhooks: telling endpoints what happened, and reading what was told."""
