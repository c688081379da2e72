"""The trading process: owns the keys, the orders and the state."""
