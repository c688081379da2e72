"""Markets for tests: real candles where they are, seeded ones, instruments and positions."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from pyarrow import feather

from engine.domain.candle import Candle, Timeframe
from engine.domain.exits import ExitPlan
from engine.domain.instrument import Instrument
from engine.domain.money import TickTable, single_tick
from engine.domain.position import Position
from engine.domain.venue import VenueName

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
START = datetime(2026, 1, 1, tzinfo=UTC)


def real_candles(name: str, start: int, count: int) -> list[Candle]:
    """Return stored candles, skipping the test where the data are not beside the checkout."""
    path = SHARED / f"{name}.feather"
    if not path.exists() and not os.environ.get("CI"):
        pytest.skip("../shared/data is not beside the checkout")
    table = feather.read_table(path)[start : start + count]
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return [Candle(datetime.fromtimestamp(ms / 1000, UTC), *row) for ms, *row in rows]


def seeded_candles(count: int, timeframe: Timeframe = Timeframe.H1, seed: int = 7) -> list[Candle]:
    """Return a random walk of about 1 % a candle that begins at midnight UTC."""
    random = np.random.default_rng(seed)
    closes = 100.0 * np.exp(np.cumsum(random.normal(0, 0.01, count)))
    candles = []
    before = 100.0
    for i, close in enumerate(closes.tolist()):
        high = max(before, close) * (1 + abs(random.normal(0, 0.003)))
        low = min(before, close) * (1 - abs(random.normal(0, 0.003)))
        volume = float(random.uniform(1, 100))
        candles.append(Candle(START + i * timeframe.delta, before, high, low, close, volume))
        before = close
    return candles


def candle(
    open_: float, high: float, low: float, close: float, hours: float = 0, volume: float = 1.0
) -> Candle:
    """Return a candle that opens so many hours after the start."""
    return Candle(START + timedelta(hours=hours), open_, high, low, close, volume)


def columns(candles: Sequence[Candle]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return high, low, close and volume of candles as arrays."""
    table = np.array([row[2:] for row in candles])
    return table[:, 0], table[:, 1], table[:, 2], table[:, 3]


UPBIT_TICKS = TickTable(
    tuple(
        (Decimal(start), Decimal(tick))
        for start, tick in (
            ("1000000", "1000"),
            ("100000", "100"),
            ("10000", "10"),
            ("1000", "1"),
            ("100", "0.1"),
            ("10", "0.01"),
            ("1", "0.001"),
            ("0", "0.0001"),
        )
    )
)


def upbit(symbol: str = "BTC/KRW") -> Instrument:
    return Instrument(
        venue=VenueName.UPBIT,
        symbol=symbol,
        base=symbol.split("/", maxsplit=1)[0],
        quote="KRW",
        ticks=UPBIT_TICKS,
        lot=Decimal("0.00000001"),
        min_quantity=Decimal(0),
        min_notional=Decimal(5000),
        maker_fee=Decimal("0.0005"),
        taker_fee=Decimal("0.0005"),
    )


def spot() -> Instrument:
    return Instrument(
        venue=VenueName.BINANCE_SPOT,
        symbol="ETH/USDT",
        base="ETH",
        quote="USDT",
        ticks=single_tick(Decimal("0.01")),
        lot=Decimal("0.0001"),
        min_quantity=Decimal("0.0001"),
        min_notional=Decimal(5),
        maker_fee=Decimal("0.001"),
        taker_fee=Decimal("0.001"),
    )


def futures(max_leverage: int = 125, maintenance: str = "0.004") -> Instrument:
    return Instrument(
        venue=VenueName.BINANCE_FUTURES,
        symbol="BTC/USDT",
        base="BTC",
        quote="USDT",
        ticks=single_tick(Decimal("0.10")),
        lot=Decimal("0.001"),
        min_quantity=Decimal("0.001"),
        min_notional=Decimal(100),
        maker_fee=Decimal("0.0002"),
        taker_fee=Decimal("0.0005"),
        max_leverage=max_leverage,
        maintenance_margin=Decimal(maintenance),
    )


def samsung() -> Instrument:
    return Instrument(
        venue=VenueName.STOCK,
        symbol="005930",
        base="005930",
        quote="KRW",
        ticks=single_tick(Decimal(100)),
        lot=Decimal(1),
        min_quantity=Decimal(1),
        min_notional=Decimal(0),
        maker_fee=Decimal("0.00015"),
        taker_fee=Decimal("0.00015"),
        sell_tax=Decimal("0.0018"),
    )


def position(entry: Decimal, exits: ExitPlan, high: Decimal | None = None) -> Position:
    return Position(
        venue=VenueName.UPBIT,
        symbol="BTC/KRW",
        quantity=Decimal(1),
        bought=Decimal(1),
        bought_value=entry,
        opened_at=START,
        high=entry if high is None else high,
        exits=exits,
        strategy="breakout",
        reason="test",
    )
