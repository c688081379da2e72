"""Tests of Pasu."""
