"""The first lines of every card: state, mode, the engine's own time, the age of its prices."""

from collections.abc import Sequence
from datetime import datetime

from bot.card import Card
from bot.figures import span
from bot.markup import Html, bold, escape, joined
from bot.texts import cards
from bot.texts.errors import ERRORS
from bot.views.naming import mode_label, state_name, trading
from bot.views.telling import actor, told
from bot.voice import Voice
from engine.contract import ApiError, Line, StatusView

_RUNNING = "running"
_LONG = 600


def head(voice: Voice, status: StatusView) -> tuple[Html, ...]:
    """Return state, mode and moment; who stopped it and why, where it does not run."""
    lines = [
        joined(
            (
                bold(state_name(voice, status.state)),
                mode_label(voice, status),
                _warming(voice, status),
                voice.moment(status.now),
            ),
            " ",
        )
    ]
    if status.state != _RUNNING:
        by = voice.say(
            cards.STATE_BY,
            who=actor(voice, status.state_who),
            at=voice.minute(status.state_since),
            why=told(voice, status.state_why) or "—",
        )
        lines.append(by)
    return tuple(lines)


def short_head(voice: Voice, status: StatusView, title: str) -> Html:
    """Return the first line of a card that is not about the engine itself."""
    oldest = price_age(voice, status)
    return joined((bold(title), mode_label(voice, status), voice.moment(status.now), oldest), " · ")


def price_age(voice: Voice, status: StatusView) -> str:
    """Return how old the oldest price of an open venue is."""
    active = [venue for venue in trading(status) if venue.session_open]
    ages = [venue.price_age_s for venue in active]
    if not ages:
        return ""
    known = [age for age in ages if age is not None]
    if len(known) < len(ages):
        return voice.plainly(cards.NO_PRICE)
    return voice.plainly(cards.AGE, age=span(max(known)))


def silent(voice: Voice, since: datetime | None) -> Card:
    """Return the card of an engine that does not answer: it never looks fine."""
    return Card((bold(silent_line(voice, since)),))


def silent_line(voice: Voice, since: datetime | None) -> Html:
    """Return the sentence about an engine that does not answer."""
    if since is None:
        return voice.say(cards.SILENT_EVER)
    return voice.say(cards.SILENT, at=voice.clock(since))


def refused(voice: Voice, error: ApiError, said: Sequence[Line] = ()) -> Card:
    """Return the card of a request that the engine refused, and why in the owner's words."""
    lines = [told(voice, line) for line in said if line.code]
    words = ERRORS.get(error.code)
    if not lines and words is not None:
        lines = [voice.plainly(words)]
    first, *rest = lines or [error.message or error.code]
    return Card(
        (
            voice.say(cards.REFUSED, message=escape(first, _LONG)),
            *(escape(line, _LONG) for line in rest),
        )
    )


def _warming(voice: Voice, status: StatusView) -> str:
    if status.phase != "warming_up":
        return ""
    counted = voice.plainly(cards.WARMING, current=status.warmup_current, total=status.warmup_total)
    return f"({counted})"
