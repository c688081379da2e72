"""Benchmarks against peers: `python -m tests.bench` prints one table."""
