"""What the adapters of live venues share: calls, rate budgets, streams and base candles."""
