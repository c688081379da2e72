"""The Bot API in a terminal: strict as Telegram, its buttons numbered for ever."""

import asyncio
import os
from pathlib import Path

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, NetworkError

from bot.terminal_html import BadMarkup, render
from bot.terminal_input import piped_lines
from bot.terminal_keys import Keys
from bot.terminal_request import USER_ID
from tests.chat import samples
from tests.chat.fake_engine import FakeEngine
from tests.chat.harness import Chat

LONG_BUTTON = InlineKeyboardMarkup([[InlineKeyboardButton("b", callback_data="x" * 65)]])


@pytest.mark.parametrize(
    "markup",
    ["<b>open", "a < b", "</b>", "<b><i>x</b></i>", "<h1>x</h1>", "<!-- c -->", "<script>", "1 <2"],
)
def test_markup_that_telegram_refuses_is_refused(markup: str):
    with pytest.raises(BadMarkup):
        render(markup, colour=False)


def test_markup_is_shown_plain_or_in_colour():
    markup = "<b>a &lt; <code>b</code></b> &amp;"
    assert render(markup, colour=False) == ("a < b &", "a < b &")
    assert render(markup, colour=True)[0] == "\x1b[1ma < \x1b[36mb\x1b[0m\x1b[1m\x1b[0m &"


@pytest.mark.parametrize(
    ("text", "arguments", "why"),
    [
        ("x" * 4097, {}, "too long"),
        ("<b>x", {"parse_mode": "HTML"}, "parse entities"),
        ("*x*", {"parse_mode": "MarkdownV2"}, "(?i)html only"),
        (" ", {}, "empty"),
        ("x", {"reply_markup": LONG_BUTTON}, "(?i)button_data_invalid"),
    ],
)  # fmt: skip
async def test_message_that_telegram_refuses_is_refused(chat: Chat, text, arguments, why: str):
    with pytest.raises(BadRequest, match=why):
        await chat.wired.application.bot.send_message(USER_ID, text, **arguments)


async def test_edit_without_change_and_of_nothing_is_refused(chat: Chat):
    bot = chat.wired.application.bot
    sent = await bot.send_message(USER_ID, "same")
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_text("same", chat_id=USER_ID, message_id=sent.message_id)
    with pytest.raises(BadRequest, match="not found"):
        await bot.edit_message_text("x", chat_id=USER_ID, message_id=10_000)


async def test_method_the_terminal_lacks_is_an_error_not_a_success(chat: Chat):
    with pytest.raises(NetworkError, match="terminal has no sendDice"):
        await chat.wired.application.bot.send_dice(USER_ID)


def test_number_of_a_button_is_never_reused():
    keys = Keys()
    keys.replace(1, [[("a", "1"), ("b", "2")]])
    keys.replace(1, [[("c", "3")]])
    keys.replace(2, [[("d", "4")]])
    assert keys.find(1) is keys.find(2) is None
    assert [key.data for key in (keys.find(3), keys.find(4)) if key] == ["3", "4"]
    newest = keys.newest("3")
    assert newest is not None
    assert newest.number == 3


async def test_push_between_question_and_answer_changes_no_number(chat: Chat, engine: FakeEngine):
    await chat.say("/resume")
    number = chat.button("y:").number
    engine.happen(samples.event(1, "VenueLost", "warning", venue="upbit", cause="x"))
    await chat.told("연결 끊김")
    assert "완료 · /resume" in await chat.say(str(number))
    assert "그런 버튼이 없습니다" in await chat.say(str(number))


async def test_script_lines(chat: Chat):
    assert await chat.say("# comment") == ""
    assert await chat.say("   ") == ""
    before = chat.clock.shift_s
    assert await chat.say("!sleep 2.5") == ""
    assert chat.clock.shift_s == before + 2.5
    for line in ("!sleep x", "!sleep", "!yes now", "!dance"):
        assert "모르는 지시" in await chat.say(line)
    assert "확인할 것이 없습니다" in await chat.say("!yes")
    assert "그런 버튼이 없습니다" in await chat.say("77")
    assert not await chat.session.line("/quit")


async def test_refresh_edits_in_place(chat: Chat):
    await chat.say("/status")
    key = chat.button("e:status")
    assert await chat.say(str(key.number)) == ""  # nothing had changed
    await chat.say("/pnl")
    assert chat.request.keys.find(key.number) is not None


async def test_menu_fills_the_completion(chat: Chat):
    await chat.say("/help")
    assert "/panic" in chat.request.commands


@pytest.mark.parametrize("data", [b"one\ntwo", "한글\n두 줄\n".encode(), b"\xff\n", b""])
async def test_lines_are_read_from_a_pipe_to_its_end(data: bytes, tmp_path: Path):
    reading, writing = os.pipe()
    os.write(writing, data)
    os.close(writing)
    lines = [line async for line in piped_lines(reading)]
    os.close(reading)
    text = data.decode("utf-8", "replace")
    assert lines == text.splitlines()


async def test_line_is_there_before_the_pipe_ends():
    reading, writing = os.pipe()
    os.write(writing, "상".encode()[:2])
    lines = piped_lines(reading)
    waiting = asyncio.ensure_future(anext(lines))
    await asyncio.sleep(0.02)
    os.write(writing, "상".encode()[2:] + b"\n")
    assert await asyncio.wait_for(waiting, 2) == "상"
    os.close(writing)
    assert [line async for line in lines] == []
    os.close(reading)
