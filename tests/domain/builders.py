"""Instruments, intents, facts and positions that the tests of domain and core are made of."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from engine.domain.events import (
    OrderAccepted,
    OrderClosed,
    OrderEnd,
    OrderFateUnknown,
    OrderFilled,
    OrderIntended,
    OrderNeverArrived,
    OrderRefused,
)
from engine.domain.exits import ExitPlan, ExitReason
from engine.domain.ids import ClientOrderId, TradeId, VenueOrderId
from engine.domain.instrument import Instrument, base_and_quote
from engine.domain.intent import OrderIntent, OrderType, Purpose, Side
from engine.domain.money import TickTable, single_tick
from engine.domain.position import Position, filled, opened
from engine.domain.venue import VenueName

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EXITS = ExitPlan(Decimal(110), Decimal(96), None, Decimal("0.05"))
SYMBOLS = {
    VenueName.UPBIT: "ETH/KRW",
    VenueName.BINANCE_SPOT: "ETH/USDT",
    VenueName.BINANCE_FUTURES: "ETH/USDT",
    VenueName.STOCK: "005930",
}


def table(*bands: tuple[str, str]) -> TickTable:
    return TickTable(tuple((Decimal(start), Decimal(tick)) for start, tick in bands))


def instrument(
    venue: VenueName = VenueName.UPBIT, symbol: str = "", flagged: str = ""
) -> Instrument:
    """A market with steps of 0.0001 at every price, so that cases can count in small numbers."""
    name = symbol or SYMBOLS[venue]
    is_contract = venue is VenueName.BINANCE_FUTURES
    return Instrument(
        venue=venue,
        symbol=name,
        base=name.partition("/")[0],
        quote=base_and_quote(venue, name)[1],
        ticks=single_tick(Decimal("0.0001")),
        lot=Decimal("0.001"),
        min_quantity=Decimal("0.001"),
        min_notional=Decimal(5),
        maker_fee=Decimal("0.0005"),
        taker_fee=Decimal("0.0005"),
        max_leverage=20 if is_contract else 1,
        maintenance_margin=Decimal("0.004") if is_contract else Decimal(0),
        flagged=flagged,
    )


def entry(
    client_id: str = "pasu-entry",
    venue: VenueName = VenueName.UPBIT,
    symbol: str = "",
    quantity: str = "1",
    price: str = "100",
    decision: str = "2026-03-02",
    leverage: int = 1,
    exits: ExitPlan = EXITS,
) -> OrderIntent:
    return OrderIntent(
        client_id=ClientOrderId(client_id),
        venue=venue,
        symbol=symbol or SYMBOLS[venue],
        side=Side.BUY,
        type=OrderType.MARKET,
        purpose=Purpose.ENTRY,
        quantity=Decimal(quantity),
        decision_price=Decimal(price),
        reason="touched 100",
        strategy="breakout",
        decision=decision,
        leverage=leverage,
        exits=exits,
    )


def sale(
    client_id: str = "pasu-exit",
    venue: VenueName = VenueName.UPBIT,
    symbol: str = "",
    quantity: str = "1",
    price: str = "110",
    reason: ExitReason = ExitReason.TAKE_PROFIT,
) -> OrderIntent:
    bought = entry(client_id, venue, symbol, quantity, price)
    return replace(
        bought,
        side=Side.SELL,
        purpose=Purpose.EXIT,
        exits=None,
        decision="",
        exit_reason=reason,
        reason=reason.value,
    )


def intended(intent: OrderIntent, at: datetime = NOON) -> OrderIntended:
    return OrderIntended(intent, at)


def accepted(intent: OrderIntent, at: datetime = NOON) -> OrderAccepted:
    return OrderAccepted(intent.venue, intent.symbol, intent.client_id, VenueOrderId("v-1"), at)


def refused(intent: OrderIntent, at: datetime = NOON) -> OrderRefused:
    return OrderRefused(intent.venue, intent.symbol, intent.client_id, "NOTIONAL", "too small", at)


def fate_unknown(intent: OrderIntent, at: datetime = NOON) -> OrderFateUnknown:
    return OrderFateUnknown(intent.venue, intent.symbol, intent.client_id, "timeout", at)


def never_arrived(intent: OrderIntent, at: datetime = NOON) -> OrderNeverArrived:
    return OrderNeverArrived(intent.venue, intent.symbol, intent.client_id, at)


def ended(
    intent: OrderIntent, end: OrderEnd = OrderEnd.FILLED, quantity: str = "1", at: datetime = NOON
) -> OrderClosed:
    return OrderClosed(intent.venue, intent.symbol, intent.client_id, end, Decimal(quantity), at)


def traded(
    intent: OrderIntent,
    quantity: str,
    price: str,
    trade_id: str = "t1",
    fee: str = "0",
    fee_asset: str = "",
    fee_in_quote: str = "",
    at: datetime = NOON,
) -> OrderFilled:
    """One trade of an intent; the fee is in quote unless an asset is named."""
    quote = base_and_quote(intent.venue, intent.symbol)[1]
    return OrderFilled(
        venue=intent.venue,
        symbol=intent.symbol,
        client_id=intent.client_id,
        trade_id=TradeId(trade_id),
        side=intent.side,
        quantity=Decimal(quantity),
        price=Decimal(price),
        fee=Decimal(fee),
        fee_asset=fee_asset or quote,
        fee_in_quote=Decimal(fee_in_quote or fee),
        maker=False,
        at=at,
    )


def held(
    quantity: str = "1",
    price: str = "100",
    venue: VenueName = VenueName.UPBIT,
    leverage: int = 1,
    exits: ExitPlan = EXITS,
) -> Position:
    """A position bought in one trade without a fee."""
    intent = entry(venue=venue, quantity=quantity, price=price, leverage=leverage, exits=exits)
    return opened(intent, traded(intent, quantity, price), base_and_quote(venue, intent.symbol)[0])


def sold(position: Position, quantity: str, price: str, fee: str = "0") -> Position:
    """The position after a sale with its fee in quote."""
    intent = sale(venue=position.venue, symbol=position.symbol, quantity=quantity, price=price)
    base = base_and_quote(position.venue, position.symbol)[0]
    return filled(position, traded(intent, quantity, price, f"s-{price}", fee), base)
