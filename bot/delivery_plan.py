"""Which events are told, in how many messages, how loudly and how soon: pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.card import Card
from bot.pace import Lane
from bot.views.book_pushes import CLOSED, OPENED, digest_card, fills_card
from bot.views.pushes import event_card, event_lines, is_summary, many_card, panic_card
from bot.voice import Voice
from engine.contract import EventView, StatusView

OLD = timedelta(minutes=10)
# More of one kind than this become one message.
TOGETHER = 3
_PANIC = "PanicProgressed"
_FILLS = frozenset({OPENED, CLOSED})
# The steps of an order and the echo of a command are told by the facts that follow them.
_STEPS = frozenset(
    {
        "CapitalSet",
        "CommandAnswered",
        "FundingPaid",
        "OrderAccepted",
        "OrderClosed",
        "OrderFilled",
        "OrderIntended",
    }
)


@dataclass(frozen=True, slots=True)
class Push:
    """One message that is to leave, with the numbers of the events it tells."""

    card: Card
    lane: Lane
    silent: bool
    seqs: tuple[int, ...]


def is_told(event: EventView) -> bool:
    """Return whether an event is worth a message at all."""
    if event.kind == CLOSED and event.facts.get("reason") == "panic":
        return False  # its receipt follows as a PanicProgressed
    if event.severity in {"warning", "critical"} or event.kind == _PANIC:
        return True
    return event.severity != "quiet" and event.kind not in _STEPS


def is_urgent(event: EventView, now: datetime, backlog: int) -> bool:
    """Return whether an event must overtake what is only worth knowing."""
    if event.severity == "critical":
        return True
    return (_loud(event) or event.kind == _PANIC) and not _is_old(event, now, backlog)


def plan(
    voice: Voice,
    events: Sequence[EventView],
    status: StatusView | None,
    now: datetime,
    backlog: int,
) -> tuple[Push, ...]:
    """Return the messages for events, most urgent first.

    Events up to number `backlog` waited while nobody listened: what is old among them becomes one
    digest, except critical ones. Younger numbers are news whatever their stamp says, because the
    clock of a replay is not ours.
    """
    told = [event for event in events if is_told(event)]
    old = [e for e in told if _is_old(e, now, backlog) and e.severity != "critical"]
    if len(old) <= TOGETHER:
        old = []  # too few to sum up: each carries its time
    fresh = [e for e in told if e not in old]
    pushes = [*_fresh(voice, fresh, status)]
    if old:
        pushes.append(_digest(voice, old, status))
    return tuple(sorted(pushes, key=lambda push: (push.lane, push.seqs[0])))


def _is_old(event: EventView, now: datetime, backlog: int) -> bool:
    return event.seq <= backlog and now - event.at > OLD


def _fresh(voice: Voice, events: Sequence[EventView], status: StatusView | None) -> list[Push]:
    panics = [event for event in events if event.kind == _PANIC]
    fills = [event for event in events if event.kind in _FILLS and not _loud(event)]
    others = [event for event in events if event not in panics and event not in fills]
    found: list[Push] = []
    if panics:
        # Receipts arrive without a sound, the result with one.
        done = any(is_summary(event) for event in panics)
        card = panic_card(voice, panics, status)
        found.append(Push(card, Lane.ALARM, not done, _seqs(panics)))
    found += _grouped(voice, fills, status, fills_card)
    kinds = dict.fromkeys(event.kind for event in others)
    for kind in kinds:
        same = [event for event in others if event.kind == kind]
        found += _grouped(voice, same, status, many_card)
    return found


def _grouped(
    voice: Voice,
    events: Sequence[EventView],
    status: StatusView | None,
    together: Callable[[Voice, Sequence[EventView], StatusView | None], Card],
) -> list[Push]:
    if len(events) <= TOGETHER:
        return [
            Push(event_card(voice, event, status), _lane(event), not _loud(event), (event.seq,))
            for event in events
        ]
    loudest = min(_lane(event) for event in events)
    silent = not any(_loud(event) for event in events)
    return [Push(together(voice, events, status), loudest, silent, _seqs(events))]


def _digest(voice: Voice, events: Sequence[EventView], status: StatusView | None) -> Push:
    notes = [event_lines(voice, event, status)[0] for event in events if event.kind not in _FILLS]
    return Push(digest_card(voice, events, notes, status), Lane.DIGEST, True, _seqs(events))


def _lane(event: EventView) -> Lane:
    return Lane.ALARM if _loud(event) else Lane.FILL


def _loud(event: EventView) -> bool:
    return event.severity in {"warning", "critical"}


def _seqs(events: Sequence[EventView]) -> tuple[int, ...]:
    return tuple(event.seq for event in events)
