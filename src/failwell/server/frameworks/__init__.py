"""Frameworks: one file for each, the only place that imports it."""
