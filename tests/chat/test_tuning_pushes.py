"""What the chat says of tuning, in both languages, and the way back under it."""

import re
from pathlib import Path

from bot.texts import tuning
from bot.texts.words import Language
from engine.domain.tuning import TuningJob, TuningObjective, TuningObstacle
from tests.chat import samples
from tests.chat.fake_engine import FakeEngine
from tests.chat.harness import press, talking

HANGUL = re.compile("[가-힣]")


async def test_a_tuning_shows_before_after_and_evidence_in_korean(engine: FakeEngine, folder: Path):
    async with talking(engine.socket, folder) as chat:
        engine.happen(samples.tuned(1))
        said = await chat.told("🎯 튜닝 적용 · 코인 mid_term")
        for line in (
            "K 0.5 → 0.45 · 익절 6% → 4% · 손절 ATR → 2%",
            "매일 탐색 (7일) · 조합 200 · 시장 20 · 기준 승률",
            "처음 보는 구간 2026-11-21 ~ 2026-11-23",
            "전 승률 60.00% · 수익 +0.80% · 거래 10",
            "후 승률 81.82% · 수익 +1.44% · 거래 11",
            "탐색 구간 2026-11-16 ~ 2026-11-21",
            "전 승률 25.86% · 수익 −0.31% · 거래 58",
            ".env 에 저장",
        ):
            assert line in said, line


async def test_a_tuning_is_told_in_english_without_a_korean_word(engine: FakeEngine, folder: Path):
    async with talking(engine.socket, folder, Language.EN) as chat:
        engine.happen(samples.tuned(1))
        said = await chat.told("🎯 Tuned · crypto mid_term")
        assert "K 0.5 → 0.45 · take profit 6% → 4% · stop loss ATR → 2%" in said
        assert "before won 60.00% · return +0.80% · trades 10" in said
        assert "kept in .env" in said
        assert not HANGUL.search(said)


async def test_the_button_under_a_tuning_asks_and_then_undoes(engine: FakeEngine, folder: Path):
    async with talking(engine.socket, folder) as chat:
        engine.happen(samples.tuned(1))
        await chat.told("튜닝 적용")
        key = chat.button("c:undo")
        shown = chat.request._messages[key.message]
        assert "60초 안에" in await chat.update(callback_query=press(key.data, shown))
        assert engine.carried_out("undo") == []
        assert "완료 · /undo" in await chat.say("!yes")
        assert len(engine.carried_out("undo")) == 1


async def test_a_sweep_says_that_it_is_kept_in_memory_alone(engine: FakeEngine, folder: Path):
    swept = [{"key": "CRYPTO_K_VALUE", "before": 0.5, "after": 0.7, "stored_after": None}]
    async with talking(engine.socket, folder) as chat:
        engine.happen(samples.tuned(1, job="sweep", changes=swept))
        said = await chat.told("튜닝 적용")
        assert "4시간 K 탐색" in said
        assert "메모리에만" in said
        assert ".env" not in said


async def test_a_search_that_was_asked_for_says_why_it_changed_nothing(
    engine: FakeEngine, folder: Path
):
    async with talking(engine.socket, folder) as chat:
        engine.happen(
            samples.tuned(1, "TuningDeclined", job="asked", obstacle="not_confirmed", detail="")
        )
        said = await chat.told("튜닝: 바꾸지 않았습니다 · 코인 mid_term")
        assert "이유: 처음 보는 구간에서 지금 값을 넘지 못했습니다" in said
        assert "찾은 값: K 0.5 → 0.45" in said


async def test_what_was_taken_back_is_told(engine: FakeEngine, folder: Path):
    back = [{"key": "STOCK_K_VALUE", "before": 0.45, "after": 0.5, "stored_after": None}]
    async with talking(engine.socket, folder) as chat:
        engine.happen(
            samples.event(1, "TuningTakenBack", market="stock", cause="undo", changes=back, who="x")
        )
        assert "K 0.45 → 0.5" in await chat.told("튜닝을 되돌렸습니다 · 주식")


def test_every_job_objective_and_obstacle_has_words():
    assert set(tuning.JOBS) == set(TuningJob)
    assert set(tuning.OBJECTIVES) == set(TuningObjective)
    assert set(tuning.OBSTACLES) == set(TuningObstacle)
