"""Pushes about tuning: before, after, what spoke for it or against it, and the way back."""

from collections.abc import Mapping
from typing import Any

from bot import figures
from bot.card import Button
from bot.markup import Html, bold, clean, escape, joined
from bot.texts import tuning
from bot.texts.words import Words
from bot.views import fields
from bot.views.naming import market_name
from bot.views.telling import actor, foreign
from bot.voice import Voice
from engine.contract import EventView, StatusView

TUNED = "ParametersTuned"
_STOP = "STOP_LOSS_PERCENT"
_SHARES = frozenset({"TAKE_PROFIT_PERCENT", _STOP})

Lines = tuple[Html, ...]


def tuned(voice: Voice, event: EventView, _status: StatusView | None) -> Lines:
    """Return what was changed and the figures of both sides, on searched and on unseen candles."""
    stored = any(change.get("stored_after") is not None for change in _changes(event))
    return (
        _title(voice, tuning.TUNED, event),
        _all_changes(voice, event),
        *_evidence(voice, event),
        voice.say(tuning.KEPT if stored else tuning.IN_MEMORY),
    )


def declined(voice: Voice, event: EventView, _status: StatusView | None) -> Lines:
    """Return why nothing was changed, and what was found."""
    reason = _named(voice, tuning.OBSTACLES, fields.text(event, "obstacle"))
    found = _all_changes(voice, event)
    return (
        _title(voice, tuning.DECLINED, event),
        joined((voice.say(tuning.WHY_NOT, reason=reason), _detail(voice, event))),
        *((voice.say(tuning.WOULD, changes=found),) if found else ()),
        *_evidence(voice, event),
    )


def taken_back(voice: Voice, event: EventView, _status: StatusView | None) -> Lines:
    """Return what is in force again."""
    market = market_name(voice, fields.text(event, "market"))
    title = bold(voice.plainly(tuning.TAKEN_BACK, market=market))
    return (title, _all_changes(voice, event), escape(actor(voice, fields.text(event, "who"))))


def _detail(voice: Voice, event: EventView) -> Html:
    return escape(foreign(voice, str(event.facts.get("detail") or "")))


def undo_buttons(voice: Voice) -> tuple[tuple[Button, ...], ...]:
    """Return the way back, which asks before it acts."""
    return ((Button(voice.plainly(tuning.UNDO), "c:undo"),),)


def _title(voice: Voice, words: Words, event: EventView) -> Html:
    market = market_name(voice, fields.text(event, "market"))
    return bold(voice.plainly(words, market=market, preset=fields.text(event, "preset")))


def _all_changes(voice: Voice, event: EventView) -> Html:
    return joined(_change(voice, change) for change in _changes(event))


def _change(voice: Voice, change: Mapping[str, Any]) -> Html:
    key = clean(str(change.get("key", "")), 40).partition("_")[2]
    before, after = (_value(voice, key, change.get(side)) for side in ("before", "after"))
    name = _named(voice, tuning.KEYS, key)
    return voice.say(tuning.CHANGE, name=name, before=before, after=after)


def _value(voice: Voice, key: str, value: object) -> str:
    if not isinstance(value, int | float):
        return "—"
    if key == _STOP and not value:
        return voice.plainly(tuning.ATR_STOP)
    return f"{value:g}%" if key in _SHARES else f"{value:g}"


def _evidence(voice: Voice, event: EventView) -> Lines:
    evidence = fields.nested(event, "evidence")
    if not evidence:
        return ()
    searched = voice.say(
        tuning.SEARCHED,
        job=_named(voice, tuning.JOBS, fields.text(event, "job")),
        trials=evidence.get("trials", "—"),
        markets=evidence.get("markets", "—"),
        objective=_named(voice, tuning.OBJECTIVES, str(evidence.get("objective", "—"))),
    )
    return (
        searched,
        *_part(voice, tuning.HELD_OUT, evidence, "held_out", ("held_out_from", "last")),
        *_part(voice, tuning.FITTED, evidence, "fitted", ("first", "held_out_from")),
    )


def _part(
    voice: Voice, title: Words, evidence: Mapping[str, Any], part: str, span: tuple[str, str]
) -> Lines:
    between = " ~ ".join(str(evidence.get(name, "—"))[:10] for name in span)
    before, after = (_side(voice, evidence.get(f"{part}_{side}")) for side in ("before", "after"))
    return (
        voice.say(title, span=between),
        voice.say(tuning.FROM_TO, before=before),
        voice.say(tuning.AFTER, after=after),
    )


def _side(voice: Voice, value: object) -> Html:
    record = value if isinstance(value, dict) else {}
    trades, wins = (_count(record.get(name)) for name in ("trades", "wins"))
    earned = record.get("return_percent")
    return voice.say(
        tuning.SIDE,
        wins=figures.percent(100 * wins / trades) if trades else "—",
        earned=figures.percent(earned, signed=True) if isinstance(earned, int | float) else "—",
        trades=trades,
    )


def _changes(event: EventView) -> tuple[Mapping[str, Any], ...]:
    value = event.facts.get("changes")
    found = value if isinstance(value, list) else []
    return tuple(change for change in found if isinstance(change, dict))


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _named(voice: Voice, table: Mapping[str, Words], key: str) -> str:
    words = table.get(key)
    return voice.plainly(words) if words else clean(key, 40)
