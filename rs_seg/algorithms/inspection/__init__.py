"""Checks of the raw files before any work."""
