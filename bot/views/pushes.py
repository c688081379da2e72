"""One event as the lines of a push; kinds this bot does not know still show every field."""

from collections.abc import Callable, Mapping, Sequence

from bot import figures
from bot.card import Button, Card
from bot.markup import Block, Html, bold, escape, joined
from bot.texts import commands, pushes
from bot.views import fields
from bot.views.book_pushes import closed, liquidation, opened, slippage
from bot.views.clock_pushes import clock_off, clock_right
from bot.views.custody_pushes import (
    adjusted,
    flagged,
    paused,
    protected,
    remedy,
    resumed,
    unprotected,
)
from bot.views.head import short_head
from bot.views.naming import (
    market_at,
    market_name,
    mode_name,
    outcome_name,
    quote_of,
    state_name,
    venue_mode,
    venue_name,
)
from bot.views.telling import actor, cause_text, foreign, told_text
from bot.views.tuning_pushes import TUNED, declined, taken_back, tuned, undo_buttons
from bot.voice import Voice
from engine.contract import EventView, StatusView

_LONG = 400
_WARNING = "warning"
_CRITICAL = "critical"

Lines = tuple[Html, ...]
Show = Callable[[Voice, EventView, StatusView | None], Lines]


def event_lines(voice: Voice, event: EventView, status: StatusView | None) -> Lines:
    """Return an event as a few lines, the first in bold."""
    return TOLD.get(event.kind, _anything)(voice, event, status)


def event_card(voice: Voice, event: EventView, status: StatusView | None) -> Card:
    """Return an event as a card of its own; it carries the buttons to act on it."""
    lines = (*event_lines(voice, event, status), escape(voice.moment(event.at)))
    if event.severity in {_WARNING, _CRITICAL}:
        return Card(lines, alarm_buttons(voice))
    return Card(lines, undo_buttons(voice) if event.kind == TUNED else ())


def panic_card(voice: Voice, events: Sequence[EventView], status: StatusView | None) -> Card:
    """Return the receipts of a panic that arrived together."""
    done = any(is_summary(event) for event in events)
    title = bold(voice.plainly(pushes.PANIC_DONE if done else pushes.PANIC))
    blocks: list[Block] = [title]
    blocks += [line for event in events for line in _panic(voice, event, status)]
    blocks.append(escape(voice.moment(events[-1].at)))
    return Card(tuple(blocks))


def many_card(voice: Voice, events: Sequence[EventView], status: StatusView | None) -> Card:
    """Return several events of one kind in one message."""
    shown = 15
    blocks: list[Block] = []
    for event in events[:shown]:
        blocks += [*event_lines(voice, event, status), escape(voice.moment(event.at)), Html("")]
    if len(events) > shown:
        blocks.append(voice.say(pushes.MORE, count=len(events) - shown))
    return Card(tuple(blocks), alarm_buttons(voice))


def events_card(voice: Voice, status: StatusView, events: Sequence[EventView]) -> Card:
    """Return the last events, newest at the end."""
    title = voice.plainly(pushes.EVENTS, count=len(events))
    blocks: list[Block] = [short_head(voice, status, title)]
    if not events:
        blocks.append(voice.say(pushes.NO_EVENTS))
    for event in events:
        first = event_lines(voice, event, status)[0]
        blocks.append(joined((f"#{event.seq}", voice.minute(event.at), first)))
    return Card(tuple(blocks))


def alarm_buttons(voice: Voice) -> tuple[tuple[Button, ...], ...]:
    """Return what the owner wants under an alarm."""
    return (
        (
            Button(voice.plainly(commands.B_POSITIONS), "c:positions"),
            Button(voice.plainly(commands.B_PANIC), "c:panic"),
        ),
    )


def is_summary(event: EventView) -> bool:
    """Return whether a panic receipt closes the report: all is flat, or this is still held."""
    return not fields.amount(event, "average_price")


def symbol_at(voice: Voice, event: EventView, status: StatusView | None) -> str:
    """Return symbol, venue and mode of an event."""
    venue = fields.text(event, "venue")
    mode = venue_mode(voice, status, venue)
    return f"{fields.text(event, 'symbol')} {venue_name(voice, venue)} {mode}".strip()


def _preset(voice: Voice, event: EventView, _status: StatusView | None) -> Lines:
    title = voice.plainly(
        pushes.PRESET,
        market=market_name(voice, fields.text(event, "market")),
        previous=fields.text(event, "previous"),
        preset=fields.text(event, "preset"),
    )
    taken = ", ".join(fields.words(event, "taken_back"))
    lines = [bold(title), escape(actor(voice, fields.text(event, "who")))]
    return (*lines, voice.say(pushes.TAKEN_BACK, keys=taken)) if taken else tuple(lines)


