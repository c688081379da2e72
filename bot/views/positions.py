"""Open positions and open orders."""

from collections.abc import Sequence
from decimal import Decimal

from bot import figures
from bot.card import Button, Card
from bot.markup import Block, Html, bold, joined
from bot.texts import cards, commands, custody
from bot.views.head import short_head
from bot.views.naming import (
    order_name,
    order_state_name,
    quote_of,
    symbol_name,
    venue_mode,
    venue_name,
)
from bot.views.telling import reason
from bot.voice import Voice
from engine.contract import OrderView, PositionView, StatusView

_GAP_SHOWN_S = 1.0


def positions_card(voice: Voice, status: StatusView, positions: Sequence[PositionView]) -> Card:
    """Return each open position with its exits, and their sum."""
    title = voice.plainly(cards.POSITIONS_TITLE, count=len(positions))
    blocks: list[Block] = [short_head(voice, status, title)]
    if not positions:
        blocks.append(voice.say(cards.NO_POSITIONS))
    for position in positions:
        blocks += [Html(""), *_position(voice, status, position)]
    if positions:
        blocks += [Html(""), _sum(voice, positions)]
    buttons = (
        Button(voice.plainly(commands.B_REFRESH), "e:positions"),
        Button(voice.plainly(commands.B_PANIC), "c:panic"),
    )
    return Card(tuple(blocks), (buttons,))


def orders_card(voice: Voice, status: StatusView, orders: Sequence[OrderView]) -> Card:
    """Return the orders that have not ended."""
    title = voice.plainly(cards.ORDERS_TITLE, count=len(orders))
    blocks: list[Block] = [short_head(voice, status, title)]
    if not orders:
        blocks.append(voice.say(cards.NO_ORDERS))
    for order in orders:
        at = (
            voice.plainly(cards.AT_MARKET)
            if order.price is None
            else figures.price_by_size(order.price, quote_of(order.venue))
        )
        blocks.append(
            joined(
                (
                    bold(order.symbol),
                    venue_name(voice, order.venue),
                    order_name(voice, order),
                    f"{figures.quantity(order.filled_quantity)}/{figures.quantity(order.quantity)}",
                    f"@ {at}",
                    order_state_name(voice, order.status),
                    voice.say(custody.BY_HAND) if order.external else "",
                    voice.minute(order.created_at),
                )
            )
        )
    return Card(tuple(blocks))


def _position(voice: Voice, status: StatusView, position: PositionView) -> list[Block]:
    quote, tick = position.quote, position.tick
    levered = voice.say(cards.LEVERED, leverage=position.leverage) if position.leverage > 1 else ""
    pnl = (
        f"{figures.arrow(position.pnl)}{figures.money(position.pnl, quote, signed=True)} "
        f"({figures.percent(position.pnl_percent, signed=True)})"
    )
    where = f"{venue_name(voice, position.venue)} {venue_mode(voice, status, position.venue)}"
    name = bold(symbol_name(position.symbol, position.name))
    if position.external:
        worth = figures.money(position.value, quote)
        held = figures.quantity(position.quantity)
        return [joined((name, where, held, worth)), voice.say(cards.EXTERNAL)]
    return [
        joined((name, where, levered, figures.quantity(position.quantity))),
        joined(
            (
                bold(pnl),
                voice.say(
                    cards.ENTRY,
                    entry=figures.price(position.entry_price, tick),
                    price=figures.price(position.price, tick),
                ),
            )
        ),
        voice.say(
            cards.VALUE,
            value=figures.money(position.value, quote),
            since=voice.minute(position.opened_at),
        ),
        _exits(voice, position),
        *_risks(voice, position),
        joined((position.strategy, reason(voice, position.reason))),
    ]


def _exits(voice: Voice, position: PositionView) -> Html:
    def shown(value: Decimal | None) -> str:
        return "—" if value is None else figures.price(value, position.tick)

    trailing = (
        voice.say(cards.TRAILING, price=shown(position.trailing_stop))
        if position.trailing_stop is not None
        else ""
    )
    return joined(
        (
            voice.say(
                cards.EXITS, target=shown(position.take_profit), stop=shown(position.stop_loss)
            ),
            trailing,
            voice.say(cards.EMERGENCY, price=shown(position.emergency_stop)),
        )
    )


def _risks(voice: Voice, position: PositionView) -> list[Html]:
    found: list[Html] = []
    if position.liquidation_price is not None:
        distance = position.liquidation_distance_percent
        found.append(
            voice.say(
                cards.LIQUIDATION,
                price=figures.price(position.liquidation_price, position.tick),
                share="—" if distance is None else figures.percent(distance),
            )
        )
    if not position.protected:
        found.append(voice.say(cards.UNPROTECTED))
    if position.unprotected_s >= _GAP_SHOWN_S:
        longest = figures.span(position.unprotected_s)
        found.append(voice.say(custody.WORST, seconds=longest))
    return found


def _sum(voice: Voice, positions: Sequence[PositionView]) -> Html:
    value = sum((position.value_krw for position in positions), Decimal(0))
    pnl = sum((position.pnl_krw for position in positions), Decimal(0))
    signed = f"{figures.arrow(pnl)}{figures.money(pnl, 'KRW', signed=True)}"
    return voice.say(cards.POSITIONS_SUM, value=bold(figures.money(value, "KRW")), pnl=bold(signed))
