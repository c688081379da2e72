"""What Telegram can do to us, over real connections: the bot answers, and says nothing twice."""

import asyncio
import time

import pytest
from telegram.error import BadRequest, Conflict, Forbidden, NetworkError, RetryAfter, TimedOut

from bot.pace import Pace
from bot.poll_request import new_poll
from bot.server_time import ServerTime
from bot.transience import Fault as Meaning
from bot.transience import classify
from tests.chat import samples
from tests.chat.fake_engine import FakeEngine
from tests.chat.fake_telegram import TOKEN, FakeTelegram, Fault
from tests.chat.harness import MovableClock
from tests.chat.test_delivery import online, reached
from tests.chat.waiting import eventually


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=401, description="Unauthorized"),
        Fault(status=404, description="Not Found"),
        Fault(status=409, description="Conflict"),
        Fault(status=429, retry_after=1),
        Fault(status=502),
        Fault(status=500),
        Fault(reset=True),
    ],
    ids=lambda fault: str(fault.status or "reset"),
)
async def test_f39_one_failed_poll_does_not_deafen_the_bot(
    engine: FakeEngine, telegram: FakeTelegram, fault: Fault
):
    telegram.faults["getUpdates"] = [fault]
    async with online(engine, telegram):
        telegram.type_line("/status")
        await telegram.received("실행중")


async def test_f39_row_of_failures_rebuilds_the_connection(
    engine: FakeEngine, telegram: FakeTelegram
):
    telegram.faults["getUpdates"] = [Fault(reset=True)] * 12
    async with online(engine, telegram) as (wired, _clock):
        telegram.type_line("/status")
        await telegram.received("실행중")
        poll = wired.application.bot._request[0]
        assert poll.rebuilds == 2
        assert poll._failures == 0


async def test_f39_reply_survives_throttling_and_waits_as_told(
    engine: FakeEngine, telegram: FakeTelegram
):
    telegram.faults["sendMessage"] = [Fault(status=429, retry_after=1)]
    async with online(engine, telegram):
        started = time.monotonic()
        telegram.type_line("/status")
        await telegram.received("실행중")
        assert time.monotonic() - started >= 1.0
    assert len(telegram.sent) == 1


@pytest.mark.parametrize("fault", [Fault(status=502), Fault(status=503)])
async def test_f39_reply_survives_a_server_error(
    engine: FakeEngine, telegram: FakeTelegram, fault: Fault
):
    telegram.faults["sendMessage"] = [fault]
    async with online(engine, telegram):
        telegram.type_line("/status")
        await telegram.received("실행중")
    assert len(telegram.sent) == 1


async def test_f39_reply_that_may_have_arrived_is_not_repeated(
    engine: FakeEngine, telegram: FakeTelegram
):
    telegram.faults["sendMessage"] = [Fault(reset=True, taken=True)]
    async with online(engine, telegram):
        telegram.type_line("/pause")
        await telegram.received("완료")
        telegram.type_line("/status")
        await telegram.received("실행중")
    assert sum("완료 · /pause" in text for text in telegram.texts()) == 1
    assert len(engine.carried_out("pause")) == 1


async def test_f39_alarm_that_may_have_arrived_is_repeated_and_says_so(
    engine: FakeEngine, telegram: FakeTelegram
):
    telegram.faults["sendMessage"] = [Fault(reset=True, taken=True)]
    async with online(engine, telegram):
        engine.happen(samples.event(1, "VenueLost", "warning", venue="upbit", cause="x"))
        await reached(engine, 1)
    first, second = telegram.texts()
    assert "반복될 수 있음" not in first
    assert "반복될 수 있음" in second


async def test_f39_refused_markup_is_sent_once_more_as_plain_text(
    engine: FakeEngine, telegram: FakeTelegram
):
    telegram.faults["sendMessage"] = [Fault(status=400, description="can't parse entities")]
    async with online(engine, telegram):
        telegram.type_line("/status")
        text = await telegram.received("실행중")
    assert "<b>" not in text
    assert "parse_mode" not in telegram.sent[0]


async def test_f39_bad_request_is_not_retried_for_ever(engine: FakeEngine, telegram: FakeTelegram):
    telegram.faults["sendMessage"] = [Fault(status=400, description="chat not found")] * 2
    async with online(engine, telegram):
        telegram.type_line("/status")
        telegram.type_line("/positions")
        await telegram.received("포지션 3")
    assert telegram.calls.count("sendMessage") == 3


