"""Names of venues, modes, states and reasons, with the raw word where none is known."""

from collections.abc import Mapping

from bot.markup import clean
from bot.texts import names
from bot.texts.words import Words
from bot.voice import Voice
from engine.contract import StatusView, VenueView

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
    """Return how a panic sale of one position ended."""
    return _named(voice, names.OUTCOMES, outcome)


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
        notes = {venue.note for venue in active}
        shared = notes.pop() if len(notes) == 1 else ""
        note = f": {clean(shared, 40)}" if shared else ""
        return f"[{mode_name(voice, modes.pop())}{note}]"
    each = (f"{venue_name(voice, v.name)} {mode_name(voice, v.mode)}" for v in active)
    return f"[{' · '.join(each)}]"


def venue_mode(voice: Voice, status: StatusView | None, venue: str) -> str:
    """Return the mode of one venue in brackets, empty where it is not known."""
    found = [v for v in status.venues if v.name == venue] if status else []
    return f"[{mode_name(voice, found[0].mode)}]" if found else ""


def _named(voice: Voice, table: Mapping[str, Words], key: str) -> str:
    words = table.get(key)
    return voice.plainly(words) if words else clean(key, 40)
