"""Backtest by replay: the live engine on recorded candles, as fast as it goes.

`python -m training.backtest --data FOLDER` plays every venue of the folder side by side with one
purse each, through the same desks, orders, journal and state files as the service. It prints what
came of it beside buying and holding, and leaves the trades and charts in a folder.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from engine.domain.errors import PasuError
from engine.domain.venue import VenueName
from engine.settings import Settings, parse
from engine.venues.ideal import Ideal
from training.judged import Result, judged
from training.progress import Progress
from training.replayed import Play, replay
from training.report import report
from training.report_files import write_files

REPORT = "data/backtest"
CHARTS = 3


def main(arguments: Sequence[str]) -> int:
    """Run one backtest from the command line and return the exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        result = asyncio.run(_keeping(chosen, _settings(chosen)))
        print(report(result))
        if chosen.report:
            print()
            print("\n".join(str(path) for path in write_files(result, Path(chosen.report))))
    except PasuError as e:
        print(f"pasu backtest: {e}", file=sys.stderr)
        return 1
    return 1 if result.differences else 0


async def _keeping(chosen: argparse.Namespace, settings: Settings) -> Result:
    folder = Path(chosen.out) if chosen.out else Path(tempfile.mkdtemp(prefix="pasu-backtest-"))
    windows = chosen.charts if chosen.report else 0
    play = Play(end=chosen.end, audit=not chosen.fast, windows=windows, ideal=_ideal(chosen))
    try:
        show = Progress(sys.stderr, shown=sys.stderr.isatty())
        return judged(await replay(settings, folder, play, show))
    finally:
        if not chosen.out:
            shutil.rmtree(folder, ignore_errors=True)


def _ideal(chosen: argparse.Namespace) -> Ideal | None:
    if chosen.ideal is None:
        return None
    fee, slippage = (each / 100 for each in chosen.ideal)
    return Ideal(fee, slippage)


def _settings(chosen: argparse.Namespace) -> Settings:
    wanted = set(chosen.venues.split(",")) if chosen.venues else {name.value for name in VenueName}
    values = {f"{name.value}_MODE".upper(): "replay" for name in VenueName if name.value in wanted}
    values |= {f"{n.value}_MODE".upper(): "off" for n in VenueName if n.value not in wanted}
    values |= {
        "CRYPTO_STRATEGY_PRESET": chosen.preset,
        "STOCK_STRATEGY_PRESET": chosen.stock_preset,
        "SYMBOLS_ALLOW": chosen.symbols or "",
        "REPLAY_SEED": str(chosen.seed),
        "REPLAY_DATA": chosen.data or "",
        "REPLAY_START": chosen.start or "",
    }
    return parse(values, "\n".join(chosen.set))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.backtest", description=__doc__)
    parser.add_argument("--data", help="folder of candles; without it the built-in market")
    parser.add_argument("--venues", help="only these, with commas: upbit,binance_spot,…")
    parser.add_argument("--symbols", help="only these, with commas: BTC,ETH/USDT,005930,…")
    parser.add_argument("--preset", default="mid_term", help="crypto preset (mid_term)")
    parser.add_argument("--stock-preset", default="mid_term", help="stock preset (mid_term)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="any other setting, as a line of .env, such as CRYPTO_K_VALUE=0.4; may be repeated",
    )
    parser.add_argument("--seed", type=int, default=7, help="seed of fills and built-in market (7)")
    parser.add_argument("--start", help="first day, such as 2025-01-31 (UTC)")
    parser.add_argument("--end", type=_moment, help="day to end before (UTC)")
    parser.add_argument("--out", help="keep journal and state files in this folder")
    parser.add_argument(
        "--report", default=REPORT, help=f"folder of trades and charts ({REPORT}); '' for none"
    )
    parser.add_argument(
        "--charts", type=int, default=CHARTS, help=f"markets to draw, most traded first ({CHARTS})"
    )
    parser.add_argument(
        "--ideal",
        nargs=2,
        type=Decimal,
        metavar=("FEE", "SLIPPAGE"),
        help="markets without ticks, minimums and depth, with these percents a side: what the "
        "fast simulator assumes",
    )
    parser.add_argument("--fast", action="store_true", help="do not check the books each candle")
    return parser


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T00:00:00+00:00")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
