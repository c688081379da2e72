"""How much an entry buys: 1 % of equity at risk, inside every cap, never too small to sell."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum

from engine.domain.instrument import Instrument
from engine.domain.money import ONE, PERCENT, ZERO, from_float
from engine.domain.signal import Gate
from engine.domain.venue import VenueName
from engine.phrases.gates import GateName, Word
from strategies.exits import WARN_DISTANCE, plan_exits
from strategies.parameters import Parameters
from strategies.text import price_text

MAX_LEVERAGE = 10
_LEVERED_RANGE_PERCENT = Decimal(2)
_EXIT_RESERVE = Decimal("0.02")
# A market order fills a little above the price it was decided on; 0.5 % is where that is an alarm.
_SLIPPAGE_RESERVE = Decimal("0.005")
_FEE_IN_BASE = frozenset({VenueName.BINANCE_SPOT})


class Bound(StrEnum):
    """What decided a size or a leverage."""

    ATR = "atr"
    MAX_POSITION_SIZE = "max_position_size"
    CASH = "cash"
    ORDER_CAP = "order_cap"
    CAP = "cap"
    LIQUIDATION = "liquidation"


@dataclass(frozen=True, slots=True)
class Size:
    """What an entry may buy: `quantity` in base, money in quote; nothing where it is refused.

    `bound` decided the quantity, `leverage_bound` the leverage of a contract. The gates say both
    in words, and which of them did not pass.
    """

    quantity: Decimal
    leverage: int
    notional: Decimal
    margin: Decimal
    bound: Bound
    leverage_bound: Bound | None
    gates: tuple[Gate, ...]


def size_entry(
    *,
    instrument: Instrument,
    price: Decimal,
    atr: float | None,
    equity: Decimal,
    free_cash: Decimal,
    order_cap: Decimal | None,
    max_leverage: int,
    parameters: Parameters,
) -> Size:
    """Return the size of an entry at a price; money is in quote, `order_cap` None for no cap.

    Units = equity × risk % ÷ (ATR × multiplier), whatever kind of stop is set, at most
    `max_position_size` of equity and the free cash less fees and a little slippage (both times
    leverage for contracts), at most `order_cap`, in whole lots. Refused with quantity 0 without a
    price or an ATR, and where a planned exit could fall below what the venue takes.
    """
    if price <= 0 or atr is None or atr <= 0:
        gate = Gate(GateName.SIZE, passed=False, value="–", threshold=Word.PRICE_AND_ATR)
        return Size(ZERO, 1, ZERO, ZERO, Bound.ATR, None, (gate,))
    leverage, leverage_bound = _leverage(instrument, price, atr, max_leverage)
    stop_distance = from_float(atr) * from_float(parameters.atr_multiplier)
    risked = equity * from_float(parameters.risk_percent) / PERCENT
    share = from_float(parameters.max_position_size) * leverage
    cost = (ONE + _SLIPPAGE_RESERVE) / leverage + instrument.taker_fee
    caps = {
        Bound.ATR: risked / stop_distance * price,
        Bound.MAX_POSITION_SIZE: equity * share,
        Bound.CASH: free_cash / cost,
    }
    if order_cap is not None:
        caps[Bound.ORDER_CAP] = order_cap
    bound = min(caps, key=lambda each: caps[each])
    quantity = instrument.lots(max(caps[bound], ZERO) / price)
    plan = plan_exits(instrument, price, atr, parameters)
    lowest = min(plan.stop_loss or price, price * (ONE - plan.emergency)) * (ONE - _EXIT_RESERVE)
    minimum = _minimum_gate(instrument, quantity, lowest, bound)
    allowed = Gate(
        GateName.SIZE, quantity > 0, price_text(float(quantity * price)), _at_most(caps, bound)
    )
    gates: tuple[Gate, ...] = (allowed, minimum)
    if leverage_bound is not None:
        gates = (Gate(GateName.LEVERAGE, True, f"{leverage} ×", leverage_bound.value), *gates)
    bought = quantity if minimum.passed else ZERO
    notional = bought * price
    return Size(bought, leverage, notional, notional / leverage, bound, leverage_bound, gates)


def _leverage(
    instrument: Instrument, price: Decimal, atr: float, max_leverage: int
) -> tuple[int, Bound | None]:
    if not instrument.is_contract:
        return 1, None
    range_percent = from_float(atr) / price * PERCENT
    limits = {
        Bound.ATR: int((_LEVERED_RANGE_PERCENT / range_percent).to_integral_value(ROUND_FLOOR)),
        Bound.CAP: min(MAX_LEVERAGE, max_leverage, instrument.max_leverage),
        Bound.LIQUIDATION: _leverage_outside_warning(instrument.maintenance_margin),
    }
    bound = min(limits, key=lambda each: limits[each])
    return max(1, limits[bound]), bound


def _leverage_outside_warning(maintenance_margin: Decimal) -> int:
    # With Position.liquidation_price the distance at entry is 1 − (1 − 1/L) / (1 − m); more than w
    # of it means L < 1 / (1 − (1 − w) × (1 − m)).
    limit = ONE / (ONE - (ONE - WARN_DISTANCE) * (ONE - maintenance_margin))
    whole = int(limit.to_integral_value(ROUND_FLOOR))
    return whole - 1 if whole == limit else whole


def _minimum_gate(instrument: Instrument, quantity: Decimal, lowest: Decimal, bound: Bound) -> Gate:
    # What is held after a fee in base is what an exit can sell.
    in_base = instrument.venue in _FEE_IN_BASE
    held = quantity * (ONE - instrument.taker_fee) if in_base else quantity
    value = f"{price_text(float(instrument.lots(held) * lowest))} ({bound})"
    threshold = f"≥ {price_text(float(instrument.min_notional))} {Word.AT_LOWEST_EXIT}"
    return Gate(GateName.MINIMUM, not instrument.is_dust(held, lowest), value, threshold)


def _at_most(caps: dict[Bound, Decimal], bound: Bound) -> str:
    return f"≤ {price_text(float(caps[bound]))} ({bound})"
