"""A seeded world: the real core on a virtual clock against venues that fail in every way.

One seed is one history: the same faults, the same prices, the same kills at the same moments. A
failing seed is a bug report: `python -m tests.world --seed N` plays it again.
"""
