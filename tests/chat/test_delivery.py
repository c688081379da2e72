"""Events to chats: none lost, none twice, no flood, and the engine's own silence told once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import Surface, Wired, wire
from bot.delivery_plan import is_told
from bot.pace import Pace
from bot.poll_request import new_poll, new_sender
from bot.running import running
from bot.server_time import ServerTime
from bot.settings import BotSettings
from tests.chat import samples
from tests.chat.fake_engine import FakeEngine
from tests.chat.fake_telegram import OWNER, TOKEN, FakeTelegram, Fault
from tests.chat.harness import Chat, MovableClock, talking
from tests.chat.waiting import eventually

HOUR = timedelta(hours=1)


@asynccontextmanager
async def online(
    engine: FakeEngine,
    telegram: FakeTelegram,
    *users: int,
    pace: Pace | None = None,
    shift_s: float = 0.0,
) -> AsyncIterator[tuple[Wired, MovableClock]]:
    """Hold the bot up against the fake Telegram."""
    clock = MovableClock(shift_s)
    time = ServerTime(clock)
    settings = BotSettings(
        socket_path=engine.socket,
        telegram_base_url=telegram.base_url,
        telegram_user_ids=frozenset(users or (OWNER,)),
    )
    surface = Surface(
        name="telegram",
        token=TOKEN,
        sender=new_sender(),
        poll=new_poll(clock, time, lambda: None),
        allowed=settings.telegram_user_ids,
        pace=pace or Pace(per_s=100.0),
        keeps_cursor=True,
        on_handled=lambda _update: None,
        now=time.now,
    )
    wired = wire(settings, clock, surface)
    async with wired.engine, running(wired, clock):
        yield wired, clock


async def reached(engine: FakeEngine, seq: int, within_s: float = 8.0) -> None:
    await eventually(lambda: engine.cursor >= seq, within_s)


async def test_fills_stops_and_changes_are_pushed(engine: FakeEngine, folder: Path):
    async with talking(engine.socket, folder) as chat:
        await asyncio.sleep(0.05)
        engine.happen(samples.opened(1), samples.closed(2))
        bought = await chat.told("▶ 진입 BTC_KRW 업비트 [replay]")
        assert "0.0132 @ 138,420,000 · 익절 145,341,000 · 손절 —" in bought
        assert "breakout · 종가 103 ＞ <102>" in bought
        assert "◀ 익절 BTC_KRW" in await chat.told("▲+₩31,900 (+1.74%)")
        engine.happen(
            samples.event(3, "PresetChanged", market="crypto", preset="swing", previous="mid_term",
                          taken_back=["CRYPTO_K_VALUE"], who="telegram:7"),
            samples.event(4, "SettingsRejected", "warning", problems=["line 3: X", "line 9: <Y>"]),
            samples.event(5, "VenueLost", "warning", venue="upbit", cause="timeout"),
            samples.event(6, "VenueFound", venue="upbit", down_s=83.0),
            samples.event(7, "SlippageExceeded", "warning", venue="upbit", symbol="XRP_KRW",
                          side="sell", decision_price="900", fill_price="891",
                          slippage_percent="1", cost="1200"),
            samples.event(8, "LiquidationNeared", "critical", venue="binance_futures",
                          symbol="ETH_USDT", step="warn", distance_percent="28.4",
                          mark_price="3000.1", liquidation_price="2148.07"),
        )  # fmt: skip
        assert "CRYPTO_K_VALUE" in await chat.told("코인: mid_term → swing")
        assert "line 9: <Y>" in await chat.told("설정을 적용하지 않았습니다")
        assert "[" in await chat.told("업비트 [replay] 연결 끊김")
        assert "1m 23s" in await chat.told("업비트 복구")
        assert "900 → 체결 891 · 비용 ₩1,200" in await chat.told("슬리피지 1.00%")
        assert "긴급정지" in await chat.told("청산까지 28.40%")
        await reached(engine, 8)


async def test_quiet_events_are_acked_and_not_told(chat: Chat, engine: FakeEngine):
    engine.happen(
        samples.event(1, "OrderFilled", "quiet"),
        samples.event(2, "OrderAccepted", "info"),
        samples.closed(3).__class__(3, "PositionClosed", "info", samples.NOW, {"reason": "panic"}),
    )
    await reached(engine, 3)
    assert chat.printed == []


async def test_event_of_an_unknown_kind_is_told_with_its_fields(chat: Chat, engine: FakeEngine):
    engine.happen(samples.event(1, "MoonLanded", "warning", where="<sea> & dust"))
    assert "where=<sea> & dust" in await chat.told("MoonLanded")


async def test_event_with_broken_fields_is_still_told(chat: Chat, engine: FakeEngine):
    kinds = ("PositionOpened", "PositionClosed", "SlippageExceeded", "SettingsChanged")
    engine.happen(*(samples.event(i, kind) for i, kind in enumerate(kinds, 1)))
    await reached(engine, 4)
    assert "SlippageExceeded" not in "".join(chat.printed)
    assert "슬리피지" in "".join(chat.printed)


async def test_f38_nothing_is_lost_or_repeated_across_restarts(
    engine: FakeEngine, telegram: FakeTelegram
):
    for first in (1, 3, 5):
        engine.happen(
            samples.opened(first, f"A{first}"), samples.opened(first + 1, f"A{first + 1}")
        )
        async with online(engine, telegram):
            await reached(engine, first + 1)
    told = [symbol for symbol in (f"A{i} " for i in range(1, 7)) for text in telegram.texts()
            if symbol in text]  # fmt: skip
    assert told == [f"A{i} " for i in range(1, 7)]


async def test_f38_cursor_waits_until_the_message_arrived(
    engine: FakeEngine, telegram: FakeTelegram
):
    telegram.faults["sendMessage"] = [Fault(status=502), Fault(status=500), Fault(status=502)]
    async with online(engine, telegram):
        engine.happen(samples.opened(1))
        await telegram.received("진입 BTC_KRW")
        await reached(engine, 1)
    assert sum("진입 BTC_KRW" in text for text in telegram.texts()) == 1


async def test_f38_bot_stopped_after_a_push_has_noted_it(
    engine: FakeEngine, telegram: FakeTelegram
):
    engine.ack_s = 0.2
    async with online(engine, telegram):
        await asyncio.sleep(0.05)
        engine.happen(samples.opened(1))
        await telegram.received("진입 BTC_KRW")
    assert engine.cursor == 1


async def test_f38_blocked_bot_keeps_its_events_until_it_is_unblocked(
    engine: FakeEngine, telegram: FakeTelegram
):
    telegram.faults["sendMessage"] = [Fault(status=403, description="Forbidden: blocked")] * 3
    async with online(engine, telegram):
        engine.happen(samples.opened(1))
        await telegram.received("진입 BTC_KRW")
        await reached(engine, 1)


async def test_one_chat_that_is_gone_does_not_hold_up_the_other(
    engine: FakeEngine, telegram: FakeTelegram
):
    async with online(engine, telegram, OWNER, 8):
        telegram.faults["sendMessage"] = [Fault(status=403, description="Forbidden: blocked")]
        engine.happen(samples.opened(1))
        await reached(engine, 1)
    assert len([text for text in telegram.texts() if "진입" in text]) == 1


async def test_many_fills_become_one_message_and_alarms_go_first(
    engine: FakeEngine, telegram: FakeTelegram
):
    engine.happen(
        *(samples.closed(i, f"C{i}", at=datetime.now(UTC)) for i in range(1, 13)),
        samples.event(13, "VenueLost", "warning", at=datetime.now(UTC), venue="upbit", cause="x"),
    )
    async with online(engine, telegram):
        await reached(engine, 13)
    first, second = telegram.sent
    assert "연결 끊김" in first["text"]
    assert first["disable_notification"] == "false"
    assert "체결 12건" in second["text"]
    assert "실현 손익 <b>▲+₩382,800</b>" in second["text"]
    assert second["disable_notification"] == "true"


async def test_alarm_does_not_wait_behind_a_row_of_fills(
    engine: FakeEngine, telegram: FakeTelegram
):
    async with online(engine, telegram, pace=Pace(per_s=1.0, burst=2)):
        await asyncio.sleep(0.05)
        engine.happen(*(samples.opened(i, f"A{i}") for i in range(1, 4)))
        await telegram.received("A1 ")
        engine.happen(samples.event(4, "VenueLost", "warning", venue="upbit", cause="x"))
        await telegram.received("연결 끊김")
        assert not any("A3 " in text for text in telegram.texts())
        assert engine.cursor < 4
        await reached(engine, 4)
    assert sum("A" in text and "진입" in text for text in telegram.texts()) == 3


async def test_engine_that_dies_before_it_was_told_how_far_is_called_lost(
    engine: FakeEngine, folder: Path
):
    async with talking(engine.socket, folder) as chat:
        await asyncio.sleep(0.05)
        engine.ack_s = 3600
        engine.happen(samples.opened(1))
        await chat.told("진입 BTC_KRW")
        await engine.stop()
        await chat.told("엔진 끊김")
        engine.ack_s = 0
        await engine.start()
        await chat.told("엔진 복구")
        await reached(engine, 1)
    assert sum("진입 BTC_KRW" in text for text in chat.printed) == 1


async def test_f38_an_hour_away_is_one_digest_and_the_urgent_ones(
    engine: FakeEngine, telegram: FakeTelegram
):
    past = datetime.now(UTC) - HOUR
    engine.happen(
        *(samples.opened(i, at=past) for i in range(1, 900)),
        *(samples.closed(i, at=past) for i in range(900, 1200)),
        samples.event(1200, "VenueLost", "warning", at=past, venue="upbit", cause="x"),
        samples.event(1201, "LiquidationNeared", "critical", at=past, venue="binance_futures",
                      symbol="ETH_USDT", step="warn"),
    )  # fmt: skip
    async with online(engine, telegram):
        await reached(engine, 1201)
    urgent, digest = telegram.texts()
    assert "청산까지" in urgent
    assert "자리를 비운 동안" in digest
    assert "진입 899 · 매도 300 · 그 밖 1" in digest
    assert "업비트 [replay] 연결 끊김" in digest


async def test_news_of_a_replay_in_the_past_is_no_digest(engine: FakeEngine, folder: Path):
    async with talking(engine.socket, folder) as chat:
        await asyncio.sleep(0.05)
        engine.happen(samples.opened(1, at=datetime(2020, 1, 1, tzinfo=UTC)))
        assert "01-01 09:00:00 KST" in await chat.told("진입 BTC_KRW")


async def test_panic_receipts_come_once_each_with_the_result_aloud(
    engine: FakeEngine, telegram: FakeTelegram
):
    async with online(engine, telegram):
        await asyncio.sleep(0.05)
        engine.happen(samples.panicked(1, "BTC_KRW"))
        await telegram.received("긴급정지 진행")
        engine.happen(samples.panicked(2, "ETH_KRW"), samples.panicked(3, ""))
        await reached(engine, 3)
    progress, result = telegram.sent
    assert "BTC_KRW" in progress["text"]
    assert progress["disable_notification"] == "true"
    assert "ETH_KRW" in result["text"]
    assert "전부 팔았습니다" in result["text"]
    assert result["disable_notification"] == "false"


async def test_panic_that_could_not_sell_says_what_is_held(chat: Chat, engine: FakeEngine):
    held = {"outcome": "cause.session_closed", "average_price": "0"}
    engine.happen(
        samples.event(1, "PanicProgressed", "critical", venue="stock", symbol="005930",
                      quantity="12", slippage_percent="0", seconds=9.0, **held)
    )  # fmt: skip
    assert "장 마감: 열리면 팝니다 · 12" in await chat.told("긴급정지 결과")


async def test_engine_lost_and_back_is_told_once_each(engine: FakeEngine, folder: Path):
    async with talking(engine.socket, folder) as chat:
        await chat.say("/status")
        await engine.stop()
        assert "pasu status" in await chat.told("엔진 끊김 · 마지막 응답")
        await asyncio.sleep(0.3)
        await engine.start()
        await chat.told("엔진 복구")
        engine.happen(samples.opened(1))
        await chat.told("진입 BTC_KRW")
        assert sum("엔진 끊김" in text for text in chat.printed) == 1
        assert sum("엔진 복구" in text for text in chat.printed) == 1


async def test_f40_short_hiccup_of_the_engine_is_not_told(engine: FakeEngine, folder: Path):
    async with talking(engine.socket, folder) as chat:
        await chat.say("/status")
        await engine.stop()
        await engine.start()
        engine.happen(samples.opened(1))
        await chat.told("진입 BTC_KRW")
        assert not any("엔진" in text and "끊김" in text for text in chat.printed)


async def test_new_ledger_is_told_from_its_beginning(engine: FakeEngine, folder: Path):
    engine.happen(*(samples.opened(i) for i in range(1, 6)))
    engine.cursor = 99
    async with talking(engine.socket, folder) as chat:
        engine.happen(samples.opened(6, "NEW_KRW"))
        await chat.told("NEW_KRW")


async def test_terminal_beside_telegram_moves_no_cursor_and_tells_no_past(
    engine: FakeEngine, folder: Path
):
    engine.happen(samples.opened(1, "OLD_KRW"))
    async with talking(engine.socket, folder, keeps_cursor=False) as chat:
        await asyncio.sleep(0.05)
        engine.happen(samples.opened(2, "NEW_KRW"))
        await chat.told("NEW_KRW")
        assert engine.cursor == 0
        assert not any("OLD_KRW" in text for text in chat.printed)


def test_what_is_told():
    assert is_told(samples.event(1, "OrderFilled", "warning"))
    assert not is_told(samples.event(1, "OrderFilled", "info"))
    assert is_told(samples.event(1, "PanicProgressed", "quiet"))
    assert not is_told(samples.event(1, "Anything", "quiet"))
