"""The fast simulator: its totals, its rules, and that both of its backends agree."""
