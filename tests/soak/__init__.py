"""Long runs: kills without end, and the tests that are too slow for every day."""
