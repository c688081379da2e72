"""Pictures: drawn elsewhere, in both languages, every glyph there."""

import struct
import subprocess
import sys
import zlib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import chart_drawing
from bot.chart_data import Chart, candle_chart, drawdown, equity_chart
from bot.chart_style import drawable
from bot.charts import ChartFailed, Charts
from bot.texts.words import Language
from bot.voice import Voice
from engine.contract import EquityPoint, EquityView
from tests.chat import samples
from tests.chat.fake_engine import FakeEngine
from tests.chat.harness import Chat

ROOT = Path(__file__).resolve().parents[2]
KO = Voice(Language.KO, ZoneInfo("Asia/Seoul"))
EN = Voice(Language.EN, ZoneInfo("Asia/Seoul"))


def flat(points: int, value: str) -> EquityView:
    view = samples.equity(points)
    return replace(
        view, points=tuple(EquityPoint(point.at, Decimal(value)) for point in view.points)
    )


CASES: dict[str, Chart] = {
    "equity_ko": equity_chart(KO, samples.equity(), 30),
    "equity_en": equity_chart(EN, samples.equity(name="upbit"), 30),
    "equity_two_points": equity_chart(KO, samples.equity(2), 1),
    "equity_many_points": equity_chart(KO, samples.equity(20_000), 365),
    "equity_usdt": equity_chart(KO, samples.equity(50, "binance_spot", "USDT"), 7),
    "equity_flat": equity_chart(KO, flat(10, "10000000"), 7),
    "equity_zero": equity_chart(KO, flat(10, "0"), 7),
    "candles_ko": candle_chart(KO, samples.candles()),
    "candles_en": candle_chart(EN, samples.candles()),
    "candles_two": candle_chart(KO, replace(samples.candles(120), trades=(), position=None)),
    "candles_odd_name": candle_chart(KO, replace(samples.candles(), symbol="🚀<b>코인 中文")),
}


@pytest.mark.parametrize("name", CASES)
def test_chart_is_a_png_of_phone_size_without_a_missing_glyph(name: str):
    # Warnings are errors here: a "Glyph missing" would fail.
    picture = chart_drawing.draw(CASES[name])
    assert size(picture) == (1080, 1080)
    assert 15_000 < len(picture) < 400_000


def test_long_curve_is_thinned_and_keeps_its_ends():
    chart = equity_chart(KO, samples.equity(20_000), 365)
    assert len(chart.times) <= 1501
    assert chart.equity[-1] == float(samples.equity(20_000).points[-1].equity)


def test_drawdown_is_measured_from_the_peak_before():
    assert drawdown((100.0, 110.0, 99.0, 120.0)) == (0.0, 0.0, pytest.approx(-10.0), 0.0)
    assert drawdown((0.0, 0.0)) == (0.0, 0.0)


def test_marks_lie_on_the_candle_that_holds_their_moment():
    chart = candle_chart(KO, samples.candles())
    assert [(mark.position, mark.entry) for mark in chart.marks] == [
        (20, True), (44, False), (100, True),
    ]  # fmt: skip
    assert [level.kind for level in chart.levels] == ["entry", "target", "stop"]


def test_undrawable_characters_are_left_out():
    assert drawable("🚀 삼성 <b> 中 ₩1 ▲") == " 삼성 <b>  ₩1 ▲"


async def test_chart_command_sends_a_picture_with_its_numbers(chat: Chat):
    answer = await chat.say("/chart")
    assert "최대 낙폭 −" in answer
    (path,) = [word for word in answer.split() if word.endswith(".png")]
    assert size(saved(path)) == (1080, 1080)
    assert "종가 142,519,551" in await chat.say("/chart BTC 1h")
    assert "업비트 자산 · 7일" in await chat.say("차트 업비트 7일")


async def test_chart_asks_the_engine_for_what_was_typed(chat: Chat, engine: FakeEngine):
    engine.equity = samples.equity(1)
    assert "데이터가 아직 부족" in await chat.say("/chart futures 30")
    assert "equity" in engine.asked


async def test_dead_drawing_process_is_replaced():
    charts = Charts()
    try:
        await charts.draw(CASES["equity_two_points"])
        assert charts._pool is not None
        for process in charts._pool._processes.values():
            process.kill()
        assert (await charts.draw(CASES["equity_two_points"])).startswith(b"\x89PNG")
    finally:
        charts.close()


async def test_chart_that_cannot_be_drawn_fails_without_harm():
    charts = Charts()
    try:
        with pytest.raises(ChartFailed):
            await charts.draw(replace(CASES["equity_ko"], times=()))  # type: ignore[type-var]
        assert (await charts.draw(CASES["equity_ko"])).startswith(b"\x89PNG")
    finally:
        charts.close()


def test_the_bot_itself_never_loads_matplotlib():
    code = "import sys, bot.__main__; print('matplotlib' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]


def saved(path: str) -> bytes:
    return Path(path).read_bytes()


def size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(b"\x89PNG")
    assert zlib.crc32(picture[12:29]) == struct.unpack(">I", picture[29:33])[0]
    width, height = struct.unpack(">II", picture[16:24])
    return width, height
