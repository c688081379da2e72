"""What the bot itself says when the engine falls silent, and when it is back."""

from datetime import datetime, timedelta

from bot.card import Card
from bot.figures import span
from bot.markup import bold, code, escape
from bot.texts import pushes
from bot.views.pushes import alarm_buttons
from bot.voice import Voice

_SHELL_STATUS = "pasu status"


def lost_card(voice: Voice, since: datetime | None, now: datetime) -> Card:
    """Return the alarm about an engine that stopped answering."""
    if since is None:
        title = voice.plainly(pushes.ENGINE_LOST_EVER)
    else:
        title = voice.plainly(pushes.ENGINE_LOST, at=voice.clock(since))
    advice = voice.say(pushes.ENGINE_LOST_ADVICE, line=code(_SHELL_STATUS))
    return Card((bold(title), advice, escape(voice.moment(now))), alarm_buttons(voice))


def back_card(voice: Voice, down: timedelta, now: datetime) -> Card:
    """Return the all-clear."""
    title = voice.plainly(pushes.ENGINE_BACK, down=span(down.total_seconds()))
    return Card((bold(title), escape(voice.moment(now))))
