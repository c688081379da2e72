"""The Bot API inside this process: typed lines become updates, calls become terminal output.

The Application cannot tell it from Telegram: the same retry loop, gate, handlers and limits run.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from telegram.request import BaseRequest, RequestData

from bot.clock import Clock
from bot.markup import CAPTION_LIMIT, TEXT_LIMIT, length
from bot.terminal_html import render
from bot.terminal_keys import Key, Keys
from bot.texts import terminal
from bot.voice import Voice

USER_ID = 1
_BOT_ID = 42
_DATA_BYTES = 64
_ACCEPTED = frozenset({"deleteWebhook", "sendChatAction", "deleteMessage"})
_Answer = dict[str, Any] | list[dict[str, Any]] | bool


class TerminalRequest(BaseRequest):
    """One chat with one person; `show` prints, pictures become files."""

    def __init__(
        self,
        clock: Clock,
        voice: Voice,
        pictures: Path,
        show: Callable[[str], None],
        *,
        colour: bool,
    ) -> None:
        """Open the chat; nothing is printed yet."""
        self._clock = clock
        self._voice = voice
        self._pictures = pictures
        self._show = show
        self._colour = colour
        self._updates: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._next_update = 1
        self._next_message = 1
        self._messages: dict[int, dict[str, Any]] = {}
        self._calls: Mapping[str, Callable[[Mapping[str, Any], RequestData | None], _Answer]] = {
            "getMe": self._get_me,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "editMessageText": self._edit_message_text,
            "answerCallbackQuery": self._answer_callback_query,
            "setMyCommands": self._set_my_commands,
        }
        self.keys = Keys()
        self.commands: tuple[str, ...] = ()

    @property
    def read_timeout(self) -> float | None:
        """Return a number: nothing here takes time."""
        return 5.0

    async def initialize(self) -> None:
        """Open nothing."""

    async def shutdown(self) -> None:
        """Close nothing."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        *_timeouts: object,
        **_named_timeouts: object,
    ) -> tuple[int, bytes]:
        """Serve one call of the Bot API; what Telegram would refuse is refused with 400."""
        name = url.rsplit("/", 1)[-1]
        given = request_data.parameters if request_data else {}
        try:
            if name == "getUpdates":
                result: _Answer = await self._get_updates(_seconds(given.get("timeout")))
            elif name in self._calls:
                result = self._calls[name](given, request_data)
            elif name in _ACCEPTED:
                result = True
            else:
                return _refusal(501, f"the terminal has no {name}")
        except (ValueError, KeyError) as e:
            return _refusal(400, f"Bad Request: {e}")
        return 200, json.dumps({"ok": True, "result": result}).encode()

    def type_line(self, text: str) -> int:
        """Send a line as the owner's message and return the number of its update."""
        message = self._store(self._new_message(), {"text": text, "from": _person()})
        if text.startswith("/"):
            command = length(text.split(maxsplit=1)[0])
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": command}]
        return self._push({"message": message})

    def press(self, key: Key) -> int:
        """Press a button as the owner and return the number of its update."""
        query = {
            "id": f"terminal-{self._next_update}",
            "chat_instance": "terminal",
            "data": key.data,
            "message": self._messages[key.message],
            "from": _person(),
        }
        return self._push({"callback_query": query})

    def _push(self, update: dict[str, Any]) -> int:
        number = self._next_update
        self._next_update += 1
        self._updates.put_nowait({"update_id": number, **update})
        return number

    async def _get_updates(self, timeout_s: float) -> list[dict[str, Any]]:
        try:
            first = await asyncio.wait_for(self._updates.get(), max(timeout_s, 0.001))
        except TimeoutError:
            return []
        found = [first]
        while not self._updates.empty():
            found.append(self._updates.get_nowait())
        return found

    def _get_me(self, _given: Mapping[str, Any], _data: RequestData | None) -> _Answer:
        return {
            "id": _BOT_ID,
            "is_bot": True,
            "first_name": "Pasu",
            "username": "pasu_terminal_bot",
        }

    def _send_message(self, given: Mapping[str, Any], _data: RequestData | None) -> _Answer:
        text = self._rendered(given, "text", TEXT_LIMIT)
        rows = _buttons(given)
        number = self._new_message()
        self._print(number, text, rows)
        return self._store(number, {"text": given["text"], **_inline(given)})

    def _send_photo(self, given: Mapping[str, Any], data: RequestData | None) -> _Answer:
        caption = self._rendered(given, "caption", CAPTION_LIMIT)
        rows = _buttons(given)
        number = self._new_message()
        picture = _uploaded(data)
        stamp = self._clock.now().astimezone(self._voice.zone).strftime("%Y%m%d-%H%M%S")
        path = self._pictures / f"{stamp}-{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture)
        where = self._voice.plainly(terminal.PICTURE, path=path, size=max(1, len(picture) // 1024))
        self._print(number, f"{caption}\n{where}", rows)
        photo = {"file_id": path.name, "file_unique_id": str(number), "width": 1, "height": 1}
        return self._store(number, {"caption": given.get("caption", ""), "photo": [photo]})

    def _edit_message_text(self, given: Mapping[str, Any], _data: RequestData | None) -> _Answer:
        number = int(given["message_id"])
        old = self._messages.get(number)
        if old is None:
            raise ValueError("message to edit not found")
        text = self._rendered(given, "text", TEXT_LIMIT)
        rows = _buttons(given)
        new = {"text": given["text"], **_inline(given)}
        if {key: old.get(key) for key in ("text", "reply_markup")} == {
            "text": new["text"],
            "reply_markup": new.get("reply_markup"),
        }:
            raise ValueError("message is not modified")
        self._print(number, text, rows)
        return self._store(number, new)

    def _answer_callback_query(
        self, given: Mapping[str, Any], _data: RequestData | None
    ) -> _Answer:
        if given.get("text"):
            self._show(f"‹{given['text']}›")
        return True

    def _set_my_commands(self, given: Mapping[str, Any], _data: RequestData | None) -> _Answer:
        commands = given["commands"]
        self.commands = tuple(f"/{command['command']}" for command in commands)
        return True

    def _rendered(self, given: Mapping[str, Any], key: str, limit: int) -> str:
        raw = str(given.get(key) or "")
        mode = given.get("parse_mode")
        if mode not in {None, "HTML"}:
            raise ValueError(f"this terminal renders HTML only, not {mode}")
        styled, seen = render(raw, colour=self._colour) if mode else (raw, raw)
        if key == "text" and not seen.strip():
            raise ValueError("message text is empty")
        if length(seen) > limit:
            raise ValueError(f"message {'caption ' if key == 'caption' else ''}is too long")
        return styled

    def _print(self, message: int, text: str, rows: list[list[tuple[str, str]]]) -> None:
        numbered = self.keys.replace(message, rows)
        lines = [text]
        lines += ["   ".join(f"[{key.number}] {key.label}" for key in row) for row in numbered]
        self._show("\n" + "\n".join(lines))

    def _new_message(self) -> int:
        number = self._next_message
        self._next_message += 1
        return number

    def _store(self, number: int, content: Mapping[str, Any]) -> dict[str, Any]:
        chat = {"id": USER_ID, "type": "private", "first_name": "owner"}
        at = int(self._clock.now().timestamp())
        message = {"message_id": number, "date": at, "chat": chat, **content}
        self._messages[number] = message
        return message


def _person() -> dict[str, Any]:
    return {"id": USER_ID, "is_bot": False, "first_name": "owner"}


def _seconds(timeout: object) -> float:
    if isinstance(timeout, timedelta):
        return timeout.total_seconds()
    return float(timeout) if isinstance(timeout, int | float) else 0.0


def _buttons(given: Mapping[str, Any]) -> list[list[tuple[str, str]]]:
    rows = _markup(given).get("inline_keyboard") or []
    found = [[(str(b["text"]), str(b["callback_data"])) for b in row] for row in rows]
    for _, data in (button for row in found for button in row):
        if not 1 <= len(data.encode()) <= _DATA_BYTES:
            raise ValueError("BUTTON_DATA_INVALID")
    return found


def _markup(given: Mapping[str, Any]) -> Mapping[str, Any]:
    markup = given.get("reply_markup")
    return markup if isinstance(markup, Mapping) else {}


def _inline(given: Mapping[str, Any]) -> dict[str, Any]:
    markup = _markup(given)
    return {"reply_markup": markup} if "inline_keyboard" in markup else {}


def _uploaded(data: RequestData | None) -> bytes:
    files = data.multipart_data if data else {}
    for _name, content, *_ in files.values():
        return content if isinstance(content, bytes) else bytes(content.read())
    raise ValueError("there is no photo in the request")


def _refusal(status: int, description: str) -> tuple[int, bytes]:
    body = {"ok": False, "error_code": status, "description": description}
    return status, json.dumps(body).encode()