def _settings(voice: Voice, event: EventView, _status: StatusView | None) -> Lines:
    lines = [bold(voice.plainly(pushes.SETTINGS))]
    lines += [escape(told_text(voice, each), _LONG) for each in fields.words(event, "changes")]
    touched = ", ".join(market_at(voice, m) for m in fields.words(event, "touched_positions"))
    restart = ", ".join(told_text(voice, each) for each in fields.words(event, "needs_restart"))
    if touched:
        lines.append(voice.say(pushes.TOUCHED, positions=touched))
    if restart:
        lines.append(voice.say(pushes.RESTART_FOR, keys=restart))
    return tuple(lines)


def _rejected(voice: Voice, event: EventView, _status: StatusView | None) -> Lines:
    problems = (told_text(voice, problem) for problem in fields.words(event, "problems"))
    return (bold(voice.plainly(pushes.REJECTED)), *(escape(each, _LONG) for each in problems))


def _venue_lost(voice: Voice, event: EventView, status: StatusView | None) -> Lines:
    venue = fields.text(event, "venue")
    name = f"{venue_name(voice, venue)} {venue_mode(voice, status, venue)}".strip()
    title = voice.plainly(pushes.VENUE_LOST, venue=name)
    why = cause_text(voice, fields.text(event, "cause"))
    return (bold(title), escape(why, _LONG), *remedy(voice, event))


def _venue_found(voice: Voice, event: EventView, _status: StatusView | None) -> Lines:
    down = figures.span(float(fields.amount(event, "down_s")))
    name = venue_name(voice, fields.text(event, "venue"))
    times = fields.amount(event, "times")
    words = pushes.VENUE_FOUND_AGAIN if times > 1 else pushes.VENUE_FOUND
    return (bold(voice.plainly(words, venue=name, down=down, times=int(times))),)


def _started(voice: Voice, event: EventView, _status: StatusView | None) -> Lines:
    title = voice.plainly(pushes.ENGINE_STARTED, version=fields.text(event, "version"))
    modes = ", ".join(_mode(voice, mode) for mode in fields.words(event, "modes"))
    found = str(event.facts.get("recovered") or "").splitlines()
    return (bold(title), escape(modes, _LONG), *(_told(voice, each) for each in found))


def _stopped(voice: Voice, event: EventView, _status: StatusView | None) -> Lines:
    why = told_text(voice, fields.text(event, "reason"))
    return (bold(voice.plainly(pushes.ENGINE_STOPPED, reason=why)),)


def _state(voice: Voice, event: EventView, _status: StatusView | None) -> Lines:
    title = voice.plainly(
        pushes.STATE,
        before=state_name(voice, fields.text(event, "previous")),
        after=state_name(voice, fields.text(event, "state")),
    )
    who, why = (str(event.facts.get(name) or "") for name in ("who", "why"))
    detail = joined((actor(voice, who), told_text(voice, why)))
    return (bold(title), detail) if detail else (bold(title),)


def _panic(voice: Voice, event: EventView, status: StatusView | None) -> Lines:
    venue = fields.text(event, "venue")
    seconds = figures.span(float(fields.amount(event, "seconds")))
    outcome = outcome_name(voice, fields.text(event, "outcome"))
    if venue == "—":
        return (bold(voice.plainly(pushes.PANIC_SUMMARY, outcome=outcome, seconds=seconds)),)
    symbol = bold(fields.text(event, "symbol"))
    where = f"{venue_name(voice, venue)} {venue_mode(voice, status, venue)}".strip()
    held = figures.quantity(fields.amount(event, "quantity"))
    if is_summary(event):
        line = voice.say(
            pushes.PANIC_HELD, symbol=symbol, venue=where, outcome=outcome, quantity=held
        )
        return (line,)
    return (
        voice.say(
            pushes.PANIC_LINE,
            symbol=symbol,
            venue=where,
            outcome=outcome,
            quantity=held,
            price=fields.price(event, "average_price", quote_of(venue)),
            slippage=figures.percent(fields.amount(event, "slippage_percent")),
            seconds=seconds,
        ),
    )


def _disabled(voice: Voice, event: EventView, _status: StatusView | None) -> Lines:
    title = voice.plainly(
        pushes.STRATEGY_DISABLED,
        strategy=fields.text(event, "strategy"),
        symbol=fields.text(event, "symbol"),
    )
    return (bold(title), escape(cause_text(voice, fields.text(event, "cause")), _LONG))


