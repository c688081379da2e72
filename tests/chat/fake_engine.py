"""An engine of contract values behind a real Unix socket; a test scripts what it answers.

As a program (`python -m tests.chat.fake_engine SOCKET`) it serves the samples until it is killed.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aiohttp import web

from engine.contract import (
    ACTOR_HEADER,
    IDEMPOTENCY_HEADER,
    ApiError,
    CandlesView,
    EquityView,
    EventsView,
    EventView,
    Line,
    PanicLine,
    PositionView,
    Receipt,
    StatusView,
    TradeView,
    WhyView,
    encode,
    line_of,
)
from tests.chat import samples


@dataclass(frozen=True, slots=True)
class Post:
    """One POST that arrived."""

    command: str
    body: dict[str, Any]
    key: str
    actor: str

    @property
    def dry(self) -> bool:
        return bool(self.body.get("dry_run"))


@dataclass(slots=True)
class FakeEngine:
    """What the engine knows, and what was asked of it."""

    socket: Path
    status: StatusView = field(default_factory=samples.status)
    positions: tuple[PositionView, ...] = field(default_factory=samples.positions)
    trades: tuple[TradeView, ...] = field(default_factory=samples.trades)
    equity: EquityView = field(default_factory=samples.equity)
    candles: CandlesView = field(default_factory=samples.candles)
    why: tuple[WhyView, ...] = field(default_factory=lambda: (samples.why(),))
    panic: tuple[PanicLine, ...] = field(
        default_factory=lambda: (
            samples.panic_line(),
            samples.panic_line("ETH_USDT", "binance_futures", quote="USDT"),
        )
    )
    events: list[EventView] = field(default_factory=list)
    cursor: int = 0
    posts: list[Post] = field(default_factory=list)
    refusals: dict[str, tuple[int, ApiError]] = field(default_factory=dict)
    refused: tuple[Line, ...] = ()
    deaf: set[str] = field(default_factory=set)
    answer_s: float = 0.0
    ack_s: float = 0.0
    asked: list[str] = field(default_factory=list)
    _done: dict[str, Receipt] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/v1/{path:.+}", self._get)
        app.router.add_post("/v1/{path:.+}", self._post)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
        await self._runner.setup()
        self.socket.unlink(missing_ok=True)
        await web.UnixSite(self._runner, str(self.socket)).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def happen(self, *events: EventView) -> None:
        self.events += events
        self.status = replace(self.status, last_seq=self.events[-1].seq)
        self._news.set()
        self._news = asyncio.Event()

    def carried_out(self, command: str) -> list[Post]:
        return [post for post in self.posts if post.command == command and not post.dry]

    async def _get(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        self.asked.append(path)
        if path in self.deaf:
            await asyncio.sleep(3600)
        if self.answer_s and path != "events":
            await asyncio.sleep(self.answer_s)
        if path in self.refusals:
            return self._refuse(path)
        if path == "events":
            return await self._events(request)
        value = self._views(request)[path]()
        return web.json_response(encode(value))

    def _views(self, request: web.Request) -> dict[str, Callable[[], object]]:
        return {
            "status": lambda: self.status,
            "positions": lambda: self.positions,
            "orders": lambda: (samples.order(),),
            "trades": lambda: self.trades,
            "equity": lambda: replace(self.equity, venue=request.query["venue"]),
            "candles": lambda: self.candles,
            "presets": samples.presets,
            "settings": samples.settings,
            "why": lambda: self.why,
            "logs": samples.logs,
            "health": samples.health,
            "audit": samples.audit,
            "events/cursor": lambda: {"seq": self.cursor},
        }

    async def _events(self, request: web.Request) -> web.StreamResponse:
        after, wait = int(request.query["after"]), float(request.query["wait"])
        most = int(request.query["most"])
        found = [event for event in self.events if event.seq > after]
        if not found and wait:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._news.wait()
            found = [event for event in self.events if event.seq > after]
        last = self.events[-1].seq if self.events else 0
        return web.json_response(encode(EventsView(tuple(found[:most]), last)))

    async def _post(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        body = await request.json()
        if path == "events/ack":
            await asyncio.sleep(self.ack_s)
            self.cursor = body["seq"]
            return web.json_response({"seq": self.cursor})
        key = request.headers.get(IDEMPOTENCY_HEADER, "")
        self.posts.append(Post(path, body, key, request.headers.get(ACTOR_HEADER, "")))
        if path in self.deaf or (f"{path}!" in self.deaf and not body["dry_run"]):
            await asyncio.sleep(3600)
        if path in self.refusals:
            return self._refuse(path)
        return web.json_response(encode(self._receipt(path, body, key)))

    def _receipt(self, path: str, body: dict[str, Any], key: str) -> Receipt:
        dry = bool(body["dry_run"])
        if not dry and key in self._done:
            return replace(self._done[key], changed=False)
        rest = {name: value for name, value in body.items() if name != "dry_run"}
        line = f"{path} {json.dumps(rest, ensure_ascii=False)}"
        panic = self.panic if path == "panic" else ()
        receipt = Receipt(path, not dry, dry, (line_of(line),), key, panic)
        if not dry:
            self._done[key] = receipt
        return receipt

    def _refuse(self, path: str) -> web.StreamResponse:
        status, error = self.refusals[path]
        body = {"error": encode(error), "lines": encode(self.refused)}
        return web.json_response(body, status=status)


async def serve(socket: Path) -> None:
    """Serve the samples for ever; a panic sells everything and tells it by events."""
    engine = FakeEngine(socket)
    await engine.start()
    seen = 0
    while True:
        await asyncio.sleep(0.05)
        done = engine.carried_out("panic")
        if len(done) > seen:
            seen = len(done)
            first = len(engine.events) + 1
            lines = [samples.panicked(first + i, p.symbol) for i, p in enumerate(engine.panic)]
            engine.happen(*lines, samples.panicked(first + len(lines), ""))


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
