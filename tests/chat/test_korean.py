"""An owner who reads Korean reads no English: not in an answer, not in a push, not in a plan."""

import re
from collections.abc import Iterable
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from bot.card import Card
from bot.markup import Html, pages, plain
from bot.texts.errors import ERRORS
from bot.texts.words import Language
from bot.views import plans
from bot.views.pushes import event_card, events_card, many_card
from bot.voice import Voice
from engine.contract import PHRASES, ApiError, GateView, Receipt, line_of
from engine.phrases.gates import GateName, Word
from engine.phrases.refusals import Refusal
from engine.phrases.replies import Reply
from strategies.registry import catalogue
from tests.chat import samples
from tests.chat.facts import event_of, every_fact
from tests.chat.fake_engine import FakeEngine
from tests.chat.harness import Chat
from tests.chat.phrases import said
from tests.chat.test_commands import LINES
from tests.chat.test_views import VIEWS

KO = Voice(Language.KO, ZoneInfo("Asia/Seoul"))
RUN = re.compile(r"(?<![\w/.{-])[A-Za-z][\w'’-]*(?:[ ,.;:]+[A-Za-z][\w'’-]*)+")
# A command of the shell, and the log, which is one language for whoever reads it.
CODE = re.compile(r"<code>.*?</code>")
NAMES = {*catalogue().presets, *catalogue().strategies}
UNITS = {
    "API",
    "ATR",
    "ADX",
    "BTC",
    "CPU",
    "DATA_DIR",
    "EMA50",
    "EMA100",
    "KRW",
    "KST",
    "MB",
    "RSI",
}
ALLOWED = NAMES | UNITS | {"pasu", "events", "panic", "crypto", "stock", "replay", "chmod", "chown"}


def english(text: str) -> list[str]:
    """Return every run of two or more words of ASCII that are no names, codes or units."""
    runs = (match[0] for match in RUN.finditer(re.sub(r"/\w+[^\n·]*", "", text)))
    return [run for run in runs if len(strange(re.findall(r"[\w'’-]+", run))) > 1]


def strange(words: Iterable[str]) -> list[str]:
    is_name = re.compile(r"[A-Z0-9_]{2,}|\w*_\w*|\w")
    return [word for word in words if word not in ALLOWED and not is_name.fullmatch(word)]


def shown(card: Card) -> str:
    body = "\n".join(pages(card.blocks))
    labels = "\n".join(button.label for row in card.buttons for button in row)
    return f"{plain(Html(CODE.sub('', body)))}\n{labels}"


def test_the_guard_finds_english():
    assert english("엔진: the engine is stopping") == ["the engine is stopping"]
    assert english("running → paused") == []
    assert english("CRYPTO_K_VALUE: 0.5 → 0.6, mid_term swing · ATR 2.5") == []
    assert english("예: /preset stock swing") == []


@pytest.mark.parametrize("name", sorted(set(VIEWS) - {"logs", "event", "unknown"}))
def test_no_card_has_english(name: str):
    card = VIEWS[name](KO, lambda value: value)
    assert english(shown(card)) == []


def test_no_push_has_english():
    events = [event_of(fact, seq) for seq, fact in enumerate(every_fact(), 1)]
    assert len(events) > 150
    status = samples.status()
    loud = [event for event in events if event.severity != "quiet"]
    for event in loud:
        assert english(shown(event_card(KO, event, status))) == [], event.kind
    assert english(shown(many_card(KO, loud[-15:], status))) == []
    assert english(shown(events_card(KO, status, events))) == []


def test_no_plan_and_no_receipt_has_english():
    lines = tuple(line_of(said(reply)) for reply in Reply)
    receipt = Receipt("set", True, False, lines, "k", (samples.panic_line(),))
    for blocks in (
        plans.plan_blocks(KO, samples.status(), receipt, "set", 60),
        plans.receipt_blocks(KO, None, receipt, "set"),
        plans.panic_blocks(KO, samples.status(), receipt, 30),
        plans.panic_started_blocks(KO, samples.status(), receipt, samples.NOW),
        plans.unanswered_blocks(KO, samples.NOW, "panic"),
    ):
        assert english(shown(Card(blocks))) == []


async def test_no_command_answers_in_english(chat: Chat, engine: FakeEngine):
    gates = tuple(GateView(name, False, f"1 {word}", word) for name in GateName for word in Word)
    engine.why = tuple(
        replace(samples.why(), gates=gates[i : i + 40]) for i in range(0, len(gates), 40)
    )
    for line in LINES:
        answer = await chat.say(f"/{line}")
        if not line.startswith(("logs", "help")) and "{" not in answer:
            assert english(re.sub(r"\S+=\S+", "", answer)) == [], line


async def test_no_refusal_is_in_english(chat: Chat, engine: FakeEngine):
    for code in ERRORS:
        engine.refusals["positions"] = (409, ApiError(code, "this is an English sentence"))
        assert english(await chat.say("/positions")) == [], code
    for refusal in Refusal:
        text = said(refusal)
        engine.refused = (line_of(text),)
        answer = await chat.say("/positions")
        assert english(answer) == [], text
        assert "엔진이 거절했습니다" in answer


def test_the_samples_name_every_phrase_with_its_blanks():
    for phrase in PHRASES.values():
        assert "{" not in line_of(said(phrase)).text.replace("${...}", "")
