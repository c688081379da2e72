"""What a backtest prints and leaves behind, from the command line."""

import csv
import struct
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from tests.research.closed_trades import HOUR, MONDAY, closed
from training.backtest import main
from training.replayed import busiest
from training.report_files import trades_table

PNG = b"\x89PNG\r\n\x1a\n"
DAYS = 90


@pytest.fixture(scope="module")
def asked(tmp_path_factory) -> tuple[str, ...]:
    """Return the arguments that play two made markets, the last 60 of 90 days."""
    data = tmp_path_factory.mktemp("candles")
    for seed, base in enumerate(("BTC", "ETH")):
        chance = np.random.default_rng(seed)
        close = 1000.0 * np.exp(np.cumsum(chance.normal(0.0002, 0.01, 24 * DAYS)))
        opened = np.concatenate(([1000.0], close[:-1]))
        columns = {
            "timestamp": 1000 * (int(MONDAY.timestamp()) + 3600 * np.arange(24 * DAYS)),
            "open": opened,
            "high": np.maximum(opened, close) * 1.002,
            "low": np.minimum(opened, close) * 0.998,
            "close": close,
            "volume": np.full(24 * DAYS, 10_000.0),
        }
        target = data / "binance_spot" / f"{base}_USDT-1h.feather"
        target.parent.mkdir(exist_ok=True)
        feather.write_feather(pa.table(columns), target)
    start = ("--start", "2025-02-05", "--venues", "binance_spot", "--preset", "mid_term")
    return ("--data", str(data), *start)


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(PNG)
    return struct.unpack(">II", png[16:24])


def test_a_backtest_prints_its_figures_and_leaves_trades_and_charts(
    tmp_path: Path, asked: tuple[str, ...], capsys
):
    assert main([*asked, "--report", str(tmp_path), "--charts", "2"]) == 0
    told = capsys.readouterr().out
    for words in (
        "2025-02-05 … 2025-04-06",
        "binance_spot: breakout on 1h",
        "buy and hold",
        "CAGR %",
        "Sortino",
        "exposure %",
        "expectancy",
        "hold %",
        "take_profit",
        "0 differences",
    ):
        assert words in told
    table = pq.read_table(tmp_path / "trades.parquet")
    rows = list(csv.DictReader((tmp_path / "trades.csv").read_text().splitlines()))
    assert len(rows) == table.num_rows > 5
    assert [Decimal(row["pnl"]) for row in rows] == table["pnl"].to_pylist()
    assert [datetime.fromisoformat(row["closed_at"]) for row in rows] == [
        at.astimezone(UTC) for at in table["closed_at"].to_pylist()
    ]
    charts = sorted(path.name for path in tmp_path.glob("*.png"))
    assert charts[0] == "equity-binance_spot.png"
    assert [name.startswith("market-binance_spot-") for name in charts[1:]] == [True, True]
    assert {size_of((tmp_path / name).read_bytes()) for name in charts} == {(1760, 990)}
    assert str(tmp_path / "trades.parquet") in told


def test_a_backtest_without_a_report_leaves_nothing(
    tmp_path: Path, asked: tuple[str, ...], capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert main([*asked, "--symbols", "BTC", "--report", ""]) == 0
    told = capsys.readouterr().out
    assert "breakout on 1h, markets: 1" in told
    assert list(tmp_path.iterdir()) == []


def test_without_the_library_of_columns_only_the_markets_are_not_drawn(
    tmp_path: Path, asked: tuple[str, ...], monkeypatch
):
    monkeypatch.setitem(sys.modules, "ta", None)
    assert main([*asked, "--report", str(tmp_path), "--charts", "2"]) == 0
    assert [path.name for path in tmp_path.glob("*.png")] == ["equity-binance_spot.png"]


def test_any_setting_can_be_set_and_a_wrong_one_is_told(asked: tuple[str, ...], capsys):
    often = [*asked, "--fast", "--report", "", "--set", "CRYPTO_K_VALUE=0.1"]
    assert main(often) == 0
    assert "books checked" not in capsys.readouterr().out
    assert main([*asked, "--set", "CRYPTO_K_VALUE=-1"]) == 1
    assert "CRYPTO_K_VALUE" in capsys.readouterr().err


def test_ideal_markets_cost_what_is_asked(asked: tuple[str, ...], capsys):
    fees = []
    for fee in ("0", "0.1"):
        assert main([*asked, "--report", "", "--fast", "--ideal", fee, "0"]) == 0
        line = next(line for line in capsys.readouterr().out.splitlines() if " fees  " in line)
        fees.append(Decimal(line.split()[1].replace(",", "")))
    assert fees[0] == 0
    assert fees[1] > 0


def test_amounts_of_trades_are_kept_to_twelve_places():
    thirds = closed("0.3333333333333333")
    table = trades_table([thirds, closed("-2")])
    assert table["pnl"].to_pylist() == [Decimal("0.333333333333"), Decimal(-2)]
    assert table["opened_at"].to_pylist()[0] == MONDAY


def test_the_busiest_stretch_is_the_latest_with_most_moments():
    hours = [0, 1, 2, 10, 11, 12, 30]
    found = busiest([MONDAY + hour * HOUR for hour in hours], timedelta(hours=3))
    assert found == MONDAY + 10 * HOUR
