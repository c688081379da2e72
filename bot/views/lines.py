"""The lines to a live venue and what is odd about it, for the status card."""

from collections.abc import Mapping
from types import MappingProxyType

from bot import figures
from bot.markup import Block, Html, escape, joined
from bot.texts import custody
from bot.texts.words import Words
from bot.views.naming import venue_state_name
from bot.voice import Voice
from engine.contract import SurfaceView, VenueView

_UP = "up"
_LONG = 400
_NAMES: Mapping[str, Words] = MappingProxyType(
    {"prices": custody.PRICES, "orders": custody.ORDERS, "rest": custody.REST}
)


def line_blocks(voice: Voice, venue: VenueView) -> list[Block]:
    """Return the age of every line, what is wrong, and what waits for the owner."""
    blocks: list[Block] = []
    if venue.surfaces:
        blocks.append(joined(tuple(_line(voice, surface) for surface in venue.surfaces)))
    if venue.trouble:
        blocks.append(escape(venue.trouble, _LONG))
    if venue.unreconciled:
        blocks.append(voice.say(custody.UNRECONCILED, why=venue.unreconciled))
    if venue.paused:
        blocks.append(voice.say(custody.WAITING, markets=", ".join(venue.paused)))
    if venue.unprotected_s:
        blocks.append(voice.say(custody.BARE_NOW, seconds=figures.span(venue.unprotected_s)))
    if venue.external_orders or venue.external_holdings:
        own = voice.say(custody.OWN, holdings=venue.external_holdings, orders=venue.external_orders)
        blocks.append(own)
    return blocks


def _line(voice: Voice, surface: SurfaceView) -> Html:
    words = _NAMES.get(surface.name)
    name = surface.name if words is None else voice.plainly(words)
    age = voice.plainly(custody.NEVER) if surface.age_s is None else figures.span(surface.age_s)
    state = "" if surface.state == _UP else venue_state_name(voice, surface.state)
    return joined((voice.say(custody.SURFACE, name=name, age=age), state), " ")
