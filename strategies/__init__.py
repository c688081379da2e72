"""What to do on a market: pure."""
