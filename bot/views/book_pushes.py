"""Pushes about positions: entries, exits, slippage, liquidation, and many of them at once."""

from collections.abc import Sequence
from decimal import Decimal

from bot import figures
from bot.card import Card
from bot.markup import Block, Html, bold, escape, joined, table
from bot.texts import cards, pushes
from bot.views import fields
from bot.views.naming import (
    mode_label,
    quote_of,
    reason_name,
    side_name,
    step_name,
    venue_mode,
    venue_name,
)
from bot.views.telling import reason
from bot.voice import Voice
from engine.contract import EventView, StatusView

OPENED, CLOSED = "PositionOpened", "PositionClosed"
_ROWS = 30
_NOTES = 15

Lines = tuple[Html, ...]


def opened(voice: Voice, event: EventView, status: StatusView | None) -> Lines:
    """Return an entry: how much at what price, why, and the exits it carries."""
    quote = quote_of(fields.text(event, "venue"))
    leverage = int(fields.amount(event, "leverage"))
    exits = fields.nested(event, "exits")
    return (
        bold(voice.plainly(pushes.OPENED, symbol=_symbol_at(voice, event, status))),
        joined(
            (
                voice.say(
                    pushes.AT_PRICE,
                    quantity=figures.quantity(fields.amount(event, "quantity")),
                    price=fields.price(event, "entry_price", quote),
                ),
                voice.say(cards.LEVERED, leverage=leverage) if leverage > 1 else "",
                voice.say(
                    pushes.EXITS,
                    target=fields.inner_price(exits, "take_profit", quote),
                    stop=fields.inner_price(exits, "stop_loss", quote),
                ),
            )
        ),
        joined((fields.text(event, "strategy"), reason(voice, fields.text(event, "reason")))),
    )


def closed(voice: Voice, event: EventView, status: StatusView | None) -> Lines:
    """Return an exit: why, what it earned net, from which price to which."""
    quote = quote_of(fields.text(event, "venue"))
    pnl, share = fields.amount(event, "pnl"), fields.amount(event, "pnl_percent")
    opened_at = fields.moment(event, "opened_at")
    held = figures.span((event.at - opened_at).total_seconds()) if opened_at else "—"
    left = reason_name(voice, fields.text(event, "reason"))
    title = voice.plainly(pushes.CLOSED, reason=left, symbol=_symbol_at(voice, event, status))
    earned = (
        f"{figures.arrow(pnl)}{figures.money(pnl, quote, signed=True)} "
        f"({figures.percent(share, signed=True)})"
    )
    prices = voice.say(
        pushes.PRICES,
        entry=fields.price(event, "entry_price", quote),
        exit=fields.price(event, "exit_price", quote),
    )
    cost = voice.say(
        pushes.COST, fees=figures.money(fields.amount(event, "fees"), quote), held=held
    )
    return (
        bold(title),
        joined((bold(earned), prices)),
        joined((cost, fields.text(event, "strategy"))),
    )


def slippage(voice: Voice, event: EventView, status: StatusView | None) -> Lines:
    """Return a fill that was worse than its decision: by how much, and what it cost."""
    quote = quote_of(fields.text(event, "venue"))
    title = voice.plainly(
        pushes.SLIPPAGE,
        share=figures.percent(fields.amount(event, "slippage_percent")),
        symbol=_symbol_at(voice, event, status),
    )
    detail = voice.say(
        pushes.SLIPPAGE_DETAIL,
        side=side_name(voice, fields.text(event, "side")),
        decision=fields.price(event, "decision_price", quote),
        fill=fields.price(event, "fill_price", quote),
        cost=figures.money(fields.amount(event, "cost"), quote),
    )
    return (bold(title), detail)


def liquidation(voice: Voice, event: EventView, status: StatusView | None) -> Lines:
    """Return a step of the liquidation ladder."""
    quote = quote_of(fields.text(event, "venue"))
    title = voice.plainly(
        pushes.LIQUIDATION,
        share=figures.percent(fields.amount(event, "distance_percent")),
        symbol=_symbol_at(voice, event, status),
        step=step_name(voice, fields.text(event, "step")),
    )
    detail = voice.say(
        pushes.LIQUIDATION_DETAIL,
        mark=fields.price(event, "mark_price", quote),
        price=fields.price(event, "liquidation_price", quote),
    )
    return (bold(title), detail)


def fills_card(voice: Voice, events: Sequence[EventView], status: StatusView | None) -> Card:
    """Return many entries and exits as one table with their sum."""
    title = bold(voice.plainly(pushes.FILLS, count=len(events)))
    mode = mode_label(voice, status) if status else ""
    rows = [_row(voice, event) for event in events[-_ROWS:]]
    blocks: list[Block] = [joined((title, mode), " "), table(rows, left=3)]
    if len(events) > _ROWS:
        blocks.append(voice.say(pushes.MORE, count=len(events) - _ROWS))
    blocks += _sums(voice, events)
    return Card(tuple(blocks))


def digest_card(
    voice: Voice,
    events: Sequence[EventView],
    notes: Sequence[Html],
    status: StatusView | None,
) -> Card:
    """Return what happened while the chat was away: counts, result, the last noteworthy lines."""
    first, last = min(e.at for e in events), max(e.at for e in events)
    title = voice.plainly(pushes.AWAY, start=voice.minute(first), end=voice.minute(last))
    entered = sum(1 for event in events if event.kind == OPENED)
    left = sum(1 for event in events if event.kind == CLOSED)
    blocks: list[Block] = [
        joined((bold(title), mode_label(voice, status) if status else "")),
        voice.say(
            pushes.AWAY_COUNTS, opened=entered, closed=left, other=len(events) - entered - left
        ),
        *_sums(voice, events),
    ]
    if len(notes) > _NOTES:
        blocks.append(voice.say(pushes.MORE, count=len(notes) - _NOTES))
    return Card((*blocks, *notes[-_NOTES:]))


def _row(voice: Voice, event: EventView) -> tuple[str, ...]:
    quote = quote_of(fields.text(event, "venue"))
    entered = event.kind == OPENED
    price = fields.price(event, "entry_price" if entered else "exit_price", quote)
    earned = "" if entered else figures.money(fields.amount(event, "pnl"), quote, signed=True)
    side = voice.plainly(pushes.BUY if entered else pushes.SELL)
    return (voice.clock(event.at), fields.text(event, "symbol"), side, price, earned)


def _sums(voice: Voice, events: Sequence[EventView]) -> list[Html]:
    earned: dict[str, Decimal] = {}
    for event in events:
        if event.kind == CLOSED:
            quote = quote_of(fields.text(event, "venue"))
            earned[quote] = earned.get(quote, Decimal(0)) + fields.amount(event, "pnl")
    shown = " · ".join(
        f"{figures.arrow(value)}{figures.money(value, quote, signed=True)}"
        for quote, value in sorted(earned.items())
    )
    return [voice.say(pushes.SUM, amount=bold(escape(shown)))] if shown else []


def _symbol_at(voice: Voice, event: EventView, status: StatusView | None) -> str:
    venue = fields.text(event, "venue")
    mode = venue_mode(voice, status, venue)
    return f"{fields.text(event, 'symbol')} {venue_name(voice, venue)} {mode}".strip()
