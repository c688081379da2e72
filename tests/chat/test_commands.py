"""Every command, typed in both languages, against the engine's samples."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.commands.catalogue import ALL
from bot.texts.words import Language
from engine.contract import ApiError
from tests.chat.fake_engine import FakeEngine
from tests.chat.harness import Chat, talking

LINES = {
    "start": "파수가",
    "help": "/panic",
    "status": "업비트 [replay]",
    "positions": "삼성전자 005930",
    "orders": "SOL_USDT",
    "trades": "손절",
    "pnl": "일별",
    "why BTC": "✗ ADX: 17.3 (기준 >= 20)",
    "preset": "● mid_term",
    "preset stock swing": '"market": "stock"',
    "pause": "완료 · /pause",
    "resume": "계획 · /resume",
    "sell BTC": "계획 · /sell BTC",
    "set CRYPTO_K_VALUE 0.5": "계획 · /set CRYPTO_K_VALUE 0.5",
    "optimize": "계획 · /optimize",
    "undo": "계획 · /undo",
    "restart": "계획 · /restart",
    "panic": "긴급정지: 포지션 2",
    "settings": "CRYPTO_K_VALUE=0.5",
    "logs 5 warning": "[HOLD] BTC_KRW 진입 보류",
    "health": "✗ 국내주식",
    "audit": "익절과 손절을 그대로",
    "events": "최근 이벤트",
}


async def test_every_command_answers_with_its_facts(chat: Chat, caplog: pytest.LogCaptureFixture):
    assert {line.split()[0] for line in LINES} | {"chart"} == {command.name for command in ALL}
    for line, expected in LINES.items():
        assert expected in await chat.say(f"/{line}"), line
    assert "markup_refused" not in caplog.text


async def test_every_command_answers_in_english(
    engine: FakeEngine, folder: Path, caplog: pytest.LogCaptureFixture
):
    async with talking(engine.socket, folder, Language.EN) as chat:
        for line in LINES:
            answer = await chat.say(f"/{line}")
            own = re.sub("진입 보류|삼성전자|비트코인|상태|[가-힣]+ ·", "", answer)
            assert line == "help" or not re.search("[가-힣]", own), answer
    assert "markup_refused" not in caplog.text


@pytest.mark.parametrize("command", ALL, ids=lambda command: command.name)
async def test_korean_words_mean_the_same_command(chat: Chat, command):
    if command.name == "chart":
        return
    latin = await chat.say(f"/{command.name}")
    for word in command.words:
        assert _shape(await chat.say(word)) == _shape(latin), word


async def test_keyboard_labels_and_bot_names_are_understood(chat: Chat):
    assert "업비트 [replay]" in await chat.say("📊 상태")
    assert "업비트 [replay]" in await chat.say("/STATUS@pasu_bot")
    assert "일별" in await chat.say("💰 손익 30")


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("/statsu", "/status"),
        ("/pnic", "/panic"),
        ("긴급정", "/panic"),
        ("/posisions", "/positions"),
    ],
)
async def test_misspelt_command_names_the_nearest_and_does_nothing(
    chat: Chat, engine: FakeEngine, typed: str, near: str
):
    answer = await chat.say(typed)
    assert "모르는 명령" in answer
    assert near in answer
    assert engine.posts == []


@pytest.mark.parametrize(
    "typed",
    ["/pnl x", "/pnl 0", "/pnl 999999999999", "/trades 1 2", "/why", "/why a b", "/why ../x",
     "/sell", "/set K", "/preset a b c", "/preset nowhere swing", "/logs loud", "/chart a b",
     "/restart now", "/pnl ７"],
)  # fmt: skip
async def test_bad_arguments_get_a_usage_sentence(chat: Chat, engine: FakeEngine, typed: str):
    assert "이렇게 써 주세요: /" in await chat.say(typed)
    assert engine.posts == []


async def test_unknown_preset_is_answered_with_those_there_are(chat: Chat, engine: FakeEngine):
    answer = await chat.say("/preset turbo")
    assert "scalping, mid_term, swing" in answer
    assert engine.posts == []


async def test_mode_is_on_the_cards(chat: Chat, engine: FakeEngine):
    live = replace(engine.status.venues[0], mode="live")
    engine.status = replace(engine.status, venues=(live, *engine.status.venues[1:]))
    for line in ("/status", "/positions", "/pnl", "/trades", "/preset", "/logs", "/audit", "/panic",
                 "/resume", "/pause", "/why BTC"):  # fmt: skip
        assert "실거래" in await chat.say(line), line


async def test_silent_engine_never_looks_fine(chat: Chat, engine: FakeEngine):
    await chat.say("/status")
    await engine.stop()
    for line in ("/status", "/positions", "/pnl", "/panic", "/preset mid_term", "/pause", "/chart"):
        answer = await chat.say(line)
        assert re.search(r"엔진 응답 없음 \(마지막 \d\d:\d\d:\d\d\)", answer), line
        assert "₩" not in answer


async def test_engine_that_hangs_is_called_silent_within_its_two_seconds(
    chat: Chat, engine: FakeEngine
):
    engine.deaf.add("status")
    before = chat.clock.monotonic()
    assert "엔진 응답 없음" in await chat.say("/status")
    assert chat.clock.monotonic() - before < 2.5


async def test_refusal_of_the_engine_is_shown_in_its_words(chat: Chat, engine: FakeEngine):
    engine.refusals["preset"] = (409, ApiError("panic", "locked <until> /resume"))
    assert "엔진이 거절했습니다: locked <until> /resume" in await chat.say("/preset mid_term")


async def test_answer_of_another_version_is_a_refusal_not_a_crash(chat: Chat, engine: FakeEngine):
    engine.refusals["status"] = (200, ApiError("x", "y"))
    assert "엔진이 거절했습니다" in await chat.say("/status")


def _shape(card: str) -> str:
    return re.sub(r"\d", "", card)