def _daily_loss(voice: Voice, event: EventView, _status: StatusView | None) -> Lines:
    said = voice.plainly(
        pushes.DAILY_LOSS,
        venue=venue_name(voice, fields.text(event, "venue")),
        loss=fields.text(event, "loss_percent")[:5],
        cap=fields.text(event, "cap_percent"),
    )
    title, rest = said.split("\n")
    return (bold(title), escape(rest))


def _difference(voice: Voice, event: EventView, _status: StatusView | None) -> Lines:
    over = event.facts.get("resolved") is True
    title = voice.plainly(
        pushes.DIFFERENCE_OVER if over else pushes.DIFFERENCE,
        venue=venue_name(voice, fields.text(event, "venue")),
        subject=fields.text(event, "subject"),
    )
    ours, theirs = fields.text(event, "ours"), told_text(voice, fields.text(event, "theirs"))
    return (bold(title), voice.say(pushes.OURS_THEIRS, ours=ours or "—", theirs=theirs))


def _order_refused(voice: Voice, event: EventView, status: StatusView | None) -> Lines:
    title = voice.plainly(pushes.ORDER_REFUSED, symbol=symbol_at(voice, event, status))
    said = f"{fields.text(event, 'code')}: {fields.text(event, 'message')}"
    return (bold(title), escape(foreign(voice, said), _LONG))


def _order_unknown(voice: Voice, event: EventView, status: StatusView | None) -> Lines:
    title = voice.plainly(pushes.ORDER_UNKNOWN, symbol=symbol_at(voice, event, status))
    return (bold(title), escape(cause_text(voice, fields.text(event, "cause")), _LONG))


def _order_absent(voice: Voice, event: EventView, status: StatusView | None) -> Lines:
    return (bold(voice.plainly(pushes.ORDER_ABSENT, symbol=symbol_at(voice, event, status))),)


def _dust(voice: Voice, event: EventView, status: StatusView | None) -> Lines:
    dropped = figures.quantity(fields.amount(event, "quantity"))
    symbol = symbol_at(voice, event, status)
    return (bold(voice.plainly(pushes.DUST, symbol=symbol, quantity=dropped)),)


def _exits(voice: Voice, event: EventView, status: StatusView | None) -> Lines:
    title = voice.plainly(pushes.EXITS_CHANGED, symbol=symbol_at(voice, event, status))
    return (bold(title), _told(voice, fields.text(event, "why")))


def _told(voice: Voice, text: str) -> Html:
    return escape(told_text(voice, text), _LONG)


def _mode(voice: Voice, text: str) -> str:
    venue, _, mode = text.partition("=")
    return f"{venue_name(voice, venue)} {mode_name(voice, mode)}".strip()


def _anything(voice: Voice, event: EventView, _status: StatusView | None) -> Lines:
    told = " ".join(f"{key}={value}" for key, value in event.facts.items() if key != "kind")
    words = pushes.KINDS.get(event.kind)
    name = event.kind if words is None else voice.plainly(words)
    venue = event.facts.get("venue")
    about = event.facts.get("symbol") or event.facts.get("command")
    where = venue_name(voice, str(venue)) if venue else ""
    return (joined((bold(name), about, where)), escape(told, _LONG))


TOLD: Mapping[str, Show] = {
    "PositionOpened": opened,
    "PositionClosed": closed,
    "SlippageExceeded": slippage,
    "LiquidationNeared": liquidation,
    "PresetChanged": _preset,
    "SettingsChanged": _settings,
    "SettingsRejected": _rejected,
    "VenueLost": _venue_lost,
    "VenueFound": _venue_found,
    "ClockFoundOff": clock_off,
    "ClockFoundRight": clock_right,
    "EngineStarted": _started,
    "EngineStopped": _stopped,
    "OperatorStateChanged": _state,
    "PanicProgressed": _panic,
    "StrategyDisabled": _disabled,
    "DailyLossReached": _daily_loss,
    "DifferenceFound": _difference,
    "OrderRefused": _order_refused,
    "OrderFateUnknown": _order_unknown,
    "OrderNeverArrived": _order_absent,
    "DustDropped": _dust,
    "ExitsChanged": _exits,
    "PositionAdjusted": adjusted,
    "SymbolPaused": paused,
    "SymbolResumed": resumed,
    "MarketFlagged": flagged,
    "PositionUnprotected": unprotected,
    "PositionProtected": protected,
    TUNED: tuned,
    "TuningDeclined": declined,
    "TuningTakenBack": taken_back,
}
