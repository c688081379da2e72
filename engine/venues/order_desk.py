"""What becomes of an order at the moment it arrives: trades at once, or rests with funds locked."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from engine.domain.errors import Refused
from engine.domain.intent import OrderIntent, OrderType, Side
from engine.domain.money import ONE, ZERO
from engine.ports.venue import ReportStatus
from engine.venues.book import Accepted, Ended, Record, Traded
from engine.venues.checks import coded
from engine.venues.exchange_state import ExchangeState
from engine.venues.fill_model import FillModel, Liquidity, Trade
from engine.venues.market import Market
from engine.venues.matching import opening_second
from engine.venues.rules import VenueRules
from engine.venues.settlement import Settlement, spent, venue_order_id


class OrderDesk:
    """Turns accepted orders into records; it changes nothing itself."""

    def __init__(
        self,
        state: ExchangeState,
        rules: VenueRules,
        fill_model: FillModel,
        settlement: Settlement,
    ) -> None:
        """Keep what judging an arriving order needs."""
        self._state = state
        self._rules = rules
        self._fill_model = fill_model
        self._settlement = settlement

    def taken(self, intent: OrderIntent, market: Market, at: datetime) -> list[Record]:
        """Return the records of an order that breaks no rule.

        Raises:
            Refused: the account cannot pay for it.
        """
        trades = self._trades(intent, market, at)
        candle = market.tradable(at)
        key = opening_second(candle) if candle is not None else 0
        traded = self._settlement.records(intent, market.instrument, trades, (at, key))
        self._check_funds(intent, market, traded)
        order_id = venue_order_id(self._rules.name, intent.client_id)
        inside = key if market.inside else None
        accepted = Accepted(intent, order_id, at, market.last, inside)
        end = self._end(intent, market.instrument.lot, traded)
        ended = [] if end is None else [Ended(intent.client_id, end, at)]
        return [accepted, *traded, *ended]

    def _trades(self, intent: OrderIntent, market: Market, at: datetime) -> Sequence[Trade]:
        candle = market.tradable(at)
        if candle is None or candle.volume <= 0:
            return ()
        key = opening_second(candle)
        liquidity = Liquidity(key, candle.volume, self._state.used(intent.symbol, key))
        way = (intent.side, intent.purpose)
        instrument, price = market.instrument, market.last
        if intent.type is OrderType.MARKET:
            if intent.cost is not None:
                return self._fill_model.bought_for(instrument, intent.cost, price, liquidity)
            wanted = self._reducible(intent)
            return self._fill_model.traded(instrument, way, wanted, price, liquidity)
        limit = intent.price
        if intent.type is not OrderType.LIMIT or limit is None or not _crosses(intent, price):
            return ()
        if intent.group is not None:
            raise Refused("-2010", "the relationship of the prices is not correct")
        bound = min if intent.side is Side.BUY else max
        found = self._fill_model.traded(instrument, way, self._reducible(intent), price, liquidity)
        return [Trade(trade.quantity, bound(trade.price, limit)) for trade in found]

    def _reducible(self, intent: OrderIntent) -> Decimal:
        if not intent.reduce_only:
            return intent.quantity
        held = self._state.accounts.contracts.get(intent.symbol)
        return min(intent.quantity, held.quantity) if held is not None else ZERO

    def _check_funds(self, intent: OrderIntent, market: Market, traded: Sequence[Traded]) -> None:
        asset, needed = self._needed(intent, market, traded)
        if needed > self._state.accounts.free(asset):
            code = coded(self._rules, self._rules.codes.funds, intent)
            raise Refused(code, f"{needed} {asset} needed")

    def _needed(
        self, intent: OrderIntent, market: Market, traded: Sequence[Traded]
    ) -> tuple[str, Decimal]:
        instrument = market.instrument
        asset, unit = self._state.accounts.unit_lock(intent, instrument)
        if intent.cost is not None:
            return asset, intent.cost * (ONE + instrument.taker_fee)
        if intent.type is not OrderType.MARKET or intent.side is Side.SELL:
            return asset, unit * intent.quantity
        paid = spent(traded, instrument.quote)
        if not instrument.is_contract:
            return asset, paid
        value = sum((item.fill.quantity * item.fill.price for item in traded), ZERO)
        return asset, paid - value + value / intent.leverage

    def _end(
        self, intent: OrderIntent, lot: Decimal, traded: Sequence[Traded]
    ) -> ReportStatus | None:
        fills = [item.fill for item in traded]
        filled = sum((fill.quantity for fill in fills), ZERO)
        if intent.type is not OrderType.MARKET:
            return ReportStatus.FILLED if filled >= intent.quantity else None
        if intent.cost is None:
            whole = filled >= self._reducible(intent) > 0
        else:
            # Cutting to lots leaves less than one lot of each trade unspent.
            crumbs = sum((lot * fill.price for fill in fills), ZERO)
            paid = sum((fill.quantity * fill.price for fill in fills), ZERO)
            whole = intent.cost - paid < crumbs
        return ReportStatus.FILLED if whole else ReportStatus.EXPIRED


def _crosses(intent: OrderIntent, price: Decimal) -> bool:
    if intent.price is None or price <= 0:
        return False
    return intent.price >= price if intent.side is Side.BUY else intent.price <= price
