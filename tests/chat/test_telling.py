"""Whatever the engine can say has words in both languages; what is not ours is shown as it is."""

import re
from enum import StrEnum
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from bot.texts import errors, gates, names, pushes, tuning
from bot.texts.sentences import KOREAN
from bot.texts.words import Language
from bot.views.pushes import TOLD
from bot.views.telling import (
    actor,
    cause_text,
    foreign,
    gate_name,
    in_words,
    reason,
    told,
    told_text,
)
from bot.voice import Voice
from engine.contract import PHRASES, Line, line_of
from engine.core.severity import severity
from engine.domain.events import Fact, OperatorState, Severity
from engine.domain.exits import ExitReason
from engine.domain.intent import OrderType, Purpose, Side
from engine.domain.order import OrderStatus
from engine.domain.tuning import TuningObjective, TuningObstacle
from engine.domain.venue import VenueMode, VenueName
from engine.phrases.causes import Cause
from engine.phrases.faults import Fault
from engine.phrases.gates import GateName, Word
from engine.phrases.replies import Reply
from engine.ports.venue import ReportStatus, SurfaceName, SurfaceState
from engine.settings import Market, Source
from strategies.exits import LiquidationStep
from strategies.sizing import Bound
from tests.chat.facts import FACTS
from tests.chat.phrases import said
from tests.shape.source import modules

HANGUL = re.compile("[가-힣]")
KO = Voice(Language.KO, ZoneInfo("Asia/Seoul"))
EN = Voice(Language.EN, ZoneInfo("Asia/Seoul"))


def test_every_phrase_has_korean_words_and_no_words_are_left_over():
    assert set(KOREAN) == set(PHRASES)
    figures_alone = {code for code, text in KOREAN.items() if not HANGUL.search(text)}
    assert all("{" in KOREAN[code] or code == "cause.api_checked" for code in figures_alone)


@pytest.mark.parametrize("code", PHRASES)
def test_every_phrase_is_told_with_its_figures(code: str):
    for voice in (KO, EN):
        text = told_text(voice, said(PHRASES[code]))
        assert text
        assert not re.search(r"(?<!\$)[{}]", text.replace("${...}", ""))
        assert code not in text


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        (gates.GATES, GateName),
        (gates.WORDS, Word),
        (gates.WORDS, Bound),
        (names.VENUES, VenueName),
        (names.MODES, VenueMode),
        (names.STATES, OperatorState),
        (names.VENUE_STATES, SurfaceState),
        (names.REASONS, ExitReason),
        (names.SIDES, Side),
        (names.MARKETS, Market),
        (names.SOURCES, Source),
        (names.ORDER_TYPES, OrderType),
        (names.PURPOSES, Purpose),
        (names.ORDER_STATES, OrderStatus),
        (names.ORDER_STATES, ReportStatus),
        (names.LINES, SurfaceName),
        (names.STEPS, LiquidationStep),
        (tuning.OBSTACLES, TuningObstacle),
        (tuning.OBJECTIVES, TuningObjective),
    ],
)
def test_every_value_of_the_engines_sets_has_words(table: dict[str, object], kind: type[StrEnum]):
    assert {each.value for each in kind} <= set(table)


def test_gates_and_words_without_a_use_are_not_kept():
    assert set(gates.GATES) == set(GateName)
    assert set(gates.WORDS) == set(Word)


def test_every_code_of_an_error_has_words():
    pattern = re.compile(
        r'(?:Refused|refusal)\(\s*"(\w+)"|\d{3}: ?\(?"(\w+)"|"(\w+)": \d{3}|\d{3}, "(\w+)"'
    )
    texts = [module.text for module in modules("engine/api", "engine/core", at_least=10)]
    found = {code for text in texts for match in pattern.finditer(text) for code in match.groups()}
    codes = found - {None}
    assert len(codes) > 15
    assert codes <= set(errors.ERRORS)


def test_every_kind_of_fact_is_told_in_words():
    kinds = {kind for union in get_args(Fact) for kind in (get_args(union) or (union,))}
    assert {type(fact) for fact in FACTS} == kinds
    loud = {type(fact).__name__ for fact in FACTS if severity(fact) is not Severity.QUIET}
    assert loud <= set(TOLD)
    assert {kind.__name__ for kind in kinds} == set(TOLD) | set(pushes.KINDS)


