"""What a simulated venue refuses, in the venue's own words."""

from dataclasses import dataclass
from decimal import Decimal

from engine.domain.errors import Refused
from engine.domain.instrument import Instrument
from engine.domain.intent import OrderIntent, OrderType, Side
from engine.domain.money import ONE, ZERO
from engine.venues.rules import DAILY_LIMIT, VenueRules


@dataclass(frozen=True, slots=True)
class Standing:
    """What an order is judged against: market price, trigger price, contracts held, session.

    `yesterday` is the close of the day before where the venue bounds a day's prices by it.
    """

    price: Decimal
    mark: Decimal
    held: Decimal
    open: bool
    yesterday: Decimal | None = None


def check(intent: OrderIntent, instrument: Instrument, rules: VenueRules, at: Standing) -> None:
    """Let an order pass that breaks no rule of its venue; funds are judged elsewhere.

    Raises:
        Refused: with the venue's code for the first rule it breaks.
    """
    if not at.open:
        raise Refused("market_closed", f"{intent.symbol} does not trade now")
    _check_kind(intent, rules)
    _check_quantity(intent, instrument, rules)
    _check_prices(intent, instrument, rules, at)
    _check_value(intent, instrument, rules, at)
    if instrument.is_contract:
        _check_contract(intent, instrument, at)


def coded(rules: VenueRules, code: str, intent: OrderIntent) -> str:
    """Return a refusal code as the venue writes it for a side (Upbit appends bid or ask)."""
    if not rules.codes.sided:
        return code
    return f"{code}_{'bid' if intent.side is Side.BUY else 'ask'}"


def _check_kind(intent: OrderIntent, rules: VenueRules) -> None:
    can = rules.capabilities
    triggered = intent.type in (OrderType.STOP_MARKET, OrderType.TAKE_PROFIT)
    if triggered and not (can.oco or can.conditional):
        raise Refused("not_supported", f"no {intent.type.value} orders on {rules.name.value}")
    if intent.group is not None and not can.oco:
        raise Refused("not_supported", f"no orders that cancel each other on {rules.name.value}")
    by_cost = intent.type is OrderType.MARKET and intent.side is Side.BUY
    if intent.cost is not None and not (by_cost and (can.buys_by_cost or can.oco)):
        raise Refused("invalid_parameter", "only a market buy names a cost")
    if can.buys_by_cost and by_cost and intent.cost is None:
        raise Refused("invalid_parameter", "a market buy names its cost here")


def _check_quantity(intent: OrderIntent, instrument: Instrument, rules: VenueRules) -> None:
    if intent.cost is not None:
        return
    quantity = intent.quantity
    if quantity < instrument.min_quantity or instrument.lots(quantity) != quantity:
        code = coded(rules, rules.codes.quantity, intent)
        raise Refused(code, f"{quantity} is not in lots of {instrument.lot}")


def _check_prices(
    intent: OrderIntent, instrument: Instrument, rules: VenueRules, at: Standing
) -> None:
    needed = {OrderType.LIMIT: intent.price, OrderType.MARKET: ONE}.get(intent.type, intent.trigger)
    if needed is None:
        raise Refused("invalid_parameter", f"a {intent.type.value} order lacks its price")
    for price in (intent.price, intent.trigger):
        if price is None:
            continue
        tick = instrument.ticks.tick_at(price)
        if price <= 0 or price % tick:
            code = coded(rules, rules.codes.price, intent)
            raise Refused(code, f"{price} is not a multiple of {tick}")
        if at.yesterday is not None and abs(price / at.yesterday - ONE) > DAILY_LIMIT:
            raise Refused("price_limit", f"{price} is beyond ±30 % of {at.yesterday}")
    _check_trigger(intent, at)


def _check_trigger(intent: OrderIntent, at: Standing) -> None:
    if intent.trigger is None or at.mark <= 0:
        return
    falls = (intent.type is OrderType.STOP_MARKET) == (intent.side is Side.SELL)
    if intent.trigger >= at.mark if falls else intent.trigger <= at.mark:
        raise Refused("-2021", f"trigger {intent.trigger} lies on the wrong side of {at.mark}")


def _check_value(
    intent: OrderIntent, instrument: Instrument, rules: VenueRules, at: Standing
) -> None:
    price = intent.price or intent.trigger or at.price or intent.decision_price
    value = intent.cost if intent.cost is not None else intent.quantity * price
    if value < instrument.min_notional and not intent.reduce_only:
        code = coded(rules, rules.codes.minimum, intent)
        raise Refused(code, f"{value} is less than {instrument.min_notional}")


def _check_contract(intent: OrderIntent, instrument: Instrument, at: Standing) -> None:
    if not 1 <= intent.leverage <= instrument.max_leverage:
        raise Refused("-4028", f"leverage {intent.leverage} is not within 1 to 20")
    if intent.side is Side.BUY:
        return
    conditional = intent.type in (OrderType.STOP_MARKET, OrderType.TAKE_PROFIT)
    if intent.reduce_only and at.held <= ZERO and not conditional:
        raise Refused("-2022", "reduce-only order without a position")
    if not intent.reduce_only and intent.quantity > at.held:
        raise Refused("short_not_supported", "this account holds long positions only")
