"""What must be said of a venue's prices."""

from enum import unique

from engine.phrases.phrase import Phrase


@unique
class Note(Phrase):
    """The notes on a venue's mode."""

    BUILT_IN_MARKET = "built-in market, seed {seed}"
    LIVE_PRICES = "live prices, simulated fills"
