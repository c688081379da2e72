"""The fast simulator: entries of one market in, closed trades and their totals out."""

from dataclasses import dataclass
from math import inf

import numpy as np

from engine.domain.exits import ExitReason
from strategies.simulator.backend import Backend, kernels
from strategies.simulator.candle_arrays import CandleArrays, Flags, Floats, Integers
from strategies.simulator.rules import Simulation, pack
from strategies.simulator.signal_arrays import Entries

# By the code that the kernels give.
REASONS = (
    ExitReason.EMERGENCY,
    ExitReason.STOP_LOSS,
    ExitReason.TRAILING_STOP,
    ExitReason.TAKE_PROFIT,
    ExitReason.SIGNAL,
)


@dataclass(frozen=True, slots=True)
class Totals:
    """What a number of closed trades came to; `profit` of the winners, `loss` of the others.

    Money is in quote and net of fees; a trade wins where its pnl is positive.
    """

    trades: int
    wins: int
    pnl: float
    profit: float
    loss: float

    @property
    def win_rate(self) -> float:
        """Return the share of trades that won, 0 without any."""
        return self.wins / self.trades if self.trades else 0.0

    @property
    def profit_factor(self) -> float:
        """Return profit over loss: infinite without a loss, 0 without either."""
        if self.loss > 0:
            return self.profit / self.loss
        return inf if self.profit > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Trades:
    """Closed trades in order, a place in every column each; prices are fills with slippage."""

    entry_rows: Integers
    exit_rows: Integers
    entry_prices: Floats
    exit_prices: Floats
    quantities: Floats
    pnl: Floats
    reason_codes: Integers

    def __len__(self) -> int:
        return len(self.entry_rows)

    @property
    def reasons(self) -> tuple[ExitReason, ...]:
        """Return why each was sold."""
        return tuple(REASONS[code] for code in self.reason_codes.tolist())

    @property
    def totals(self) -> Totals:
        """Return what they came to."""
        won = self.pnl > 0
        profit, loss = float(self.pnl[won].sum()), float(np.abs(self.pnl[~won]).sum())
        return Totals(len(self), int(np.count_nonzero(won)), float(self.pnl.sum()), profit, loss)


def simulate(
    candles: CandleArrays,
    entries: Entries,
    simulation: Simulation,
    *,
    sells: Flags | None = None,
    backend: Backend | None = None,
) -> Trades:
    """Return the closed trades of one market, one position at a time.

    An entry is passed over while a position is open; one that is open at the end is not counted.
    Inside a candle a stop comes before a target, and the highest stop first; where the open lies
    beyond the price of either, that one comes first and fills there. `sells` marks candles after
    whose close the strategy sells; the fill is that close or, by `simulation.fill`, the open after
    it, where an exit that this open has passed comes first. The high that a trailing stop follows
    is that of the candles before.

    What is left at an open can be bought again at that open, what is left during a candle at a
    level above its open or at its close.

    Raises:
        BadConfiguration: the stake is not one of an amount and a share.
    """
    exits = simulation.exits
    rows, sums = kernels(backend).simulate_trades(
        candles.bars,
        np.empty(0, dtype=np.bool_) if sells is None else sells,
        (entries.rows, entries.prices),
        (np.array([exits.stop_loss]), np.array([exits.take_profit])),
        entries.atr,
        pack(simulation, inside=entries.inside),
    )
    return Trades(
        entry_rows=rows[:, 0],
        exit_rows=rows[:, 1],
        entry_prices=sums[:, 0],
        exit_prices=sums[:, 1],
        quantities=sums[:, 2],
        pnl=sums[:, 3],
        reason_codes=rows[:, 2],
    )