async def test_refresh_that_changes_nothing_is_left_as_it_is(
    engine: FakeEngine, telegram: FakeTelegram
):
    telegram.faults["editMessageText"] = [Fault(status=400, description="message is not modified")]
    async with online(engine, telegram):
        telegram.type_line("/status")
        await telegram.received("실행중")
        shown = {"message_id": 5001, "date": 1, "text": "x",
                 "chat": {"id": 7, "type": "private", "first_name": "o"}}  # fmt: skip
        person = {"id": 7, "is_bot": False, "first_name": "o"}
        query = {"id": "1", "chat_instance": "x", "data": "e:status", "message": shown}
        telegram.update(callback_query=query | {"from": person})
        await eventually(lambda: "editMessageText" in telegram.calls)
        await asyncio.sleep(0.1)
    assert len(telegram.sent) == 1


async def test_start_waits_for_telegram_to_come_up(engine: FakeEngine, telegram: FakeTelegram):
    telegram.faults["getMe"] = [
        Fault(status=502),
        Fault(reset=True),
        Fault(status=429, retry_after=1),
    ]
    async with online(engine, telegram):
        telegram.type_line("/status")
        await telegram.received("실행중")


async def test_command_menu_is_set_in_both_languages(engine: FakeEngine, telegram: FakeTelegram):
    async with online(engine, telegram):
        await eventually(lambda: telegram.calls.count("setMyCommands") == 3)


async def test_f07_updates_that_waited_an_hour_run_nothing_and_are_answered_in_order(
    engine: FakeEngine, telegram: FakeTelegram
):
    for line in ("/pause", "/panic", "/resume"):
        telegram.type_line(line, age_s=3600)
    telegram.type_line("/status", age_s=3600)
    async with online(engine, telegram):
        await telegram.received("실행중")
    assert sum("만료" in text for text in telegram.texts()) == 3
    assert engine.posts == []


async def test_chat_is_written_to_once_a_second_after_a_burst(
    engine: FakeEngine, telegram: FakeTelegram
):
    async with online(engine, telegram, pace=Pace(per_s=5.0, burst=3)):
        for _ in range(6):
            telegram.type_line("/start")
        await eventually(lambda: len(telegram.sent) == 6)
    # Two at once, the third token is kept for alarms; the other four at 5 a second.
    assert telegram.stamps[5] - telegram.stamps[0] > 0.7
    assert telegram.stamps[1] - telegram.stamps[0] < 0.15


async def test_alarm_overtakes_replies_that_wait(engine: FakeEngine, telegram: FakeTelegram):
    async with online(engine, telegram, pace=Pace(per_s=2.0, burst=3)):
        for _ in range(6):
            telegram.type_line("/start")
        await telegram.received("파수가")
        engine.happen(samples.event(1, "VenueLost", "warning", venue="upbit", cause="x"))
        await reached(engine, 1)
        place = [i for i, text in enumerate(telegram.texts()) if "연결 끊김" in text]
        assert place[0] <= 3


def test_errors_mean_what_can_be_done_about_them():
    assert classify(RetryAfter(3)) is Meaning.THROTTLED
    assert classify(BadRequest("x")) is Meaning.BAD
    assert classify(Forbidden("x")) is Meaning.REFUSED
    assert classify(Conflict("x")) is Meaning.REFUSED
    assert classify(NetworkError("502")) is Meaning.NOT_SENT
    assert classify(TimedOut()) is Meaning.NOT_SENT


async def test_f39_rival_with_the_same_token_ends_the_bot_only_when_it_stays(
    telegram: FakeTelegram,
):
    clock, rivals = MovableClock(), []
    telegram.faults["getUpdates"] = [Fault(status=409)] * 200
    poll = new_poll(clock, ServerTime(clock), lambda: rivals.append(clock.monotonic()))
    began = clock.monotonic()
    await poll.initialize()
    while not rivals:
        with pytest.raises(TimedOut):
            await poll.do_request(f"{telegram.base_url}/bot{TOKEN}/getUpdates", "POST")
    await poll.shutdown()
    assert 90 < rivals[0] - began < 100


@pytest.mark.parametrize("shift_s", [3600.0, -3600.0])
async def test_f07_machine_with_a_wrong_clock_still_tells_old_from_new(
    engine: FakeEngine, telegram: FakeTelegram, shift_s: float
):
    async with online(engine, telegram, shift_s=shift_s):
        telegram.type_line("/status")
        await telegram.received("실행중")
        telegram.type_line("/pause")
        await telegram.received("완료 · /pause")
        telegram.type_line("/resume", age_s=180)
        await telegram.received("만료: 3m 0")
    assert [post.command for post in engine.posts] == ["pause"]
