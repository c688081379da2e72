"""The records that trades leave behind: fills with their fees, ends, and forced closes."""

from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from hashlib import sha256

from engine.domain.exits import ExitReason
from engine.domain.ids import ClientOrderId, TradeId, VenueOrderId
from engine.domain.instrument import Instrument
from engine.domain.intent import OrderIntent, OrderType, Purpose, Side
from engine.domain.money import ZERO, to_step
from engine.domain.venue import VenueName
from engine.ports.venue import Fill, ReportStatus
from engine.venues.accounts import Contract
from engine.venues.book import Accepted, Ended, Record, Traded
from engine.venues.fill_model import Trade
from engine.venues.orders import AUTOCLOSE
from engine.venues.rules import LIQUIDATION_FEE, VenueRules


def venue_order_id(venue: VenueName, client_id: ClientOrderId) -> VenueOrderId:
    """Return the exchange's own id of an order: the same for the same order in every run."""
    digest = sha256(f"{venue.value}|{client_id}".encode()).hexdigest()
    return VenueOrderId(f"sim-{digest[:16]}")


def fill_of(
    intent: OrderIntent, instrument: Instrument, rules: VenueRules, trade: Trade, *, maker: bool
) -> tuple[Decimal, str, Decimal]:
    """Return fee, its asset and its value in quote for one trade, cut to the venue's money step."""
    rate = instrument.maker_fee if maker else instrument.taker_fee
    if rules.fee_in_base and intent.side is Side.BUY:
        fee = to_step(trade.quantity * rate, rules.money_step, ROUND_FLOOR)
        return fee, instrument.base, fee * trade.price
    notional = trade.quantity * trade.price
    fee = to_step(notional * rate, rules.money_step, ROUND_FLOOR)
    if intent.side is Side.SELL and instrument.sell_tax:
        fee += to_step(notional * instrument.sell_tax, rules.money_step, ROUND_FLOOR)
    return fee, instrument.quote, fee


def autoclose_id(instrument: Instrument, candle: int) -> ClientOrderId:
    """Return the id of the forced close of a contract in a candle."""
    return ClientOrderId(f"{AUTOCLOSE}{instrument.base.lower()}-{candle}")


class Settlement:
    """Turns trades of one venue into records of its book."""

    def __init__(self, rules: VenueRules) -> None:
        """Keep the rules that fees follow."""
        self._rules = rules

    def records(
        self,
        intent: OrderIntent,
        instrument: Instrument,
        trades: Iterable[Trade],
        moment: tuple[datetime, int],
        *,
        earlier: int = 0,
        maker: bool = False,
    ) -> list[Traded]:
        """Return one record per trade; `moment` is the time and the candle's opening second."""
        at, candle = moment
        order_id = venue_order_id(self._rules.name, intent.client_id)
        found: list[Traded] = []
        for number, trade in enumerate(trades, start=earlier + 1):
            fee, asset, in_quote = fill_of(intent, instrument, self._rules, trade, maker=maker)
            fill = Fill(
                trade_id=TradeId(f"{order_id}-{number}"),
                quantity=trade.quantity,
                price=trade.price,
                fee=fee,
                fee_asset=asset,
                fee_in_quote=in_quote,
                maker=maker,
                at=at,
            )
            found.append(Traded(intent.client_id, fill, candle))
        return found

    def liquidation(
        self,
        instrument: Instrument,
        held: Contract,
        price: Decimal,
        moment: tuple[datetime, int],
    ) -> list[Record]:
        """Return the records of a forced close at the liquidation price, with its fee."""
        at, candle = moment
        intent = OrderIntent(
            client_id=autoclose_id(instrument, candle),
            venue=self._rules.name,
            symbol=instrument.symbol,
            side=Side.SELL,
            type=OrderType.MARKET,
            purpose=Purpose.EXIT,
            quantity=held.quantity,
            decision_price=price,
            reason="liquidated by the venue",
            reduce_only=True,
            leverage=held.leverage,
            exit_reason=ExitReason.LIQUIDATED,
        )
        order_id = venue_order_id(self._rules.name, intent.client_id)
        fee = to_step(held.quantity * price * LIQUIDATION_FEE, self._rules.money_step)
        fill = Fill(
            trade_id=TradeId(f"{order_id}-1"),
            quantity=held.quantity,
            price=price,
            fee=fee,
            fee_asset=instrument.quote,
            fee_in_quote=fee,
            maker=False,
            at=at,
        )
        return [
            Accepted(intent, order_id, at, price),
            Traded(intent.client_id, fill, candle),
            Ended(intent.client_id, ReportStatus.FILLED, at),
        ]


def spent(trades: Iterable[Traded], quote: str) -> Decimal:
    """Return the quote that the trades of a buy cost, fees paid in quote included."""
    fills = [traded.fill for traded in trades]
    paid = sum((fill.quantity * fill.price for fill in fills), ZERO)
    return paid + sum((fill.fee for fill in fills if fill.fee_asset == quote), ZERO)
