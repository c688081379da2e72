"""Pushes about what a venue holds for us and how safely."""

from bot import figures
from bot.markup import Html, bold, escape
from bot.texts import custody
from bot.views import fields
from bot.views.naming import venue_mode, venue_name
from bot.views.telling import actor, cause_text, in_words, told_text
from bot.voice import Voice
from engine.contract import EventView, StatusView

_LONG = 400

Lines = tuple[Html, ...]


def adjusted(voice: Voice, event: EventView, status: StatusView | None) -> Lines:
    """Return how far a position was brought down to what the venue holds."""
    detail = voice.say(
        custody.ADJUSTED_DETAIL,
        before=figures.quantity(fields.amount(event, "before")),
        after=figures.quantity(fields.amount(event, "after")),
    )
    return (bold(voice.plainly(custody.ADJUSTED, symbol=_at(voice, event, status))), detail)


def paused(voice: Voice, event: EventView, status: StatusView | None) -> Lines:
    """Return why a market waits for the owner's word, and how to give it."""
    coin = fields.text(event, "symbol").partition("/")[0]
    return (
        bold(voice.plainly(custody.PAUSED, symbol=_at(voice, event, status))),
        escape(cause_text(voice, fields.text(event, "why")), _LONG),
        voice.say(custody.PAUSED_HINT, coin=coin),
    )


def resumed(voice: Voice, event: EventView, status: StatusView | None) -> Lines:
    """Return that a market trades again."""
    symbol, who = _at(voice, event, status), actor(voice, fields.text(event, "who"))
    return (bold(voice.plainly(custody.RESUMED, symbol=symbol, who=who)),)


def flagged(voice: Voice, event: EventView, status: StatusView | None) -> Lines:
    """Return what a venue says of a market that is held."""
    symbol, flag = _at(voice, event, status), event.facts.get("flag")
    if not flag:
        return (bold(voice.plainly(custody.UNFLAGGED, symbol=symbol)),)
    warning = in_words(voice, str(flag))
    return (bold(voice.plainly(custody.FLAGGED, symbol=symbol, flag=warning)),)


def unprotected(voice: Voice, event: EventView, status: StatusView | None) -> Lines:
    """Return how long a position has been without a live stop, and why."""
    seconds = figures.span(float(fields.amount(event, "seconds")))
    title = voice.plainly(custody.BARE, symbol=_at(voice, event, status), seconds=seconds)
    return (bold(title), escape(told_text(voice, fields.text(event, "why")), _LONG))


def protected(voice: Voice, event: EventView, status: StatusView | None) -> Lines:
    """Return after how long a position is protected again."""
    seconds = figures.span(float(fields.amount(event, "seconds")))
    symbol = _at(voice, event, status)
    return (bold(voice.plainly(custody.GUARDED, symbol=symbol, seconds=seconds)),)


def remedy(voice: Voice, event: EventView) -> Lines:
    """Return what a lost venue asks of the owner: a key to mend, or patience."""
    if event.facts.get("auth_failed") is True:
        return (voice.say(custody.VENUE_AUTH),)
    until = fields.moment(event, "until")
    return () if until is None else (voice.say(custody.VENUE_UNTIL, at=voice.moment(until)),)


def _at(voice: Voice, event: EventView, status: StatusView | None) -> str:
    venue = fields.text(event, "venue")
    mode = venue_mode(voice, status, venue)
    return f"{fields.text(event, 'symbol')} {venue_name(voice, venue)} {mode}".strip()
