"""An engine without a market: it answers every question and remembers what it was told to do."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from engine.contract import (
    AuditView,
    CandlesView,
    CandleView,
    EquityPoint,
    EquityView,
    EventsView,
    EventView,
    HealthView,
    LogLine,
    OrderView,
    PanicLine,
    PositionView,
    PresetView,
    Receipt,
    SettingView,
    StatusView,
    TradeView,
    VenueView,
    WhyView,
    line_of,
)
from engine.core.command import Command
from engine.domain.errors import Refused
from engine.phrases.causes import Cause
from engine.phrases.notes import Note
from engine.phrases.replies import Reply

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ONE = Decimal(1)
BTC = Decimal(98765000)

VENUE = VenueView(
    name="upbit",
    mode="replay",
    state="up",
    note=line_of(Note.BUILT_IN_MARKET.say(seed=7)),
    quote="KRW",
    initial_capital=Decimal(10_000_000),
    cash=Decimal(9_000_000),
    equity=Decimal(10_100_000),
    equity_krw=Decimal(10_100_000),
    today_pnl_krw=Decimal(100_000),
    drawdown_percent=Decimal("0.5"),
    positions=1,
    open_orders=2,
    unknown_orders=0,
    dust=0,
    price_age_s=0.5,
    session_open=True,
    differences=0,
    entries_closed=None,
)
STATUS = StatusView(
    version="0.1.0",
    state="running",
    state_since=NOW,
    state_who="owner",
    state_why=line_of(""),
    phase="warming_up",
    warmup_current=1,
    warmup_total=3,
    now=NOW,
    started_at=NOW,
    preset_crypto="mid_term",
    preset_stock="swing",
    equity_krw=Decimal(40_400_000),
    today_pnl_krw=Decimal(100_000),
    today_pnl_percent=Decimal("0.25"),
    drawdown_percent=Decimal("0.5"),
    exposure_percent=Decimal("2.5"),
    usdt_krw=Decimal(1400),
    nearest_liquidation_percent=None,
    loop_ms=3.25,
    loops=12,
    loops_skipped=0,
    errors=0,
    last_seq=3,
    memory_mb=81.5,
    cpu_percent=2.5,
    venues=(VENUE,),
)
POSITION = PositionView(
    venue="upbit",
    symbol="BTC/KRW",
    name="비트코인",
    quote="KRW",
    quantity=Decimal("0.0125"),
    entry_price=BTC,
    price=BTC,
    tick=Decimal(1000),
    value=Decimal(1_234_562),
    value_krw=Decimal(1_234_562),
    pnl=Decimal(-1234),
    pnl_krw=Decimal(-1234),
    pnl_percent=Decimal("-0.1"),
    leverage=1,
    take_profit=BTC,
    stop_loss=BTC,
    trailing_stop=None,
    emergency_stop=BTC,
    liquidation_price=None,
    liquidation_distance_percent=None,
    protected=False,
    external=False,
    strategy="breakout",
    reason="price above target",
    opened_at=NOW,
)
ORDER = OrderView("upbit", "BTC/KRW", "p-1", "buy", "limit", "entry", "open", ONE, ONE, None, NOW)
TRADE = TradeView(
    venue="upbit",
    symbol="BTC/KRW",
    name="비트코인",
    quote="KRW",
    quantity=ONE,
    entry_price=BTC,
    exit_price=BTC,
    tick=ONE,
    pnl=ONE,
    pnl_krw=ONE,
    pnl_percent=ONE,
    fees=ONE,
    reason="take_profit",
    strategy="breakout",
    opened_at=NOW,
    closed_at=NOW,
)
PRESET = PresetView("mid_term", "breakout", "1h", "하루", {"k_value": "0.5"}, ("crypto",))
SETTING = SettingView("LOOP_SECONDS", "3", "default", False, "Seconds.")
WHY = WhyView("upbit", "BTC/KRW", "비트코인", "wait", "below target", BTC, ONE, (), NOW)
PANIC = PanicLine(
    "upbit", "BTC/KRW", "비트코인", "KRW", Decimal("0.0125"), BTC, Decimal(1_234_562), ONE
)
CANDLE = CandleView(NOW, 1.0, 2.0, 0.5, 1.5, 100.0)
LINES = tuple(LogLine(NOW, level, f"{level.lower()}.event") for level in ("INFO", "ERROR"))


def event(seq: int) -> EventView:
    return EventView(seq, "OrderFilled", "info", NOW, {"symbol": "BTC/KRW", "price": "1"})


class FakeEngine:
    """Queries and Commands in one; `failing` makes the next call raise."""

    def __init__(self) -> None:
        self.log: list[EventView] = [event(1), event(2), event(3)]
        self.done: list[tuple[str, tuple[object, ...], Command]] = []
        self.asked: list[tuple[object, ...]] = []
        self.receipts: dict[str, Receipt] = {}
        self.acknowledged = 0
        self.failing: Exception | None = None
        self.gate: Callable[[], Awaitable[object]] | None = None
        self.is_remembering = True
        self.waiting = asyncio.Event()
        self._news = asyncio.Condition()

    def status(self) -> StatusView:
        self._ask("status")
        return STATUS

    def positions(self) -> Sequence[PositionView]:
        self._ask("positions")
        return [POSITION]

    def orders(self) -> Sequence[OrderView]:
        return (ORDER,)

    async def trades(self, days: int) -> Sequence[TradeView]:
        self._ask("trades", days)
        return [TRADE]

    def equity(self, venue: str, days: int) -> EquityView:
        self._ask("equity", venue, days)
        return EquityView(venue, "KRW", ONE, (EquityPoint(NOW, ONE),))

    async def candles(
        self, symbol: str, venue: str | None, timeframe: str | None, count: int
    ) -> CandlesView:
        self._ask("candles", symbol, venue, timeframe, count)
        return CandlesView("upbit", symbol, "1h", (CANDLE,), (TRADE,), None)

    def events(self, after: int, most: int) -> EventsView:
        newer = [one for one in self.log if one.seq > after]
        return EventsView(tuple(newer[:most]), self.log[-1].seq)

    async def wait_for_event(self, after: int, seconds: float) -> None:
        self._ask("wait")
        self.waiting.set()
        async with self._news:
            await self._news.wait_for(lambda: self.log[-1].seq > after)

    async def tell(self) -> None:
        async with self._news:
            self.log.append(event(self.log[-1].seq + 1))
            self._news.notify_all()

    def cursor(self) -> int:
        return self.acknowledged

    def presets(self) -> Sequence[PresetView]:
        return [PRESET]

    def settings(self) -> Sequence[SettingView]:
        return [SETTING]

    def why(self, symbol: str) -> Sequence[WhyView]:
        self._ask("why", symbol)
        if symbol != "BTC":
            raise Refused("unknown_symbol", f"nobody follows {symbol}")
        return [WHY]

    def health(self) -> Sequence[HealthView]:
        self._ask("health")
        ledger = line_of(Cause.LEDGER_CHECKED.say(venue="upbit"))
        return [
            HealthView(line_of("upbit"), True, line_of("up")),
            HealthView(ledger, True, line_of(Cause.SUMS_TO_ZERO.say())),
        ]

    def audit(self) -> Sequence[AuditView]:
        return [AuditView(NOW, "owner", "pause", (line_of(Reply.CARRIED_OUT.say()),))]

    def lines(self, most: int, level: str) -> Sequence[LogLine]:
        self._ask("logs", most, level)
        return [line for line in LINES if level in ("INFO", line.level)][-most:]

    def remembered(self, key: str) -> Receipt | None:
        return self.receipts.get(key)

    async def preset(self, name: str, market: str, order: Command) -> Receipt:
        return await self._do("preset", order, name, market)

    async def set(self, key: str, value: str, order: Command) -> Receipt:
        return await self._do("set", order, key, value)

    async def panic(self, order: Command) -> Receipt:
        return await self._do("panic", order)

    async def sell(self, symbol: str, order: Command) -> Receipt:
        return await self._do("sell", order, symbol)

    async def pause(self, why: str, order: Command) -> Receipt:
        return await self._do("pause", order, why)

    async def resume(self, why: str, order: Command) -> Receipt:
        return await self._do("resume", order, why)

    async def optimize(self, order: Command) -> Receipt:
        return await self._do("optimize", order)

    async def restart(self, order: Command) -> Receipt:
        return await self._do("restart", order)

    async def undo(self, order: Command) -> Receipt:
        return await self._do("undo", order)

    async def ack(self, seq: int, order: Command) -> Receipt:
        self.acknowledged = max(self.acknowledged, seq)
        return await self._do("ack", order, seq)

    def _ask(self, *what: object) -> None:
        self.asked.append(what)
        if self.failing is not None:
            failing, self.failing = self.failing, None
            raise failing

    async def _do(self, name: str, order: Command, *arguments: object) -> Receipt:
        if self.gate is not None:
            await self.gate()
        if self.failing is not None:
            failing, self.failing = self.failing, None
            raise failing
        panic = (PANIC,) if name == "panic" else ()
        told = line_of(f"{name} number {len(self.done)}")
        receipt = Receipt(name, not order.dry_run, order.dry_run, (told,), order.key, panic)
        if not order.dry_run:
            self.done.append((name, arguments, order))
            if self.is_remembering and order.key:
                self.receipts[order.key] = receipt
        return receipt
