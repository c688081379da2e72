"""Indicators, strategies, exits and sizes, held by tests."""
