"""Which markets may be entered: the biggest by 24 h turnover, the owner's lists applied."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from engine.core.rules import TradingRules
from engine.domain.candle import EPOCH
from engine.domain.instrument import Instrument
from engine.ports.venue import Ticker

STABLE = frozenset({"USDT", "USDC", "FDUSD", "TUSD", "DAI", "BUSD", "USDP", "EUR", "EURI", "USDE"})
NEVER = datetime.max.replace(tzinfo=UTC)
LEVERAGED = ("UP", "DOWN", "BULL", "BEAR")


class Universe:
    """The markets of one venue that entries may look at."""

    def __init__(self) -> None:
        """Start empty; the first refresh fills it."""
        self._symbols: tuple[str, ...] = ()
        self._chosen: frozenset[str] = frozenset()
        self.due = EPOCH
        self._fits = False

    @property
    def must(self) -> datetime:
        """Return when to look at the latest: where all there is was chosen, it stays chosen."""
        return NEVER if self._fits else self.due

    def __contains__(self, symbol: str) -> bool:
        """Return whether entries may look at the market."""
        return symbol in self._chosen

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the chosen markets, biggest turnover first."""
        return self._symbols

    def is_due(self, now: datetime) -> bool:
        """Return whether the turnover should be looked at again."""
        return now >= self.due

    def forget(self) -> None:
        """Let the next look choose anew: the rules changed."""
        self.due, self._fits = EPOCH, False

    def choose(
        self,
        tickers: Sequence[Ticker],
        instruments: Iterable[Instrument],
        rules: TradingRules,
        now: datetime,
    ) -> bool:
        """Choose anew; return whether any market came in or went out."""
        listed = tuple(instruments)
        coins = frozenset(instrument.base for instrument in listed)
        allowed = {i.symbol: i for i in listed if is_eligible(i, rules, coins)}
        ranked = sorted(
            (ticker for ticker in tickers if ticker.symbol in allowed and ticker.last > 0),
            key=lambda ticker: (-ticker.turnover, ticker.symbol),
        )
        chosen = tuple(ticker.symbol for ticker in ranked[: rules.top_n])
        changed = self._chosen != frozenset(chosen)
        self._symbols, self._chosen = chosen, frozenset(chosen)
        self._fits = len(chosen) == len(allowed)
        self.due = now + timedelta(minutes=rules.refresh_minutes)
        return changed


def is_eligible(instrument: Instrument, rules: TradingRules, coins: frozenset[str]) -> bool:
    """Return whether a market may be chosen at all.

    Stable coins and leveraged tokens (BTCUP beside the coin BTC) are left out, and markets that the
    venue has flagged; the owner's lists name a market by base ("BTC") or symbol ("BTC/KRW").
    """
    names = {instrument.base, instrument.symbol}
    if names & rules.block or (rules.allow and not names & rules.allow):
        return False
    base = instrument.base
    is_token = any(base.endswith(end) and base.removesuffix(end) in coins for end in LEVERAGED)
    return instrument.base not in STABLE and not is_token and not instrument.flagged
