"""Tests of facts and values."""
