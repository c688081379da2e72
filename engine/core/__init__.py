"""Decisions and their consequences: the same code live, on paper, in replay and in the backtest."""
