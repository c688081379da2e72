"""Decisions, presets, settings, log lines, checks and commands, as lists."""

from collections.abc import Sequence

from bot import figures
from bot.card import Card
from bot.markup import Block, Html, Table, bold, clean, code, escape, joined
from bot.texts import cards
from bot.views.head import short_head
from bot.views.naming import (
    decision_name,
    market_name,
    source_name,
    symbol_name,
    venue_mode,
    venue_name,
)
from bot.views.telling import actor, gate_name, in_words, reason, told
from bot.voice import Voice
from engine.contract import (
    AuditView,
    GateView,
    HealthView,
    LogLine,
    PresetView,
    SettingView,
    StatusView,
    WhyView,
)

_LONG = 400


def why_card(voice: Voice, status: StatusView, decisions: Sequence[WhyView], asked: str) -> Card:
    """Return the newest decision of each venue: every gate, its value, its threshold."""
    if not decisions:
        return Card((voice.say(cards.NO_WHY, symbol=asked),))
    blocks: list[Block] = []
    for decision in decisions:
        blocks += [*_decision(voice, status, decision), Html("")]
    return Card(tuple(blocks[:-1]))


def presets_card(voice: Voice, status: StatusView, presets: Sequence[PresetView]) -> Card:
    """Return the presets with their parameters; ● marks the active ones."""
    blocks: list[Block] = [short_head(voice, status, voice.plainly(cards.PRESETS_TITLE))]
    for preset in presets:
        active = ", ".join(market_name(voice, market) for market in preset.active)
        mark = "● " if active else ""
        parameters = " ".join(f"{key}={value}" for key, value in preset.parameters.items())
        blocks += [
            Html(""),
            joined((bold(mark + preset.name), preset.strategy, preset.timeframe, active)),
            escape(preset.description),
        ]
        if parameters:
            blocks.append(code(escape(parameters, _LONG)))
    blocks += [Html(""), voice.say(cards.PRESETS_HINT)]
    return Card(tuple(blocks))


def settings_card(voice: Voice, status: StatusView, settings: Sequence[SettingView]) -> Card:
    """Return settings with where each value comes from."""
    blocks: list[Block] = [short_head(voice, status, voice.plainly(cards.SETTINGS_TITLE))]
    for setting in settings:
        value = f"{setting.key}={setting.value}"
        restart = "" if setting.hot else voice.say(cards.NEEDS_RESTART)
        source = voice.say(cards.SETTING_SOURCE, source=source_name(voice, setting.source))
        blocks.append(joined((code(value), source, restart)))
    return Card(tuple(blocks))


def logs_card(voice: Voice, status: StatusView, lines: Sequence[LogLine]) -> Card:
    """Return log lines, oldest first, in a fixed-width font."""
    if not lines:
        return Card((voice.say(cards.NO_LOGS),))
    shown = tuple(
        f"{voice.clock(line.at)} {line.level[:1]} {clean(line.message, _LONG)}" for line in lines
    )
    title = voice.plainly(cards.LOGS_TITLE, count=len(lines))
    return Card((short_head(voice, status, title), Table(shown)))


def health_card(voice: Voice, status: StatusView, checks: Sequence[HealthView]) -> Card:
    """Return the engine's checks of itself, the failed ones first."""
    blocks: list[Block] = [short_head(voice, status, voice.plainly(cards.HEALTH_TITLE))]
    for check in sorted(checks, key=lambda check: check.ok):
        sign = "✓" if check.ok else "✗"
        name = bold(f"{sign} {told(voice, check.name)}")
        blocks.append(joined((name, escape(told(voice, check.detail), _LONG))))
    return Card(tuple(blocks))


def audit_card(voice: Voice, status: StatusView, entries: Sequence[AuditView]) -> Card:
    """Return the newest commands: who asked for what, and what came of it."""
    if not entries:
        return Card((voice.say(cards.NO_AUDIT),))
    blocks: list[Block] = [short_head(voice, status, voice.plainly(cards.AUDIT_TITLE))]
    blocks += [
        joined(
            (
                voice.minute(entry.at),
                actor(voice, entry.who),
                entry.command,
                escape("; ".join(told(voice, line) for line in entry.lines), _LONG),
            )
        )
        for entry in entries
    ]
    return Card(tuple(blocks))


def _decision(voice: Voice, status: StatusView, decision: WhyView) -> list[Block]:
    where = f"{venue_name(voice, decision.venue)} {venue_mode(voice, status, decision.venue)}"
    title = voice.say(
        cards.WHY_TITLE,
        symbol=bold(symbol_name(decision.symbol, decision.name)),
        venue=where,
        decision=bold(decision_name(voice, decision.decision)),
    )
    price = voice.say(
        cards.WHY_PRICE,
        price=figures.price(decision.price, decision.tick),
        at=voice.moment(decision.at),
    )
    blocks: list[Block] = [title, escape(reason(voice, decision.reason), _LONG), price]
    failed = [gate for gate in decision.gates if not gate.passed]
    if failed:
        names = ", ".join(gate_name(voice, gate.name) for gate in failed)
        blocks.append(joined((bold(voice.plainly(cards.STOPPED_AT)), names), ": "))
    blocks += [_gate(voice, gate) for gate in decision.gates]
    return blocks


def _gate(voice: Voice, gate: GateView) -> Html:
    sign = "✓" if gate.passed else "✗"
    line = voice.say(
        cards.GATE,
        name=gate_name(voice, gate.name),
        value=in_words(voice, gate.value),
        threshold=in_words(voice, gate.threshold),
    )
    return joined((sign, line), " ")
