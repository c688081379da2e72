"""The lines to a live venue and what is odd about it, for the status card."""

from bot import figures
from bot.markup import Block, Html, escape, joined
from bot.texts import custody
from bot.views.naming import line_name, venue_state_name
from bot.views.telling import cause, told
from bot.voice import Voice
from engine.contract import SurfaceView, VenueView

_UP = "up"
_LONG = 400


def line_blocks(voice: Voice, venue: VenueView) -> list[Block]:
    """Return the age of every line, what is wrong, and what waits for the owner."""
    blocks: list[Block] = []
    if venue.surfaces:
        blocks.append(joined(tuple(_line(voice, surface) for surface in venue.surfaces)))
    blocks += [escape(cause(voice, line), _LONG) for line in venue.troubles]
    if venue.unreconciled is not None:
        blocks.append(voice.say(custody.UNRECONCILED, why=told(voice, venue.unreconciled)))
    for paused in venue.paused:
        why = cause(voice, paused.why)
        blocks.append(voice.say(custody.WAITING, market=paused.symbol, why=why))
    if venue.unprotected_s:
        blocks.append(voice.say(custody.BARE_NOW, seconds=figures.span(venue.unprotected_s)))
    if venue.external_orders or venue.external_holdings:
        own = voice.say(custody.OWN, holdings=venue.external_holdings, orders=venue.external_orders)
        blocks.append(own)
    return blocks


def _line(voice: Voice, surface: SurfaceView) -> Html:
    name = line_name(voice, surface.name)
    age = voice.plainly(custody.NEVER) if surface.age_s is None else figures.span(surface.age_s)
    state = "" if surface.state == _UP else venue_state_name(voice, surface.state)
    return joined((voice.say(custody.SURFACE, name=name, age=age), state), " ")
