"""`python -m tests.soak.live`: how fast an engine that trades live is, and whether it grows.

First the way from a price to the order on the wire, then `--markets` markets at `--rate` prices a
second each for `--minutes`, a market touching its level now and then: delays, loop, CPU, memory.
Nothing is asserted; the host's other work is in every figure.
"""

import argparse
import asyncio
import random
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from tests.soak.live_bench import START, TICK, LiveBench, live_bench, percentile

QUIET_MARKETS = 6
TARGET = START * Decimal("1.01")
TOUCHED = START * Decimal("1.06")
MEGABYTE = 1024 * 1024
SLICES = 20
REPORT_S = 30.0


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.live", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--markets", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20.0)
    return parser.parse_args()


async def price_to_order(folder: Path, events: int) -> None:
    """Let markets be bought after each minute and sold by the price that reaches their target."""
    async with live_bench(folder, QUIET_MARKETS, "eager") as bench:
        while len(bench.delays_ms) < events:
            before = len(bench.delays_ms)
            for symbol in bench.symbols:
                bench.tell(symbol, START)
            bench.pass_by(60)
            await asyncio.sleep(0.05)
            for symbol in bench.symbols:
                bench.tell(symbol, START)
            await bought(bench)
            for position in await bench.get("positions"):
                await bench.order_on(position["symbol"], TARGET)
            if len(bench.delays_ms) // 1000 > before // 1000:
                show_delays("price to order, quiet", bench.delays_ms)
        show_delays("price to order, quiet", bench.delays_ms)


async def bought(bench: LiveBench) -> None:
    """Wait a moment until every market is held."""
    until = time.monotonic() + 2.0
    while time.monotonic() < until:
        if len(await bench.get("positions")) == len(bench.symbols):
            return
        await asyncio.sleep(0.02)


async def soak(folder: Path, markets: int, rate: float, minutes: float) -> None:
    """Stream to many markets; show how the engine bears it."""
    async with live_bench(folder, markets, "touch") as bench:
        streaming = asyncio.create_task(stream(bench, rate))
        watching = asyncio.create_task(touch(bench, minutes))
        try:
            await watch(bench, minutes)
        finally:
            for task in (streaming, watching):
                task.cancel()
            await asyncio.gather(streaming, watching, return_exceptions=True)
        show_delays(f"price to order, {markets} markets at {rate:g} a second", bench.delays_ms)


async def stream(bench: LiveBench, rate: float) -> None:
    """Tell every market's price so many times a second, once a second with book and candle."""
    dice, turn, pause, due = random.Random(1), 0, 1 / rate / SLICES, time.monotonic()
    while True:
        for number, symbol in enumerate(bench.symbols[turn % SLICES :: SLICES]):
            if (turn // SLICES + number) % max(1, int(rate)):
                bench.mention(symbol, dice.randint(-3, 3))
            else:
                bench.tell(symbol, START + TICK * dice.randint(-3, 3))
        turn += 1
        # What is late is not made up for: the rate that was reached is shown.
        due = max(due + pause, time.monotonic() - pause)
        await asyncio.sleep(max(0.0, due - time.monotonic()))


async def touch(bench: LiveBench, minutes: float) -> None:
    """Let one market after the other touch its level, all through the run."""
    for symbol in bench.symbols:
        await bench.order_on(symbol, TOUCHED)
        bench.tell(symbol, START)
        await asyncio.sleep(max(1.0, minutes * 60 / len(bench.symbols)))


async def watch(bench: LiveBench, minutes: float) -> None:
    """Show a line now and then until the time is over, then how memory went."""
    process, sizes = bench.process(), list[float]()
    process.cpu_percent()
    began = time.monotonic()
    while time.monotonic() - began < minutes * 60:
        told, since = bench.told, time.monotonic()
        await asyncio.sleep(min(REPORT_S, minutes * 60 / 4))
        rate = (bench.told - told) / (time.monotonic() - since)
        sizes.append(process.memory_info().rss / MEGABYTE)
        status = await bench.get("status")
        late = percentile(bench.delays_ms[-20:], 0.99)
        print(
            f"{(time.monotonic() - began) / 60:5.1f} min  {rate:6.0f} prices/s  "
            f"CPU {process.cpu_percent():4.0f} %  RSS {sizes[-1]:6.1f} MB  "
            f"loop {status['loop_ms']:6.1f} ms  skipped {status['loops_skipped']}  "
            f"price to order, worst of 20: {late:.1f} ms",
            flush=True,
        )
    half = len(sizes) // 2
    print(f"RSS: {max(sizes[:half]):.1f} MB at most in the first half, ", end="")
    print(f"{max(sizes[half:]):.1f} MB in the second")


def show_delays(what: str, delays: list[float]) -> None:
    """Print the percentiles of some delays."""
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    figures = "  ".join(f"{n} {percentile(delays, s):.1f} ms" for n, s in shares.items())
    print(f"{what}: {figures}  ({len(delays)} orders)", flush=True)


def main() -> None:
    """Run both parts."""
    given = arguments()
    with tempfile.TemporaryDirectory(prefix="pasu-live-") as folder:
        if given.events:
            asyncio.run(price_to_order(Path(folder) / "quiet", given.events))
        if given.minutes:
            soaking = soak(Path(folder) / "busy", given.markets, given.rate, given.minutes)
            asyncio.run(soaking)


if __name__ == "__main__":
    main()