def test_figures_that_are_words_are_told_and_others_are_not_touched():
    line = line_of(Reply.STATE_CHANGES.say(before="running", after="dreaming"))
    assert told(KO, line) == "● 실행중 → dreaming"
    assert told(EN, line) == "● running → dreaming"
    nested = Fault.IN_LINE.say(line=3, key="X_Y", what=Fault.WRITE_ABOVE.say(bound="0.05"))
    assert told_text(KO, nested) == "3번째 줄: X_Y: 0.05보다 큰 숫자를 쓰세요"


def test_lines_without_a_known_code_or_with_other_blanks_are_shown_as_they_came():
    assert told(KO, Line("", {}, "점심 & lunch break")) == "점심 & lunch break"
    assert told(KO, Line("reply.of_tomorrow", {"x": "1"}, "in English")) == "in English"
    assert told(KO, Line("reply.sold", {"venue": "upbit"}, "upbit: sold")) == "upbit: sold"
    assert (
        told(KO, Line("reply.sold", {"venue": "{0}", "symbol": "{}"}, "")) == "{0} {}: 팔았습니다"
    )


@pytest.mark.parametrize(
    ("text", "korean", "english"),
    [
        ("open", "열림", "open"),
        ("3 of 20", "3 / 20", "3 of 20"),
        ("≥ 20, not falling", "≥ 20, 내리지 않음", "≥ 20, not falling"),
        ("≤ 5,000 (order_cap)", "≤ 5,000 (주문 한도)", "≤ 5,000 (order cap)"),
        ("cause.line_lost line=rest", "REST 연결이 끊겼음", "REST lost"),
        ("openness 12.5 KRW", "openness 12.5 KRW", "openness 12.5 KRW"),
        ("None < {x!r} %s", "None < {x!r} %s", "None < {x!r} %s"),
    ],
)
def test_gates_are_told_word_by_word(text: str, korean: str, english: str):
    assert in_words(KO, text) == korean
    assert in_words(EN, text) == english


def test_reasons_name_the_gate_that_did_not_pass():
    assert reason(KO, "adx: 17.30 (18.20) (needs ≥ 20, not falling)") == (
        "ADX: 17.30 (18.20) (기준 ≥ 20, 내리지 않음)"
    )
    assert reason(KO, Cause.SOLD_FOR.say(reason="stop_loss")) == "매도: 손절"
    assert reason(KO, "votes 0.70: rsi, band, ema50") == "찬성표 0.70: RSI, 밴드, EMA50"
    assert reason(KO, "looked at six closes") == "looked at six closes"
    assert gate_name(KO, "my {own} gate") == "my {own} gate"


@pytest.mark.parametrize(
    ("text", "korean", "english"),
    [
        ("-1013: Filter failure: NOTIONAL", "거래소의 주문 규칙에 맞지 않음 (-1013)",
         "against the venue's order filters (-1013)"),
        ("under_min_total_bid: 최소주문금액 이상으로", "최소 주문보다 작음 (under_min_total_bid)",
         "below the minimum order (under_min_total_bid)"),
        ("too_new: 새로운 오류입니다", "too_new: 새로운 오류입니다", "too_new: 새로운 오류입니다"),
        ("HTTP 502: no gateway", "거래소 서버 오류 (HTTP 502)",
         "the venue's server failed (HTTP 502)"),
        ("TimeoutError", "시간 초과 (TimeoutError)", "timed out (TimeoutError)"),
        ("ValueError: not a number", "ValueError (영어 원문은 서버에서 pasu events)",
         "ValueError: not a number"),
        ("nobody knows why", "영어 원문은 서버에서 pasu events", "nobody knows why"),
    ],
)  # fmt: skip
def test_words_of_venues_are_told_by_their_code(text: str, korean: str, english: str):
    assert foreign(KO, text) == korean
    assert foreign(EN, text) == english
    assert cause_text(KO, Cause.PRICES_STALE.say()) == "시세가 오래됨"


def test_who_asked_is_told_by_where_from():
    assert actor(KO, "telegram:7") == "텔레그램:7"
    assert actor(KO, "engine") == "엔진"
    assert actor(KO, "curl") == "curl"
