"""What a simulated trade is worth and when it ends: exits, costs and stake."""

from dataclasses import dataclass
from enum import StrEnum

from engine.domain.errors import BadConfiguration, Problem
from strategies.parameters import Parameters

_PERCENT = 100.0

# In the order of `pack`: kernels take one tuple of numbers, because that is the cheapest call.
Packed = tuple[float, float, float, float, float, float, float, float, float, float, float, float]


class Trailing(StrEnum):
    """From when on a trailing stop follows the highest price since entry."""

    ARMED = "armed"
    FROM_ENTRY = "from_entry"


class Fill(StrEnum):
    """Where a decision on a closed candle is filled: at that close, or at the open after it."""

    CLOSE = "close"
    NEXT_OPEN = "next_open"


@dataclass(frozen=True, slots=True)
class ExitRules:
    """When a position is left, as shares of the entry (0.02 is 2 %).

    `stop_loss` 0 is a stop at entry − ATR × `atr_multiplier`, and none where no ATR is known;
    `trailing` and `emergency` 0 switch theirs off. An ARMED trailing stop is design §8's: it works
    once the high since entry has passed entry × (1 + trailing) and never sells below entry.
    """

    take_profit: float
    stop_loss: float
    trailing: float = 0.0
    trailing_mode: Trailing = Trailing.ARMED
    emergency: float = 0.0
    atr_multiplier: float = 0.0


@dataclass(frozen=True, slots=True)
class Costs:
    """What a fill costs: fee a side, tax of a sale and slippage, as shares of the fill."""

    fee: float
    slippage: float = 0.0
    sell_tax: float = 0.0


@dataclass(frozen=True, slots=True)
class Stake:
    """What an entry buys for: an amount of quote, or a share of the equity it then has.

    One of them is 0. Equity is `capital` plus what the trades of this market have made. The
    quantity is that of the price decided on: slippage makes it dearer, not smaller, as it does for
    an order that names its quantity.
    """

    amount: float = 0.0
    share: float = 0.0
    capital: float = 10_000.0


@dataclass(frozen=True, slots=True)
class Simulation:
    """Everything but the market and its entries."""

    exits: ExitRules
    costs: Costs
    stake: Stake
    fill: Fill = Fill.CLOSE


def exit_rules(parameters: Parameters) -> ExitRules:
    """Return the exits of a strategy's parameters."""
    return ExitRules(
        take_profit=parameters.take_profit_percent / _PERCENT,
        stop_loss=parameters.stop_loss_percent / _PERCENT,
        trailing=parameters.trailing_stop_percent / _PERCENT,
        emergency=parameters.emergency_percent / _PERCENT,
        atr_multiplier=parameters.atr_multiplier,
    )


def pack(simulation: Simulation, *, inside: bool) -> Packed:
    """Return what the kernels read, but for the shares of profit and stop.

    Raises:
        BadConfiguration: the stake is not one of an amount and a share.
    """
    exits, costs, stake = simulation.exits, simulation.costs, simulation.stake
    if (stake.amount > 0) == (stake.share > 0) or stake.capital <= 0:
        raise BadConfiguration([Problem("STAKE", "needs an amount or a share, and a capital")])
    return (
        costs.fee,
        costs.fee + costs.sell_tax,
        costs.slippage,
        exits.trailing,
        float(exits.trailing_mode is Trailing.ARMED),
        exits.emergency,
        exits.atr_multiplier,
        stake.amount,
        stake.share,
        stake.capital,
        float(inside),
        float(simulation.fill is Fill.NEXT_OPEN),
    )
