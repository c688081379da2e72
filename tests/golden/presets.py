"""One backtest for each preset: which markets it plays, and the statistics it comes to."""

import asyncio
import hashlib
import io
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from engine.domain.events import PositionClosed
from engine.domain.venue import VenueName
from engine.settings import parse
from training.judged import judged
from training.progress import Progress
from training.replayed import Play, replay

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
# The only minutes there are belong to another venue's perpetual; here they stand for Binance's.
RENAMED = {"BTCPERP_USD-1m": "BTC_USDT-1m"}

Statistics = Mapping[str, str]


@dataclass(frozen=True)
class Golden:
    """A preset on recorded candles; `files` lie in `source`, the folder of `venue` by default."""

    preset: str
    venue: VenueName
    files: tuple[str, ...]
    start: datetime
    end: datetime
    source: VenueName | None = None


def utc(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


COINS = ("BTC", "ETH", "SOL")
HOURS = tuple(f"{coin}_USDT-1h" for coin in COINS)
CASES = (
    Golden(
        "scalping",
        VenueName.BINANCE_FUTURES,
        ("BTCPERP_USD-1m",),
        utc(2022, 1, 3),
        utc(2022, 2, 1),
    ),
    Golden(
        "day",
        VenueName.BINANCE_SPOT,
        tuple(f"{coin}_USDT-5m" for coin in COINS),
        utc(2025, 10, 1),
        utc(2025, 11, 15),
    ),
    Golden(
        "mid_term",
        VenueName.UPBIT,
        HOURS,
        utc(2025, 1, 1),
        utc(2025, 7, 1),
        source=VenueName.BINANCE_SPOT,
    ),
    Golden(
        "swing",
        VenueName.STOCK,
        ("005930-1d", "000660-1d", "069500-1d"),
        utc(1999, 1, 1),
        utc(2011, 1, 1),
    ),
    Golden(
        "reversal",
        VenueName.BINANCE_SPOT,
        (*HOURS, "XRP_USDT-1h", "ADA_USDT-1h", "BNB_USDT-1h"),
        utc(2025, 1, 1),
        utc(2025, 7, 1),
    ),
    Golden("trend", VenueName.BINANCE_FUTURES, HOURS, utc(2025, 3, 1), utc(2026, 2, 1)),
    Golden("consensus", VenueName.BINANCE_FUTURES, HOURS, utc(2025, 3, 1), utc(2025, 12, 1)),
)


def statistics(case: Golden, folder: Path) -> Statistics:
    """Play the case in a folder and return what it comes to, as text."""
    data = _data(case, folder / "data")
    others = {name: "off" for name in VenueName if name is not case.venue}
    modes = {f"{name.value}_MODE".upper(): mode for name, mode in others.items()}
    values = {
        **modes,
        "REPLAY_DATA": str(data),
        "REPLAY_START": case.start.isoformat(),
        "CRYPTO_STRATEGY_PRESET": case.preset,
        "STOCK_STRATEGY_PRESET": case.preset,
    }
    show, play = Progress(io.StringIO(), shown=False), Play(end=case.end)
    result = judged(asyncio.run(replay(parse(values, ""), folder / "state", play, show)))
    assert result.differences == []
    found, book = result.venues[case.venue], result.replayed.books[case.venue]
    made = found.growth
    reasons = ", ".join(f"{name} {each.trades}" for name, each in sorted(found.by_reason.items()))
    return {
        "trades": str(found.trades),
        "win rate %": _text(found.traded.win_rate_percent),
        "profit factor": _text(found.traded.profit_factor),
        "expectancy %": _text(found.traded.expectancy_percent),
        "return %": _text(made.return_percent),
        "CAGR %": _text(made.cagr_percent),
        "drawdown %": _text(made.max_drawdown_percent),
        "Sharpe": _text(made.sharpe),
        "Sortino": _text(made.sortino),
        "exposure %": _text(found.exposure_percent),
        "fees": _text(found.traded.fees),
        "funding": _text(found.traded.funding),
        "hold %": _text(None if found.hold is None else found.hold.return_percent),
        "exits": reasons,
        "list of trades": _digest(book.closed),
    }


def _data(case: Golden, folder: Path) -> Path:
    source = (case.source or case.venue).value
    (folder / source).mkdir(parents=True)
    for name in case.files:
        file = SHARED / source / f"{name}.feather"
        if not file.exists() and not os.environ.get("CI"):
            pytest.skip("../shared/data is not beside the checkout")
        shutil.copy(file, folder / source / f"{RENAMED.get(name, name)}.feather")
    return folder


def _text(value: Decimal | float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _digest(trades: tuple[PositionClosed, ...]) -> str:
    lines = [
        f"{t.symbol} {t.opened_at} {t.at} {t.reason} {t.entry_price:.8f} {t.exit_price:.8f}"
        for t in trades
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
