"""Telegram's Bot API on 127.0.0.1 with faults to order, for what only a connection can show."""

import asyncio
import json
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.chat.waiting import eventually

TOKEN = "4242:canary-token-AAE_do_not_print"
OWNER = 7


@dataclass(frozen=True, slots=True)
class Fault:
    """What one call gets instead of its answer; `taken` delivers it all the same."""

    status: int = 0
    description: str = ""
    retry_after: int = 0
    reset: bool = False
    hang_s: float = 0.0
    taken: bool = False


@dataclass(slots=True)
class FakeTelegram:
    """Updates waiting to be fetched, messages that arrived, faults still to happen."""

    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    sent: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    stamps: list[float] = field(default_factory=list)
    base_url: str = ""
    _updates: list[dict[str, Any]] = field(default_factory=list)
    _next: int = 1
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application(client_max_size=2**24)
        app.router.add_post("/bot{token}/{method}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.base_url = f"http://127.0.0.1:{port}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def update(self, **update: Any) -> None:
        self._updates.append({"update_id": self._next, **update})
        self._next += 1
        self._news.set()
        self._news = asyncio.Event()

    def type_line(self, text: str, user: int = OWNER, age_s: float = 0.0) -> None:
        person = {"id": user, "is_bot": False, "first_name": "owner"}
        chat = {"id": user, "type": "private", "first_name": "owner"}
        at = int(time.time() - age_s)
        body = {"message_id": 1000 + self._next, "date": at, "chat": chat, "from": person}
        self.update(message=body | {"text": text})

    def texts(self) -> list[str]:
        return [str(message.get("text") or message.get("caption")) for message in self.sent]

    async def received(self, text: str, within_s: float = 8.0) -> str:
        await eventually(lambda: any(text in one for one in self.texts()), within_s)
        return next(one for one in reversed(self.texts()) if text in one)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.calls.append(method)
        given = dict(await request.post())
        fault = self.faults[method].pop(0) if self.faults[method] else None
        if fault is not None and not fault.taken:
            return await self._fail(request, fault)
        result = await self._answer(method, given)
        if fault is not None:
            return await self._fail(request, fault)
        return web.json_response({"ok": True, "result": result})

    async def _fail(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.hang_s:
            await asyncio.sleep(fault.hang_s)
        if fault.reset and request.transport is not None:
            request.transport.abort()
        body: dict[str, Any] = {"ok": False, "description": fault.description or "fault"}
        if fault.retry_after:
            body["parameters"] = {"retry_after": fault.retry_after}
        return web.json_response(body, status=fault.status or 500)

    async def _answer(self, method: str, given: dict[str, Any]) -> object:
        if method == "getMe":
            return {"id": 42, "is_bot": True, "first_name": "Pasu", "username": "pasu_bot"}
        if method == "getUpdates":
            return await self._get_updates(given)
        if method in {"sendMessage", "editMessageText", "sendPhoto"}:
            return self._sent(method, given)
        return True

    async def _get_updates(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        offset = int(given.get("offset", 0))
        self._updates = [one for one in self._updates if one["update_id"] >= offset]
        if not self._updates:
            try:
                async with asyncio.timeout(float(given.get("timeout", 0)) or 0.001):
                    await self._news.wait()
            except TimeoutError:
                return []
        return self._updates

    def _sent(self, method: str, given: dict[str, Any]) -> dict[str, Any]:
        given["method"] = method
        given["reply_markup"] = json.loads(given.get("reply_markup") or "{}")
        self.sent.append(given)
        self.stamps.append(time.monotonic())
        chat = {"id": int(given["chat_id"]), "type": "private", "first_name": "owner"}
        number = int(given.get("message_id", 0)) or 5000 + len(self.sent)
        text = {"text": given.get("text", "")} if method != "sendPhoto" else {}
        return {"message_id": number, "date": int(time.time()), "chat": chat, **text}
