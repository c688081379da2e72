"""Contract values for the chat tests; every builder takes what a case varies."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from engine.contract import (
    AuditView,
    CandlesView,
    CandleView,
    EquityPoint,
    EquityView,
    EventView,
    GateView,
    HealthView,
    LogLine,
    OrderView,
    PanicLine,
    PausedView,
    PositionView,
    PresetView,
    SettingView,
    StatusView,
    SurfaceView,
    TradeView,
    VenueView,
    WhyView,
    line_of,
)
from engine.phrases.causes import Cause
from engine.phrases.notes import Note
from engine.phrases.replies import Reply

MARKET = line_of(Note.BUILT_IN_MARKET.say(seed=7))
LOSS = line_of(Cause.DAILY_LOSS.say(percent="3.10"))
NOW = datetime(2026, 11, 23, 5, 42, 2, tzinfo=UTC)
D = Decimal


def venue(
    name: str = "upbit", quote: str = "KRW", mode: str = "replay", **changes: Any
) -> VenueView:
    view = VenueView(
        name=name,
        mode=mode,
        state="up",
        note=None,
        quote=quote,
        initial_capital=D(10_000_000),
        cash=D("4321000"),
        equity=D("12345678.9"),
        equity_krw=D("12345678.9"),
        today_pnl_krw=D("45210.4"),
        drawdown_percent=D("2.1"),
        positions=2,
        open_orders=1,
        unknown_orders=0,
        dust=0,
        price_age_s=0.31,
        session_open=True,
        differences=0,
        entries_closed=None,
    )
    return replace(view, **changes)


def venues() -> tuple[VenueView, ...]:
    return (
        venue(),
        venue(
            "binance_spot",
            "USDT",
            equity=D("9123.45"),
            cash=D("1200.5"),
            today_pnl_krw=D(-8120),
            surfaces=(
                SurfaceView("prices", "up", 0.2),
                SurfaceView("orders", "connecting", 41.0),
                SurfaceView("rest", "up", None),
            ),
            troubles=(line_of("reset by <peer>"),),
            unreconciled=line_of(Cause.LINE_LOST.say(line="orders")),
            paused=(PausedView("ETH/USDT", line_of(Cause.HOLDS_LESS.say())),),
            external_orders=1,
            external_holdings=2,
            unprotected_s=6.4,
        ),
        venue("binance_futures", "USDT", equity=D("5000.01"), cash=D("3000"), note=MARKET),
        venue("stock", "KRW", session_open=False, price_age_s=None, entries_closed=LOSS),
    )


def status(**changes: Any) -> StatusView:
    view = StatusView(
        version="0.1.0",
        state="running",
        state_since=NOW - timedelta(hours=3),
        state_who="engine",
        state_why=line_of(""),
        phase="running",
        warmup_current=3,
        warmup_total=3,
        now=NOW,
        started_at=NOW - timedelta(hours=3),
        preset_crypto="mid_term",
        preset_stock="swing",
        equity_krw=D("45678901"),
        today_pnl_krw=D("45210"),
        today_pnl_percent=D("0.371"),
        drawdown_percent=D("2.13"),
        exposure_percent=D("57.2"),
        usdt_krw=D("1391.5"),
        nearest_liquidation_percent=D("38.41"),
        loop_ms=84.2,
        loops=12345,
        loops_skipped=2,
        errors=0,
        last_seq=0,
        memory_mb=143.2,
        cpu_percent=3.4,
        venues=venues(),
    )
    return replace(view, **changes)


def position(symbol: str = "BTC_KRW", venue: str = "upbit", **changes: Any) -> PositionView:
    view = PositionView(
        venue=venue,
        symbol=symbol,
        name=symbol.split("_", maxsplit=1)[0],
        quote="KRW",
        quantity=D("0.01320000"),
        entry_price=D("138420000"),
        price=D("140111000"),
        tick=D(1000),
        value=D("1849465.2"),
        value_krw=D("1849465.2"),
        pnl=D("22321.2"),
        pnl_krw=D("22321.2"),
        pnl_percent=D("1.22"),
        leverage=1,
        take_profit=D("145341000"),
        stop_loss=D("135651000"),
        trailing_stop=None,
        emergency_stop=D("131499000"),
        liquidation_price=None,
        liquidation_distance_percent=None,
        protected=False,
        external=False,
        strategy="breakout",
        reason="touched 139900000",
        opened_at=NOW - timedelta(hours=2),
    )
    return replace(view, **changes)


def positions() -> tuple[PositionView, ...]:
    return (
        position(),
        position(
            "ETH_USDT",
            "binance_futures",
            quote="USDT",
            tick=D("0.01"),
            leverage=3,
            price=D("3211.4"),
            entry_price=D("3190.123"),
            pnl=D("-8.123"),
            pnl_krw=D(-11303),
            pnl_percent=D("-0.44"),
            trailing_stop=D("3100"),
            liquidation_price=D("2144.2"),
            liquidation_distance_percent=D("33.2"),
            protected=True,
        ),
        position("005930", "stock", name="삼성전자", tick=D(100), quantity=D(12), price=D(71200)),
    )


def order(**changes: Any) -> OrderView:
    view = OrderView(
        venue="binance_spot",
        symbol="SOL_USDT",
        client_id="pasu-abc",
        side="buy",
        type="limit",
        purpose="entry",
        status="open",
        quantity=D("3.5"),
        filled_quantity=D("1.2"),
        price=D("187.32"),
        created_at=NOW,
    )
    return replace(view, **changes)


def trade(hours_ago: float = 5, **changes: Any) -> TradeView:
    closed = NOW - timedelta(hours=hours_ago)
    view = TradeView(
        venue="upbit",
        symbol="XRP_KRW",
        name="XRP",
        quote="KRW",
        quantity=D("1320.5"),
        entry_price=D("881.2"),
        exit_price=D("902.4"),
        tick=D("0.1"),
        pnl=D("27333.2"),
        pnl_krw=D("27333.2"),
        pnl_percent=D("2.3"),
        fees=D("588.1"),
        reason="take_profit",
        strategy="breakout",
        opened_at=closed - timedelta(minutes=95),
        closed_at=closed,
    )
    return replace(view, **changes)


def trades() -> tuple[TradeView, ...]:
    return tuple(
        trade(
            hours_ago=5 * i,
            pnl=D(1000 * (i % 5 - 2)),
            pnl_krw=D(1000 * (i % 5 - 2)),
            reason=("take_profit", "stop_loss", "trailing_stop")[i % 3],
        )
        for i in range(1, 30)
    )


def equity(points: int = 400, name: str = "all", currency: str = "KRW") -> EquityView:
    start = NOW - timedelta(days=30)
    step = timedelta(days=30) / max(1, points - 1)
    values = [
        10_000_000 * (1 + 0.0004 * i + 0.04 * math.sin(i / 23) + 0.008 * math.sin(i * 1.7))
        for i in range(points)
    ]
    curve = tuple(
        EquityPoint(start + step * i, D(str(round(value, 2)))) for i, value in enumerate(values)
    )
    return EquityView(name, currency, D(10_000_000), curve)


def candles(count: int = 120, symbol: str = "BTC_KRW", name: str = "upbit") -> CandlesView:
    start = NOW - timedelta(hours=count)
    found, close = [], 138_000_000.0
    for i in range(count):
        opened = close
        close = opened * (1 + 0.004 * math.sin(i / 7) + 0.003 * math.sin(i * 2.1))
        high, low = max(opened, close) * 1.0021, min(opened, close) * 0.9984
        volume = 3 + 2 * math.sin(i / 3) ** 2
        found.append(CandleView(start + timedelta(hours=i), opened, high, low, close, volume))
    entered, left = found[20], found[44]
    done = trade(
        symbol=symbol,
        entry_price=D(str(round(entered.close))),
        exit_price=D(str(round(left.close))),
        opened_at=entered.at + timedelta(minutes=30),
        closed_at=left.at + timedelta(minutes=30),
    )
    held = position(
        symbol,
        entry_price=D(str(round(found[100].close))),
        take_profit=D(str(round(found[100].close * 1.03))),
        stop_loss=D(str(round(found[100].close * 0.98))),
        opened_at=found[100].at,
    )
    return CandlesView(name, symbol, "1h", tuple(found), (done,), held)


def why(symbol: str = "BTC_KRW") -> WhyView:
    return WhyView(
        venue="upbit",
        symbol=symbol,
        name="비트코인",
        decision="[WAIT]",
        reason="adx: 17.3 (needs >= 20)",
        price=D(140111000),
        tick=D(1000),
        gates=(
            GateView("volatility", True, "1.21%", ">= 0.8%"),
            GateView("adx", False, "17.3", ">= 20"),
        ),
        at=NOW,
    )


def presets() -> tuple[PresetView, ...]:
    return (
        PresetView("scalping", "breakout", "1m", "1m & 15m", {"k": "0.5", "tp": "2"}, ()),
        PresetView("mid_term", "breakout", "1h", "1h", {"k": "0.5"}, ("crypto",)),
        PresetView("swing", "breakout", "4h", "4h", {"k": "0.6"}, ("stock",)),
    )


def settings() -> tuple[SettingView, ...]:
    return (
        SettingView("CRYPTO_K_VALUE", "0.5", "preset", True, "breakout factor"),
        SettingView("UPBIT_MODE", "replay", "env", False, "where prices come from"),
    )


def logs() -> tuple[LogLine, ...]:
    return (
        LogLine(NOW, "INFO", "loop.done ms=84 <ok> & more"),
        LogLine(NOW, "WARNING", "[HOLD] BTC_KRW 진입 보류"),
    )


def health() -> tuple[HealthView, ...]:
    figures = Cause.VENUE_FIGURES.say(state="down", differences=1, unknown=0)
    return (
        HealthView(
            line_of(Cause.LEDGER_CHECKED.say(venue="upbit")), True, line_of("cause.sums_to_zero")
        ),
        HealthView(line_of(Cause.VENUE_CHECKED.say(venue="stock")), False, line_of(figures)),
    )


def audit() -> tuple[AuditView, ...]:
    said = "CRYPTO_STRATEGY_PRESET: swing → mid_term", Reply.EXITS_STAY.say(count=2)
    return (AuditView(NOW, "telegram:7", "preset", tuple(map(line_of, said))),)


def panic_line(symbol: str = "BTC_KRW", name: str = "upbit", **changes: Any) -> PanicLine:
    line = PanicLine(name, symbol, symbol, "KRW", D("0.0132"), D(1849465), D(1849465), D("0.12"))
    return replace(line, **changes)


def event(
    seq: int, kind: str, severity: str = "info", at: datetime | None = None, **facts: Any
) -> EventView:
    return EventView(seq, kind, severity, at or datetime.now(UTC), facts)


def opened(seq: int, symbol: str = "BTC_KRW", at: datetime | None = None) -> EventView:
    return event(
        seq,
        "PositionOpened",
        at=at,
        venue="upbit",
        symbol=symbol,
        quantity="0.0132",
        entry_price="138420000",
        leverage=1,
        exits={
            "take_profit": "145341000",
            "stop_loss": None,
            "trailing": None,
            "emergency": "0.05",
        },
        strategy="breakout",
        reason="close 103 above <102>",
    )


def closed(
    seq: int,
    symbol: str = "BTC_KRW",
    at: datetime | None = None,
    severity: str = "info",
    pnl: str = "31900",
) -> EventView:
    return event(
        seq,
        "PositionClosed",
        severity,
        at=at,
        venue="upbit",
        symbol=symbol,
        quantity="0.0132",
        entry_price="138420000",
        exit_price="140837000",
        pnl=pnl,
        pnl_percent="1.74",
        fees="921.3",
        funding="0",
        reason="take_profit",
        strategy="breakout",
        opened_at=((at or datetime.now(UTC)) - timedelta(hours=2)).isoformat(),
    )


def panicked(seq: int, symbol: str = "BTC_KRW", at: datetime | None = None) -> EventView:
    return event(
        seq,
        "PanicProgressed",
        "warning",
        at=at,
        venue="upbit" if symbol else None,
        symbol=symbol,
        outcome="sold" if symbol else "flat",
        quantity="0.0132",
        average_price="140000000" if symbol else "0",
        slippage_percent="0.11",
        seconds=1.2,
    )


def tuned(seq: int, kind: str = "ParametersTuned", **more: Any) -> EventView:
    def figures(trades: int, wins: int, earned: float) -> dict[str, Any]:
        return {
            "trades": trades,
            "wins": wins,
            "return_percent": earned,
            "profit_factor": None,
        }

    def change(key: str, before: float, after: float, stored: float | None) -> dict[str, Any]:
        return {"key": key, "before": before, "after": after, "stored_after": stored}

    facts = {
        "market": "crypto",
        "preset": "mid_term",
        "strategy": "breakout",
        "job": "daily",
        "changes": [
            change("CRYPTO_K_VALUE", 0.5, 0.45, 0.45),
            change("CRYPTO_TAKE_PROFIT_PERCENT", 6.0, 4.0, 4.0),
            change("CRYPTO_STOP_LOSS_PERCENT", 0.0, 2.0, 2.0),
        ],
        "evidence": {
            "objective": "win_rate",
            "trials": 200,
            "markets": 20,
            "first": "2026-11-16T05:42:02+00:00",
            "held_out_from": "2026-11-21T05:42:02+00:00",
            "last": "2026-11-23T05:42:02+00:00",
            "fitted_before": figures(58, 15, -0.31),
            "fitted_after": figures(58, 26, 0.42),
            "held_out_before": figures(10, 6, 0.8),
            "held_out_after": figures(11, 9, 1.44),
        },
        "who": "engine",
    }
    return event(seq, kind, **{**facts, **more})
