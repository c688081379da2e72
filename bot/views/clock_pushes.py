"""Pushes about the clock of the host that the engine runs on."""

from bot.markup import Html, bold, code
from bot.texts import pushes
from bot.views import fields
from bot.views.naming import venue_name
from bot.voice import Voice
from engine.contract import EventView, StatusView

SET_CLOCK = "sudo timedatectl set-ntp true"

Lines = tuple[Html, ...]


def clock_off(voice: Voice, event: EventView, _status: StatusView | None) -> Lines:
    """Return how far the clock is off, whether that stops orders, and how to set it."""
    ahead = fields.amount(event, "ahead_s")
    title = voice.plainly(
        pushes.CLOCK_AHEAD if ahead > 0 else pushes.CLOCK_BEHIND,
        venue=venue_name(voice, fields.text(event, "venue")),
        seconds=f"{abs(ahead):.1f}",
    )
    bars = event.facts.get("bars_orders") is True
    stopped = (voice.say(pushes.CLOCK_BARS),) if bars else ()
    return (bold(title), *stopped, voice.say(pushes.CLOCK_REMEDY, line=code(SET_CLOCK)))


def clock_right(voice: Voice, event: EventView, _status: StatusView | None) -> Lines:
    """Return that the clock is right again."""
    venue = venue_name(voice, fields.text(event, "venue"))
    return (bold(voice.plainly(pushes.CLOCK_RIGHT, venue=venue)),)
