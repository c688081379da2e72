"""The rules of a simulated trade written as one plain loop over candles: an oracle for tests."""

from dataclasses import dataclass, field
from math import nan

from engine.domain.exits import ExitReason
from strategies.simulator.candle_arrays import CandleArrays
from strategies.simulator.rules import Fill, Simulation, Trailing
from strategies.simulator.signal_arrays import Entries


@dataclass(frozen=True, slots=True)
class Trade:
    entered: int
    left: int
    bought: float
    sold: float
    pnl: float
    reason: ExitReason


@dataclass
class Held:
    row: int
    bought: float
    quantity: float
    target: float
    stops: dict[ExitReason, float]
    high: float


@dataclass
class Purse:
    """One market's purse on its way through the candles."""

    simulation: Simulation
    entries: Entries
    trades: list[Trade] = field(default_factory=list)
    held: Held | None = None

    def buy(self, row: int, price: float) -> None:
        exits, stake = self.simulation.exits, self.simulation.stake
        equity = stake.capital + sum(trade.pnl for trade in self.trades)
        amount = stake.amount or stake.share * equity
        if amount <= 0:
            return
        bought = price * (1 + self.simulation.costs.slippage)
        stops = {}
        atr = self.atr(row)
        if exits.stop_loss:
            stops[ExitReason.STOP_LOSS] = price * (1 - exits.stop_loss)
        elif atr == atr:  # noqa: PLR0124 (not a nan)
            stops[ExitReason.STOP_LOSS] = price - atr * exits.atr_multiplier
        if exits.emergency:
            stops[ExitReason.EMERGENCY] = bought * (1 - exits.emergency)
        target = price * (1 + exits.take_profit)
        self.held = Held(row, bought, amount / price, target, stops, high=bought)

    def atr(self, row: int) -> float:
        known = row - 1 if self.entries.inside else row
        return float(self.entries.atr[known]) if len(self.entries.atr) and known >= 0 else nan

    def sell(self, row: int, price: float, reason: ExitReason) -> None:
        assert self.held is not None
        held, costs = self.held, self.simulation.costs
        sold = price * (1 - costs.slippage)
        fees = costs.fee * (held.bought + sold) + costs.sell_tax * sold
        pnl = held.quantity * (sold - held.bought) - held.quantity * fees
        self.trades.append(Trade(held.row, row, held.bought, sold, pnl, reason))
        self.held = None

    def meet(self, row: int, start: float, high: float, low: float) -> bool:
        """Meet the prices of a candle, the worst first; say whether that ended it."""
        assert self.held is not None
        stops = dict(self.held.stops)
        trailing = self.trailing_stop()
        if trailing is not None:
            stops[ExitReason.TRAILING_STOP] = trailing
        floor = max(stops.values(), default=-1.0)
        if low <= floor:
            price = min(start, floor)
            named = (ExitReason.EMERGENCY, ExitReason.STOP_LOSS)
            reasons = [r for r in named if r in stops and price <= stops[r]]
            self.sell(row, price, (reasons or [ExitReason.TRAILING_STOP])[0])
        elif high >= self.held.target:
            self.sell(row, max(start, self.held.target), ExitReason.TAKE_PROFIT)
        return self.held is None

    def trailing_stop(self) -> float | None:
        assert self.held is not None
        share, top, bought = self.simulation.exits.trailing, self.held.high, self.held.bought
        if not share:
            return None
        if self.simulation.exits.trailing_mode is Trailing.FROM_ENTRY:
            return top * (1 - share)
        return max(top * (1 - share), bought) if top > bought * (1 + share) else None


def played(
    candles: CandleArrays, entries: Entries, simulation: Simulation, sells: list[bool] | None = None
) -> list[Trade]:
    """Return the closed trades."""
    asked = dict(zip(entries.rows.tolist(), entries.prices.tolist(), strict=True))
    purse = Purse(simulation, entries)
    sell_now = False
    for i, (start, high, low, close) in enumerate(zip(*candles.bars, strict=True)):
        if purse.held is not None:
            # An exit that the open has passed comes before a decision that waits for it.
            gone = purse.meet(i, start, start, start)
            if sell_now and not gone:
                purse.sell(i, start, ExitReason.SIGNAL)
        sell_now = False
        if purse.held is None and entries.inside and asked.get(i, nan) <= start:
            purse.buy(i, asked.pop(i))
        during(purse, asked, i, (start, high, low))
        if purse.held is not None and sells is not None and sells[i]:
            if simulation.fill is Fill.CLOSE:
                purse.sell(i, close, ExitReason.SIGNAL)
            else:
                sell_now = True
        if purse.held is not None:
            purse.held.high = max(purse.held.high, high)
        if purse.held is None and not entries.inside and i in asked:
            purse.buy(i, asked[i])
    return purse.trades


def during(
    purse: Purse, asked: dict[int, float], row: int, prices: tuple[float, float, float]
) -> None:
    """Play a candle between open and close: a level above its open may follow an exit."""
    start, high, low = prices
    for _ in range(2):
        if purse.held is None and purse.entries.inside and asked.get(row, nan) > start:
            purse.buy(row, asked.pop(row))
        if purse.held is not None:
            begin = purse.held.bought if purse.held.row == row else start
            purse.meet(row, begin, high, low)
