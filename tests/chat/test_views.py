"""Whatever strings the engine sends, every card stays valid HTML under Telegram's limits."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.card import Card
from bot.commands.catalogue import unknown_card
from bot.delivery_plan import plan
from bot.markup import CAPTION_LIMIT, TEXT_LIMIT, length, pages
from bot.terminal_html import render
from bot.texts.words import Language
from bot.views import charts, head, lists, plans, positions, results
from bot.views.pushes import event_card, events_card
from bot.views.status import status_card
from bot.voice import Voice
from engine.contract import ApiError, Receipt, line_of
from engine.phrases.replies import Reply
from tests.chat import samples

KO = Voice(Language.KO, ZoneInfo("Asia/Seoul"))
EN = Voice(Language.EN, ZoneInfo("America/New_York"))
PLAN = Receipt(
    "panic", False, True, (line_of(Reply.NOTHING_TO_DO.say()),), "key", (samples.panic_line(),)
)

VIEWS: dict[str, Callable[[Voice, Callable[[Any], Any]], Card]] = {
    "status": lambda v, n: status_card(v, n(samples.status())),
    "positions": lambda v, n: positions.positions_card(
        v, n(samples.status()), n(samples.positions())
    ),
    "orders": lambda v, n: positions.orders_card(v, n(samples.status()), n((samples.order(),))),
    "trades": lambda v, n: results.trades_card(v, n(samples.status()), n(samples.trades()), 7),
    "pnl": lambda v, n: results.pnl_card(v, n(samples.status()), n(samples.trades()), 30),
    "why": lambda v, n: lists.why_card(v, n(samples.status()), n((samples.why(),) * 4), n("BTC")),
    "presets": lambda v, n: lists.presets_card(v, n(samples.status()), n(samples.presets())),
    "settings": lambda v, n: lists.settings_card(v, n(samples.status()), n(samples.settings() * 9)),
    "logs": lambda v, n: lists.logs_card(v, n(samples.status()), n(samples.logs() * 50)),
    "health": lambda v, n: lists.health_card(v, n(samples.status()), n(samples.health())),
    "audit": lambda v, n: lists.audit_card(v, n(samples.status()), n(samples.audit() * 20)),
    "refused": lambda v, n: head.refused(v, n(ApiError("code", "message"))),
    "silent": lambda v, n: head.silent(v, samples.NOW),
    "never": lambda v, n: head.silent(v, None),
    "unknown": lambda v, n: unknown_card(v, n("/x")),
    "plan": lambda v, n: Card(plans.plan_blocks(v, n(samples.status()), n(PLAN), n("set"), 60)),
    "receipt": lambda v, n: Card(plans.receipt_blocks(v, None, n(PLAN), n("set"))),
    "panic": lambda v, n: Card(plans.panic_blocks(v, n(samples.status()), n(PLAN), 30)),
    "equity": lambda v, n: Card(
        charts.equity_caption(v, n(samples.status()), n(samples.equity(20)), 30)
    ),
    "candles": lambda v, n: Card(
        charts.candles_caption(v, n(samples.status()), n(samples.candles()))
    ),
    "opened": lambda v, n: event_card(v, n(samples.opened(1)), n(samples.status())),
    "closed": lambda v, n: event_card(v, n(samples.closed(1)), None),
    "panicked": lambda v, n: event_card(v, n(samples.panicked(1)), n(samples.status())),
    "tuned": lambda v, n: event_card(v, n(samples.tuned(1)), n(samples.status())),
    "declined": lambda v, n: event_card(v, n(samples.tuned(1, "TuningDeclined")), None),
    "event": lambda v, n: event_card(v, n(samples.event(1, "Odd", x="y", z=["a"])), None),
    "events": lambda v, n: events_card(
        v, n(samples.status()), n((samples.opened(1), samples.closed(2)))
    ),
}
KINDS = (
    "PositionOpened",
    "PositionClosed",
    "SlippageExceeded",
    "LiquidationNeared",
    "PresetChanged",
    "SettingsChanged",
    "SettingsRejected",
    "VenueLost",
    "VenueFound",
    "ClockFoundOff",
    "ClockFoundRight",
    "EngineStarted",
    "EngineStopped",
    "OperatorStateChanged",
    "PanicProgressed",
    "StrategyDisabled",
    "DifferenceFound",
    "OrderRefused",
    "OrderFateUnknown",
    "OrderNeverArrived",
    "DustDropped",
    "ExitsChanged",
    "ParametersTuned",
    "TuningDeclined",
    "TuningTakenBack",
    "PositionAdjusted",
    "SymbolPaused",
    "SymbolResumed",
    "MarketFlagged",
    "PositionUnprotected",
    "PositionProtected",
    "Unheard",
)
FIELDS = (
    "venue",
    "symbol",
    "quantity",
    "pnl",
    "pnl_percent",
    "exits",
    "problems",
    "changes",
    "evidence",
    "obstacle",
    "job",
    "why",
    "cause",
    "seconds",
    "ahead_s",
    "average_price",
    "leverage",
)
STRINGS = (
    "<b>",
    "</pre>",
    "&amp;&",
    "_*[`~",
    "<script>alert(1)</script>",
    "😀" * 2500,
    "x" * 9000,
    "\u202egnp.exe",
    "\n\n\n",
    "",
    " ",
    "{0} {x!r} %s",
    "<" * 5000,
    "한글" * 3000,
    "\x00\x1b[31m",
)
NASTY = st.one_of(st.sampled_from(STRINGS), st.text(max_size=300))


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(sorted(VIEWS)), voice=st.sampled_from([KO, EN]), text=NASTY)
def test_f14_any_string_renders(name: str, voice: Voice, text: str):
    check(VIEWS[name](voice, lambda value: nasty(value, text)))


@pytest.mark.parametrize("voice", [KO, EN], ids=["ko", "en"])
@pytest.mark.parametrize("name", VIEWS)
def test_every_card_is_valid_as_it_comes(name: str, voice: Voice):
    check(VIEWS[name](voice, lambda value: value))


@settings(max_examples=200, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    facts=st.dictionaries(
        st.sampled_from(FIELDS),
        st.one_of(
            NASTY,
            st.none(),
            st.integers(-9, 9),
            st.lists(NASTY, max_size=3),
            st.sampled_from(
                ["1e9", "NaN", "-Infinity", "0.000000012", "-12345.678", "1e400", "1e-400"]
            ),
        ),
    ),
)
def test_f14_event_with_any_facts_renders(kind: str, facts: dict[str, Any]):
    check(event_card(KO, samples.event(1, kind, "warning", **facts), samples.status()))


@settings(max_examples=40, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(["opened", "closed", "panic", "lost", "state"]), max_size=40),
    backlog=st.integers(0, 40),
)
def test_plan_tells_every_event_exactly_once(kinds: list[str], backlog: int):
    make: dict[str, Callable[[int, Any], Any]] = {
        "opened": lambda i, at: samples.opened(i, at=at),
        "closed": lambda i, at: samples.closed(i, at=at),
        "panic": lambda i, at: samples.panicked(i, at=at),
        "lost": lambda i, at: samples.event(i, "VenueLost", "warning", at, venue="upbit"),
        "state": lambda i, at: samples.event(i, "OperatorStateChanged", "critical", at),
    }
    past = samples.NOW - timedelta(hours=1)
    events = [make[kind](i, past) for i, kind in enumerate(kinds, 1)]
    pushes = plan(KO, events, samples.status(), samples.NOW, backlog)
    assert sorted(seq for push in pushes for seq in push.seqs) == list(range(1, len(kinds) + 1))
    assert [push.lane for push in pushes] == sorted(push.lane for push in pushes)
    for push in pushes:
        check(push.card)


def test_status_with_unknown_words_shows_them_raw():
    view = samples.status(state="dreaming", venues=(samples.venue("mars", mode="simulated"),))
    text = "\n".join(pages(status_card(KO, view).blocks))
    assert "dreaming" in text
    assert "[simulated]" in text


def test_modes_that_differ_are_named_for_each_venue():
    mixed = (samples.venue(mode="live"), samples.venue("stock"), samples.venue("x", mode="off"))
    text = "\n".join(pages(results.pnl_card(KO, samples.status(venues=mixed), (), 7).blocks))
    assert "[업비트 실거래 · 국내주식 replay]" in text


def check(card: Card) -> None:
    limit = CAPTION_LIMIT if card.picture else TEXT_LIMIT
    for page in pages(card.blocks, limit):
        _, seen = render(page, colour=False)
        assert length(seen) <= limit
    for page in pages(card.blocks, first=CAPTION_LIMIT)[:1]:
        assert length(render(page, colour=False)[1]) <= CAPTION_LIMIT
    for button in (button for row in card.buttons for button in row):
        assert 1 <= len(button.data.encode()) <= 64
        assert button.label


def nasty(value: Any, text: str) -> Any:
    """Return the value with every string in it replaced; kinds and modes included."""
    if isinstance(value, str):
        return text
    if isinstance(value, tuple):
        return tuple(nasty(item, text) for item in value)
    if isinstance(value, list):
        return [nasty(item, text) for item in value]
    if isinstance(value, dict):
        return {nasty(key, text): nasty(item, text) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: nasty(getattr(value, f.name), text) for f in fields(value)}
        return replace(value, **changed)
    return value
