"""The status card."""

from decimal import Decimal

from bot import figures
from bot.card import Button, Card
from bot.markup import Block, Html, bold, joined
from bot.texts import cards, commands
from bot.views.head import head
from bot.views.lines import line_blocks
from bot.views.naming import mode_name, trading, venue_name, venue_note, venue_state_name
from bot.views.telling import told
from bot.voice import Voice
from engine.contract import StatusView, VenueView

_UP = "up"


def status_card(voice: Voice, status: StatusView) -> Card:
    """Return the engine in one card with its buttons."""
    blocks: list[Block] = [
        *head(voice, status),
        voice.say(cards.PRESETS_IN_USE, crypto=status.preset_crypto, stock=status.preset_stock),
        _equity(voice, status),
        _exposure(voice, status),
    ]
    for venue in trading(status):
        blocks += [Html(""), *_venue(voice, venue)]
    blocks += [Html(""), *_engine(voice, status)]
    return Card(tuple(blocks), _buttons(voice, status))


def _equity(voice: Voice, status: StatusView) -> Html:
    equity = voice.say(
        cards.EQUITY,
        equity=bold(figures.money(status.equity_krw, "KRW")),
        today=signed_won(status.today_pnl_krw),
        share=figures.percent(status.today_pnl_percent, signed=True),
    )
    drawdown = voice.say(cards.DRAWDOWN, share=figures.percent(-abs(status.drawdown_percent)))
    return joined((equity, drawdown))


def _exposure(voice: Voice, status: StatusView) -> Html:
    held = sum(venue.positions for venue in status.venues)
    orders = sum(venue.open_orders for venue in status.venues)
    nearest = status.nearest_liquidation_percent
    return joined(
        (
            voice.say(cards.COUNTS, positions=held, orders=orders),
            voice.say(cards.EXPOSURE, share=figures.percent(status.exposure_percent)),
            "" if nearest is None else voice.say(cards.NEAREST, share=figures.percent(nearest)),
        )
    )


def _venue(voice: Voice, venue: VenueView) -> list[Block]:
    mode = f"[{mode_name(voice, venue.mode)}]"
    name = joined((bold(venue_name(voice, venue.name)), mode, venue_note(voice, venue)), " ")
    state = "" if venue.state == _UP else venue_state_name(voice, venue.state)
    lines: list[Block] = [joined((name, state, _freshness(voice, venue)))]
    lines.append(
        voice.say(
            cards.VENUE_FIGURES,
            equity=figures.money(venue.equity, venue.quote),
            cash=figures.money(venue.cash, venue.quote),
            today=signed_won(venue.today_pnl_krw),
        )
    )
    held = voice.say(cards.COUNTS, positions=venue.positions, orders=venue.open_orders)
    drawdown = voice.say(cards.DRAWDOWN, share=figures.percent(-abs(venue.drawdown_percent)))
    lines.append(joined((held, drawdown, *_oddities(voice, venue))))
    if venue.entries_closed is not None:
        lines.append(voice.say(cards.ENTRIES_CLOSED, why=told(voice, venue.entries_closed)))
    return [*lines, *line_blocks(voice, venue)]


def _freshness(voice: Voice, venue: VenueView) -> Html:
    if not venue.session_open:
        return voice.say(cards.CLOSED_SESSION)
    if venue.price_age_s is None:
        return voice.say(cards.NO_PRICE)
    return voice.say(cards.AGE, age=figures.span(venue.price_age_s))


def _oddities(voice: Voice, venue: VenueView) -> list[Html]:
    counted = (
        (cards.UNKNOWN_ORDERS, venue.unknown_orders),
        (cards.DIFFERENCES, venue.differences),
        (cards.DUST, venue.dust),
    )
    return [voice.say(words, count=count) for words, count in counted if count]


def _engine(voice: Voice, status: StatusView) -> list[Block]:
    up = max(0.0, (status.now - status.started_at).total_seconds())
    return [
        voice.say(
            cards.ENGINE_FIGURES,
            loop=f"{status.loop_ms:.0f}",
            loops=figures.count(status.loops),
            skipped=figures.count(status.loops_skipped),
            errors=figures.count(status.errors),
        ),
        voice.say(
            cards.ENGINE_PROCESS,
            memory=f"{status.memory_mb:.0f}",
            cpu=f"{status.cpu_percent:.0f}",
            up=figures.span(up),
            version=status.version,
        ),
    ]


def _buttons(voice: Voice, status: StatusView) -> tuple[tuple[Button, ...], ...]:
    stopped = status.state != "running"
    switch = (
        Button(voice.plainly(commands.B_RESUME), "c:resume")
        if stopped
        else Button(voice.plainly(commands.B_PAUSE), "c:pause")
    )
    return (
        (
            Button(voice.plainly(commands.B_REFRESH), "e:status"),
            Button(voice.plainly(commands.B_CHART), "c:chart"),
        ),
        (Button(voice.plainly(commands.B_POSITIONS), "c:positions"), switch),
    )


def signed_won(value: Decimal) -> str:
    """Return an amount of won with its arrow and its sign."""
    return f"{figures.arrow(value)}{figures.money(value, 'KRW', signed=True)}"
