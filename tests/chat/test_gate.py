"""Who may speak: exactly none of these reaches the engine, and strangers hear nothing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from telegram import Update

from bot.auth import admitted
from bot.terminal_request import USER_ID
from engine.contract import line_of
from tests.chat.fake_engine import FakeEngine
from tests.chat.harness import Chat, message, press, talking

STRANGER = 666
GROUP = {"id": -100, "type": "group", "title": "us"}
CHANNEL = {"id": -200, "type": "channel", "title": "news"}
PERSON = {"id": USER_ID, "is_bot": False, "first_name": "owner"}
ORIGIN = {"type": "user", "date": 1, "sender_user": PERSON}
BOT = {"id": 9, "is_bot": True, "first_name": "other", "username": "other_bot"}

NOT_ADMITTED: dict[str, dict[str, Any]] = {
    "stranger": {"message": message("/pause", STRANGER)},
    "stranger_in_group": {"message": message("/pause", STRANGER, chat=GROUP)},
    "owner_in_group": {"message": message("/pause", chat=GROUP)},
    "forwarded": {"message": message("/pause", forward_origin=ORIGIN)},
    "edited_message": {"edited_message": message("/pause", edit_date=2)},
    "message_with_edit_date": {"message": message("/pause", edit_date=2)},
    "channel_post": {"channel_post": message("/pause", chat=CHANNEL)},
    "edited_channel_post": {"edited_channel_post": message("/pause", chat=CHANNEL, edit_date=2)},
    "via_bot": {"message": message("/pause", via_bot=BOT)},
    "anonymous_admin": {"message": message("/pause", chat=GROUP, sender_chat=GROUP)},
    "automatic_forward": {"message": message("/pause", is_automatic_forward=True)},
    "bot_with_owners_id": {"message": message("/pause", **{"from": PERSON | {"is_bot": True}})},
    "no_sender": {"message": {k: v for k, v in message("/pause").items() if k != "from"}},
    "press_of_stranger": {"callback_query": press("c:pause", message("x", STRANGER), STRANGER)},
    "press_in_group": {"callback_query": press("c:pause", message("x", chat=GROUP))},
    "press_of_stranger_on_owners_message": {
        "callback_query": press("c:pause", message("x"), STRANGER)
    },
    "inline_press": {
        "callback_query": {
            k: v
            for k, v in press("c:pause", {}, inline_message_id="i").items()
            if k != "message"
        }
    },
    "inline_query": {"inline_query": {"id": "1", "from": PERSON, "query": "/pause", "offset": ""}},
}  # fmt: skip


NOTICE = "🚫 모르는 사람(id 666)이 말을 걸어 무시했습니다."


@pytest.mark.parametrize("case", NOT_ADMITTED)
async def test_f06_not_admitted_update_is_met_with_silence(
    chat: Chat, engine: FakeEngine, case: str
):
    said = await chat.update(**NOT_ADMITTED[case])
    # The harness hears every chat: all that may be said is the notice to the owner.
    assert said == "" or said.strip().startswith(NOTICE)
    assert engine.posts == []


async def test_f06_owner_in_private_is_served(chat: Chat, engine: FakeEngine):
    assert "완료 · /pause" in await chat.update(message=message("/pause"))
    assert len(engine.carried_out("pause")) == 1


async def test_f06_empty_list_serves_nobody(engine: FakeEngine, folder: Path):
    async with talking(engine.socket, folder, allowed=frozenset()) as chat:
        assert await chat.say("/pause") == ""
    assert engine.posts == []


async def test_stranger_is_logged_once(chat: Chat, caplog: pytest.LogCaptureFixture):
    for _ in range(3):
        await chat.update(message=message("/status", STRANGER))
    assert caplog.text.count("gate.dropped user=666") == 1


async def test_owner_hears_of_a_stranger_once_and_the_stranger_nothing(chat: Chat):
    said = [await chat.update(message=message("/panic", STRANGER)) for _ in range(3)]
    assert "모르는 사람(id 666)" in said[0]
    assert said[1:] == ["", ""]


async def test_f07_command_an_hour_old_is_answered_expired_and_not_run(
    chat: Chat, engine: FakeEngine
):
    for line in ("/pause", "/panic", "/resume", "/preset swing", "/sell BTC", "긴급정지", "/undo"):
        answer = await chat.update(message=message(line, age_s=3600))
        assert "만료: 1h 00m 전에 보낸 명령" in answer, line
    assert engine.posts == []


async def test_f07_command_two_minutes_old_is_not_run_and_a_younger_one_is(
    chat: Chat, engine: FakeEngine
):
    assert "만료" in await chat.update(message=message("/pause", age_s=125))
    assert engine.posts == []
    assert "완료" in await chat.update(message=message("/pause", age_s=100))
    assert len(engine.carried_out("pause")) == 1


async def test_old_question_is_still_answered(chat: Chat):
    assert "업비트" in await chat.update(message=message("/status", age_s=3600))


async def test_redelivered_command_carries_the_same_key(chat: Chat, engine: FakeEngine):
    update = {"message": message("/pause", number=77)}
    await chat.update(**update)
    assert "이미 처리됨" in await chat.update(**update)
    first, second = engine.carried_out("pause")
    assert first.key == second.key != ""
    assert first.actor == f"terminal:{USER_ID}"


async def test_fault_inside_the_gate_denies(chat: Chat, engine: FakeEngine):
    gate = chat.wired.application.handlers[-1][0].callback
    gate._allowed = None  # `in None` raises
    assert await chat.say("/pause") == ""
    assert engine.posts == []


def test_update_without_content_is_not_admitted():
    assert not admitted(Update(1), frozenset({USER_ID}))


def test_samples_are_built_on_an_admitted_message():
    update = Update.de_json({"update_id": 1, "message": message("/pause")})
    assert admitted(update, frozenset({USER_ID}))
    assert not admitted(update, frozenset())


async def test_status_still_answers_while_paused(chat: Chat, engine: FakeEngine):
    engine.status = replace(
        engine.status, state="paused", state_who="telegram:1", state_why=line_of("lunch & <tea>")
    )
    answer = await chat.say("/status")
    assert "진입 중지" in answer
    assert "lunch & <tea>" in answer
