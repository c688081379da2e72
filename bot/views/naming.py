"""Names of venues, modes, states and reasons, with the raw word where none is known."""

from collections.abc import Mapping

from bot.markup import clean
from bot.texts import names
from bot.texts.words import Words
from bot.views.telling import told, told_text
from bot.voice import Voice
from engine.contract import OrderView, StatusView, VenueView

_OFF = "off"
# Events name no currency; these four never change theirs.
_QUOTES: Mapping[str, str] = {
    "upbit": "KRW",
    "stock": "KRW",
    "binance_spot": "USDT",
    "binance_futures": "USDT",
}


def quote_of(venue: str) -> str:
    """Return the currency a venue counts in, empty for a venue this bot does not know."""
    return _QUOTES.get(venue, "")


def venue_name(voice: Voice, venue: str) -> str:
    """Return what a venue is called."""
    return _named(voice, names.VENUES, venue)


def mode_name(voice: Voice, mode: str) -> str:
    """Return what a mode is called."""
    return _named(voice, names.MODES, mode)


def state_name(voice: Voice, state: str) -> str:
    """Return what an operator state is called, with its sign."""
    return _named(voice, names.STATES, state)


def venue_state_name(voice: Voice, state: str) -> str:
    """Return what the state of a venue's connection is called."""
    return _named(voice, names.VENUE_STATES, state)


def reason_name(voice: Voice, reason: str) -> str:
    """Return why a position was left."""
    return _named(voice, names.REASONS, reason)


def side_name(voice: Voice, side: str) -> str:
    """Return buy or sell."""
    return _named(voice, names.SIDES, side)


def market_name(voice: Voice, market: str) -> str:
    """Return crypto or stocks."""
    return _named(voice, names.MARKETS, market)


def outcome_name(voice: Voice, outcome: str) -> str:
    """Return how a panic sale of one position ended, or why it has not."""
    words = names.OUTCOMES.get(outcome)
    return told_text(voice, outcome) if words is None else voice.plainly(words)


def order_name(voice: Voice, order: OrderView) -> str:
    """Return an order's side, kind and purpose."""
    parts = (
        _named(voice, names.SIDES, order.side),
        _named(voice, names.ORDER_TYPES, order.type),
        _named(voice, names.PURPOSES, order.purpose),
    )
    return " ".join(part for part in parts if part)


def order_state_name(voice: Voice, state: str) -> str:
    """Return how far an order has come."""
    return _named(voice, names.ORDER_STATES, state)


def decision_name(voice: Voice, decision: str) -> str:
    """Return whether a market is held or waited for."""
    return _named(voice, names.DECISIONS, decision)


def source_name(voice: Voice, source: str) -> str:
    """Return where the value of a setting comes from."""
    return _named(voice, names.SOURCES, source)


def line_name(voice: Voice, line: str) -> str:
    """Return what a line to a venue carries."""
    return _named(voice, names.LINES, line)


def step_name(voice: Voice, step: str) -> str:
    """Return what a step of the liquidation ladder does."""
    return _named(voice, names.STEPS, step)


def market_at(voice: Voice, text: str) -> str:
    """Return a market as the engine names it with its venue: "upbit BTC/KRW"."""
    venue, _, symbol = text.partition(" ")
    return clean(f"{venue_name(voice, venue)} {symbol}".strip(), 60)


def symbol_name(symbol: str, name: str) -> str:
    """Return a market's symbol with its name where that says more."""
    return clean(symbol if not name or name == symbol else f"{name} {symbol}", 60)


def trading(status: StatusView) -> tuple[VenueView, ...]:
    """Return the venues that are not switched off."""
    return tuple(venue for venue in status.venues if venue.mode != _OFF)


def mode_label(voice: Voice, status: StatusView) -> str:
    """Return the mode of all venues, or each venue's where they differ."""
    active = trading(status)
    modes = {venue.mode for venue in active}
    if not modes:
        return f"[{mode_name(voice, _OFF)}]"
    if len(modes) == 1:
        notes = {venue_note(voice, venue) for venue in active}
        shared = notes.pop() if len(notes) == 1 else ""
        note = f": {clean(shared, 40)}" if shared else ""
        return f"[{mode_name(voice, modes.pop())}{note}]"
    each = (f"{venue_name(voice, v.name)} {mode_name(voice, v.mode)}" for v in active)
    return f"[{' · '.join(each)}]"


def venue_note(voice: Voice, venue: VenueView) -> str:
    """Return what must be said of a venue's prices, often nothing."""
    return "" if venue.note is None else told(voice, venue.note)


def venue_mode(voice: Voice, status: StatusView | None, venue: str) -> str:
    """Return the mode of one venue in brackets, empty where it is not known."""
    found = [v for v in status.venues if v.name == venue] if status else []
    return f"[{mode_name(voice, found[0].mode)}]" if found else ""


def _named(voice: Voice, table: Mapping[str, Words], key: str) -> str:
    words = table.get(key)
    return voice.plainly(words) if words else clean(key, 40)
