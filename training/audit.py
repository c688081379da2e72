"""Check the books at every candle: two independent ways to the same equity."""

from decimal import Decimal

from engine.core.desk import Desk
from engine.core.engine import Engine
from engine.domain.candle import Candle
from engine.domain.money import ZERO
from engine.ports.venue import CandleClosed, CandlesPassed, EventSink, VenueEvent

TOLERANCE = Decimal("1e-9")


class Audit:
    """Compare, at every closed candle, what the ledger says with what the trades say.

    By the ledger: cash plus positions × price. By the trades: initial capital plus the profit of
    closed trades plus that of open ones. And every asset of the ledger sums to zero.
    """

    def __init__(self, engine: Engine) -> None:
        """Start with nothing checked."""
        self._engine = engine
        self.checks = 0
        self.differences: list[str] = []

    def watching(self, desk: Desk) -> EventSink:
        """Return the desk's sink with a check behind every closed candle."""

        async def handle(event: VenueEvent) -> None:
            await desk.handle(event)
            if isinstance(event, CandleClosed):
                self.check(desk, event.symbol, event.candle)
            elif isinstance(event, CandlesPassed):
                for candle in event.candles:
                    self.check(desk, event.symbol, candle)

        return handle

    def check(self, desk: Desk, symbol: str, candle: Candle) -> None:
        """Check one desk's books now."""
        self.checks += 1
        context, portfolio = desk.context, desk.context.portfolio
        prices = context.prices()
        by_ledger = portfolio.cash + sum(
            (portfolio.worth(p, prices[p.symbol]) for p in portfolio.positions.values()), ZERO
        )
        open_profit = sum(
            (p.unrealized(prices[p.symbol]) + p.pnl_so_far for p in portfolio.positions.values()),
            ZERO,
        )
        by_trades = portfolio.initial_capital + portfolio.realized + open_profit
        if abs(by_ledger - by_trades) > TOLERANCE * max(portfolio.initial_capital, Decimal(1)):
            self._found(desk, symbol, candle, f"ledger {by_ledger}, trades {by_trades}")
        if abs(context.equity() - by_ledger) > TOLERANCE:
            self._found(desk, symbol, candle, f"equity {context.equity()}, ledger {by_ledger}")
        if portfolio.ledger.imbalances():
            self._found(
                desk, symbol, candle, f"does not sum to zero: {portfolio.ledger.imbalances()}"
            )

    def _found(self, desk: Desk, symbol: str, candle: Candle, what: str) -> None:
        at = candle.opened_at.isoformat()
        self.differences.append(f"{desk.name.value} {symbol} {at}: {what}")
