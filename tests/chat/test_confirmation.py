"""Two-step commands: one press, one command; anything else, none."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.commands.panic import moved
from bot.confirm import Action, Confirmations, Verdict
from bot.terminal_request import USER_ID
from engine.contract import ApiError
from tests.chat import samples
from tests.chat.fake_engine import FakeEngine
from tests.chat.harness import Chat, MovableClock, press, talking

OTHER = 2


async def test_preset_asks_first_and_runs_once_with_the_nonce_as_key(
    chat: Chat, engine: FakeEngine
):
    assert "60초 안에" in await chat.say("/preset stock swing")
    nonce = chat.button("y:").data.split(":")[1]
    answer = await chat.say("!yes")
    assert "실행합니다" in answer
    assert "완료 · /preset stock swing" in answer
    (post,) = engine.carried_out("preset")
    assert post.body == {"name": "swing", "market": "stock", "dry_run": False}
    assert post.key == nonce


async def test_cancel_runs_nothing(chat: Chat, engine: FakeEngine):
    await chat.say("/resume")
    assert "아무것도 바뀌지 않았습니다" in await chat.say("!no")
    assert engine.carried_out("resume") == []
    assert "확인할 것이 없습니다" in await chat.say("!yes")


async def test_f06_second_press_is_answered_used_and_runs_nothing(chat: Chat, engine: FakeEngine):
    await chat.say("/panic")
    shown = _press(chat, "y:")
    await chat.update(callback_query=shown)
    assert "이미 사용한 버튼" in await chat.update(callback_query=shown)
    assert len(engine.carried_out("panic")) == 1


async def test_f06_two_clicks_at_once_run_one_command(chat: Chat, engine: FakeEngine):
    await chat.say("/panic")
    shown = _press(chat, "y:")
    answers = await asyncio.gather(
        chat.update(callback_query=shown), chat.update(callback_query=shown | {"id": "2"})
    )
    assert len(engine.carried_out("panic")) == 1
    assert "이미 사용한 버튼" in "".join(answers)


async def test_f06_replayed_nonce_after_cancel_runs_nothing(chat: Chat, engine: FakeEngine):
    await chat.say("/panic")
    yes = _press(chat, "y:")
    await chat.say("!no")
    assert "이미 사용한 버튼" in await chat.update(callback_query=yes)
    assert engine.carried_out("panic") == []


async def test_f06_expired_panic_button_runs_nothing(chat: Chat, engine: FakeEngine):
    assert "30초 안에" in await chat.say("/panic")
    chat.clock.shift_s += 31
    assert "만료된 버튼" in await chat.say("!yes")
    assert engine.carried_out("panic") == []


async def test_other_buttons_live_for_a_minute(chat: Chat, engine: FakeEngine):
    await chat.say("/resume")
    chat.clock.shift_s += 55
    assert "완료" in await chat.say("!yes")
    await chat.say("/resume")
    chat.clock.shift_s += 61
    assert "만료된 버튼" in await chat.say("!yes")
    assert len(engine.carried_out("resume")) == 1


async def test_f06_press_of_another_listed_user_runs_nothing(engine: FakeEngine, folder: Path):
    async with talking(engine.socket, folder, allowed=frozenset({USER_ID, OTHER})) as chat:
        await chat.say("/panic")
        data = chat.button("y:").data
        chat_of_other = {"id": OTHER, "type": "private", "first_name": "other"}
        shown = chat.request._messages[chat.button("y:").message] | {"chat": chat_of_other}
        answer = await chat.update(callback_query=press(data, shown, OTHER))
        assert "다른 사람이 요청한 버튼" in answer
        assert engine.carried_out("panic") == []
        assert "실행했습니다" in await chat.say("!yes")


async def test_nonce_under_another_message_runs_nothing(chat: Chat, engine: FakeEngine):
    await chat.say("/resume")
    shown = _press(chat, "y:")
    moved_there = shown | {"message": shown["message"] | {"message_id": 4711}}
    assert "만료된 버튼" in await chat.update(callback_query=moved_there)
    assert engine.carried_out("resume") == []


async def test_nonce_with_another_digest_runs_nothing(chat: Chat, engine: FakeEngine):
    await chat.say("/resume")
    shown = _press(chat, "y:")
    nonce = shown["data"].split(":")[1]
    forged = shown | {"data": f"y:{nonce}:{Action('panic', (), '').digest}"}
    assert "만료된 버튼" in await chat.update(callback_query=forged)
    assert engine.carried_out("panic") == engine.carried_out("resume") == []


@pytest.mark.parametrize(
    "data", ["y:", "y:x:y", "n:x:y", "c:nothing", "c:preset", "c:set", "zz", "e:"]
)
async def test_made_up_button_data_runs_nothing(chat: Chat, engine: FakeEngine, data: str):
    await chat.say("/status")
    shown = chat.request._messages[chat.button("c:").message]
    answer = await chat.update(callback_query=press(data, shown))
    assert "버튼" in answer
    assert engine.posts == []


async def test_f07_pause_button_asks_because_a_press_has_no_date(chat: Chat, engine: FakeEngine):
    await chat.say("/status")
    key = chat.button("c:pause")
    assert "계획 · /pause" in await chat.say(str(key.number))
    assert engine.carried_out("pause") == []
    await chat.say("!yes")
    assert len(engine.carried_out("pause")) == 1


async def test_f07_buttons_of_an_earlier_run_have_expired(engine: FakeEngine, folder: Path):
    async with talking(engine.socket, folder) as chat:
        await chat.say("/panic")
        shown = _press(chat, "y:")
    async with talking(engine.socket, folder) as chat:
        assert "만료된 버튼" in await chat.update(callback_query=shown)
    assert engine.carried_out("panic") == []


async def test_f40_confirmed_command_without_answer_offers_the_same_key_again(
    chat: Chat, engine: FakeEngine
):
    await chat.say("/panic")
    engine.deaf.add("panic!")
    before = chat.clock.monotonic()
    answer = await chat.say("!yes")
    assert chat.clock.monotonic() - before < 3.0
    assert "엔진 응답 없음" in answer
    assert "pasu panic" in answer
    assert "다시 시도" in answer
    engine.deaf.clear()
    assert "긴급정지를 실행했습니다" in await chat.say("!yes")
    first, second = engine.carried_out("panic")
    assert first.key == second.key != ""


async def test_refused_command_is_shown_in_the_engines_words(chat: Chat, engine: FakeEngine):
    await chat.say("/resume")
    engine.refusals["resume"] = (409, ApiError("safe", "the ledger is not proven"))
    assert "the ledger is not proven" in await chat.say("!yes")


async def test_panic_preview_shows_every_venue_with_quantity_value_and_slippage(
    chat: Chat, engine: FakeEngine
):
    engine.panic = (
        samples.panic_line(),
        samples.panic_line("ETH_KRW", quantity=Decimal("1.5")),
        samples.panic_line("SOL_USDT", "binance_spot", quote="USDT", value=Decimal("1329.5")),
    )
    answer = await chat.say("/panic")
    assert "긴급정지: 포지션 3 · ₩5,548,395" in answer
    assert "업비트 [replay] · ₩3,698,930 · 예상 슬리피지 0.12%" in answer
    assert "1,329.50 USDT" in answer
    assert "/resume 전까지" in answer
    assert engine.carried_out("panic") == []


async def test_panic_with_positions_changed_since_the_preview_asks_again(
    chat: Chat, engine: FakeEngine
):
    await chat.say("/panic")
    engine.panic = (*engine.panic, samples.panic_line("SOL_KRW"))
    answer = await chat.say("!yes")
    assert "10% 넘게 바뀌었습니다" in answer
    assert engine.carried_out("panic") == []
    assert "긴급정지를 실행했습니다" in await chat.say("!yes")
    assert len(engine.carried_out("panic")) == 1


async def test_panic_with_nothing_held_still_latches(chat: Chat, engine: FakeEngine):
    engine.panic = ()
    assert "팔 포지션이 없습니다" in await chat.say("/panic")
    assert "실행했습니다" in await chat.say("!yes")
    assert len(engine.carried_out("panic")) == 1


async def test_panic_is_not_held_up_by_a_slow_command(chat: Chat, engine: FakeEngine):
    engine.deaf.add("trades")
    slow = asyncio.create_task(chat.say("/pnl"))
    await asyncio.sleep(0.05)
    before = chat.clock.monotonic()
    assert "긴급정지: 포지션 2" in await chat.say("/panic")
    assert chat.clock.monotonic() - before < 0.5
    slow.cancel()


def test_price_moves_are_no_change_of_positions():
    before = (samples.panic_line(),)
    assert not moved(before, (replace(before[0], value_krw=Decimal(99)),))
    assert not moved(before, (replace(before[0], quantity=Decimal("0.0122")),))
    assert moved(before, (replace(before[0], quantity=Decimal("0.0118")),))
    assert moved((), before)
    assert not moved((), ())


def test_closed_confirmations_do_not_pile_up():
    clock, numbers = MovableClock(), iter(range(10_000))
    confirmations = Confirmations(clock, lambda: str(next(numbers)))
    for _ in range(100):
        confirmations.open(Action("resume", (), ""), 1, 1)
        clock.shift_s += 120
    assert len(confirmations._open) == 1


def test_digest_changes_with_what_would_be_done():
    one = Action("set", (("key", "A"), ("value", "1")), "")
    assert one.digest != replace(one, arguments=(("key", "A"), ("value", "2"))).digest
    assert one.digest != replace(one, command="sell").digest


def test_unbound_nonce_cannot_be_taken():
    confirmations = Confirmations(MovableClock(), lambda: "n")
    pending = confirmations.open(Action("panic", (), ""), 1, 1)
    taken = confirmations.take("n", pending.action.digest, 1, 1, 5)
    assert taken == (Verdict.EXPIRED, None)


def _press(chat: Chat, prefix: str) -> dict[str, Any]:
    key = chat.button(prefix)
    return press(key.data, chat.request._messages[key.message])
