"""Closed trades and what was earned, by day and by venue."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from bot import figures
from bot.card import Button, Card
from bot.markup import Block, Html, Table, bold, joined, table
from bot.texts import cards, commands
from bot.views.head import short_head
from bot.views.naming import reason_name, symbol_name, trading, venue_mode, venue_name
from bot.voice import Voice
from engine.contract import StatusView, TradeView

_SHOWN = 20
_ZERO = Decimal(0)
_HUNDRED = Decimal(100)


def trades_card(voice: Voice, status: StatusView, trades: Sequence[TradeView], days: int) -> Card:
    """Return the newest closed trades of so many days."""
    title = voice.plainly(cards.TRADES_TITLE, days=days, count=len(trades))
    blocks: list[Block] = [short_head(voice, status, title)]
    if not trades:
        blocks.append(voice.say(cards.NO_TRADES, days=days))
    newest = sorted(trades, key=lambda trade: trade.closed_at, reverse=True)
    for trade in newest[:_SHOWN]:
        blocks += [Html(""), *_trade(voice, status, trade)]
    if len(newest) > _SHOWN:
        blocks += [Html(""), voice.say(cards.MORE, count=len(newest) - _SHOWN)]
    return Card(tuple(blocks))


def pnl_card(voice: Voice, status: StatusView, trades: Sequence[TradeView], days: int) -> Card:
    """Return profit by day in the owner's time zone and by venue, today's open profit included."""
    title = voice.plainly(cards.PNL_TITLE, days=days)
    today = voice.say(
        cards.PNL_TODAY,
        amount=bold(_won(status.today_pnl_krw)),
        share=figures.percent(status.today_pnl_percent, signed=True),
    )
    blocks: list[Block] = [
        short_head(voice, status, title),
        today,
        _summary(voice, trades, days),
        Html(""),
        bold(voice.plainly(cards.BY_DAY, zone=voice.zone.key)),
        _by_day(voice, status, trades, days),
        bold(voice.plainly(cards.BY_VENUE)),
        _by_venue(voice, status, trades),
    ]
    buttons = (
        Button(voice.plainly(commands.B_REFRESH), f"e:pnl:{days}"),
        Button(voice.plainly(commands.B_CHART), f"c:chart:{days}"),
    )
    return Card(tuple(blocks), (buttons,))


def _trade(voice: Voice, status: StatusView, trade: TradeView) -> list[Block]:
    where = f"{venue_name(voice, trade.venue)} {venue_mode(voice, status, trade.venue)}"
    pnl = (
        f"{figures.arrow(trade.pnl)}{figures.money(trade.pnl, trade.quote, signed=True)} "
        f"({figures.percent(trade.pnl_percent, signed=True)})"
    )
    prices = voice.say(
        cards.TRADE_PRICES,
        entry=figures.price(trade.entry_price, trade.tick),
        exit=figures.price(trade.exit_price, trade.tick),
        reason=reason_name(voice, trade.reason),
    )
    held = figures.span((trade.closed_at - trade.opened_at).total_seconds())
    name = bold(symbol_name(trade.symbol, trade.name))
    return [
        joined((name, where, bold(pnl))),
        joined((prices, voice.minute(trade.closed_at), held, trade.strategy)),
    ]


def _summary(voice: Voice, trades: Sequence[TradeView], days: int) -> Html:
    won = sum(1 for trade in trades if trade.pnl > 0)
    share = figures.percent(Decimal(won) / len(trades) * _HUNDRED) if trades else "—"
    return voice.say(
        cards.PNL_SUM,
        days=days,
        amount=bold(_won(_total(trades))),
        count=len(trades),
        share=share,
    )


def _by_day(voice: Voice, status: StatusView, trades: Sequence[TradeView], days: int) -> Table:
    rows = []
    for back in range(days):
        day = voice.day(status.now - timedelta(days=back))
        closed = [trade for trade in trades if voice.day(trade.closed_at) == day]
        # Quiet days say nothing on a long list; the last week is shown whole.
        if closed or back < min(days, 7):
            rows.append((day[5:], _won(_total(closed)), str(len(closed))))
    rows.append((voice.plainly(cards.SUM), _won(_total(trades)), str(len(trades))))
    return table(rows)


def _by_venue(voice: Voice, status: StatusView, trades: Sequence[TradeView]) -> Table:
    rows = []
    for venue in trading(status):
        closed = [trade for trade in trades if trade.venue == venue.name]
        quote = sum((trade.pnl for trade in closed), _ZERO)
        rows.append(
            (
                venue_name(voice, venue.name),
                figures.money(quote, venue.quote, signed=True),
                f"{voice.plainly(cards.TODAY)} {_won(venue.today_pnl_krw)}",
                str(len(closed)),
            )
        )
    return table(rows)


def _total(trades: Sequence[TradeView]) -> Decimal:
    return sum((trade.pnl_krw for trade in trades), _ZERO)


def _won(value: Decimal) -> str:
    return f"{figures.arrow(value)}{figures.money(value, 'KRW', signed=True)}"
