"""Offline programs on the same decision code."""
