"""Works through the resting orders of a market as a candle passes over them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from engine.domain.candle import Candle
from engine.domain.money import ZERO, from_float
from engine.ports.venue import OrderReport, ReportStatus
from engine.venues.book import Ended, Record
from engine.venues.exchange_state import ExchangeState
from engine.venues.fill_model import FillModel, Liquidity, Trade
from engine.venues.market import Market
from engine.venues.matching import Touch, is_stop, opening_second, touched, was_there
from engine.venues.orders import SimulatedOrder, is_forced
from engine.venues.settlement import Settlement, autoclose_id

Commit = Callable[[Sequence[Record]], None]


class Matcher:
    """Fills resting orders: stops, then forced closes, then targets."""

    def __init__(
        self,
        state: ExchangeState,
        fill_model: FillModel,
        settlement: Settlement,
        commit: Commit,
    ) -> None:
        """Keep what filling an order needs; `commit` writes records and then applies them."""
        self._state = state
        self._fill_model = fill_model
        self._settlement = settlement
        self._commit = commit

    def match(
        self, market: Market, trigger_candle: Candle, at: datetime, *, retelling: bool = False
    ) -> list[OrderReport]:
        """Match the market's candle and report every order that changed by it."""
        candle, orders = market.candle, self._state.orders
        if candle is None:
            return []
        symbol, key = market.instrument.symbol, opening_second(candle)
        resting = orders.open(symbol)
        stood = [(len(order.fills), order.status) for order in resting]
        touches = touched(resting, candle, trigger_candle, at)
        forced = self._liquidated(market, candle, trigger_candle.open, at)
        for touch in touches:
            if is_stop(touch.order):
                self._fill(touch, market, candle, at)
        forced = forced or self._liquidated(market, candle, trigger_candle.low, at)
        for touch in touches:
            if not is_stop(touch.order):
                self._fill(touch, market, candle, at)
        self.orphans(symbol, at)
        if retelling:
            return [order.report() for order in orders.changed_in(symbol, key, at)]
        news = [
            order
            for order, stand in zip(resting, stood, strict=True)
            if (len(order.fills), order.status) != stand
        ]
        if forced:
            news += [
                order
                for order in orders.changed_in(symbol, key, at)
                if is_forced(order.intent.client_id)
            ]
        return [order.report() for order in news]

    def orphans(self, symbol: str, at: datetime) -> list[OrderReport]:
        """End the reduce-only orders of a contract that is no longer held."""
        if symbol in self._state.accounts.contracts:
            return []
        orphaned = [order for order in self._state.orders.open(symbol) if order.intent.reduce_only]
        self._commit(
            [Ended(order.intent.client_id, ReportStatus.EXPIRED, at) for order in orphaned]
        )
        return [order.report() for order in orphaned]

    def _fill(self, touch: Touch, market: Market, candle: Candle, at: datetime) -> None:
        order, instrument = touch.order, market.instrument
        intent, key = order.intent, opening_second(candle)
        wanted = self._fillable(order)
        if order.status is not ReportStatus.OPEN or wanted <= 0 or candle.volume <= 0:
            return
        liquidity = Liquidity(key, candle.volume, self._state.used(intent.symbol, key))
        way = (intent.side, intent.purpose)
        if touch.maker:
            trades: Sequence[Trade] = _at_limit(
                min(wanted, liquidity.room(instrument)), touch.price
            )
        else:
            trades = self._fill_model.traded(instrument, way, wanted, touch.price, liquidity)
        if not trades:
            return
        earlier = len(order.fills)
        records: list[Record] = [
            *self._settlement.records(
                intent, instrument, trades, (at, key), earlier=earlier, maker=touch.maker
            )
        ]
        whole = sum((trade.quantity for trade in trades), ZERO) >= wanted
        if whole or not touch.maker:
            end = ReportStatus.FILLED if whole else ReportStatus.EXPIRED
            records.append(Ended(intent.client_id, end, at))
        records += [
            Ended(leg.intent.client_id, ReportStatus.CANCELLED, at)
            for leg in self._state.orders.siblings(order)
        ]
        self._commit(records)

    def _fillable(self, order: SimulatedOrder) -> Decimal:
        if not order.intent.reduce_only:
            return order.remaining
        held = self._state.accounts.contracts.get(order.intent.symbol)
        return min(order.remaining, held.quantity) if held is not None else ZERO

    def _liquidated(self, market: Market, candle: Candle, mark: float, at: datetime) -> bool:
        instrument = market.instrument
        held = self._state.accounts.contracts.get(instrument.symbol)
        entered = self._state.entered(instrument.symbol)
        if held is None or entered is None:
            return False
        price = held.liquidation_price(instrument.maintenance_margin)
        key = opening_second(candle)
        there = was_there(entered.at, entered.inside, candle, at)
        done = self._state.orders.is_used(autoclose_id(instrument, key))
        if not there or done or from_float(mark) > price:
            return False
        moment = (at, key)
        self._commit(
            self._settlement.liquidation(instrument, held, instrument.ticks.down(price), moment)
        )
        return True


def _at_limit(quantity: Decimal, price: Decimal) -> tuple[Trade, ...]:
    return (Trade(quantity, price),) if quantity > 0 else ()
