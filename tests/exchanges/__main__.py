"""Run a fake exchange as a process of its own.

    python -m tests.exchanges --venue upbit --port 0 --control \
        --market BTC:100000000:3000 --deposit KRW:1000000

prints one line of JSON with `url`, `ws_url` and, with --control, `control`. It ends with SIGTERM or
SIGINT, with --leashed also when its standard input ends. Markets are base:price[:minutes].
"""

import argparse
import asyncio
import importlib
import json
import signal
import sys
from decimal import Decimal

from aiohttp import web

from tests.exchanges.clock import MovableClock
from tests.exchanges.control import Control
from tests.exchanges.running import HOST, Running, VenueServer

VENUES = ("upbit", "binance_spot")


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.exchanges")
    parser.add_argument("--venue", choices=VENUES, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--control", action="store_true")
    parser.add_argument("--leashed", action="store_true")
    parser.add_argument("--market", action="append", default=[], metavar="BASE:PRICE[:MINUTES]")
    parser.add_argument("--deposit", action="append", default=[], metavar="ASSET:AMOUNT")
    return parser.parse_args()


def prepared(given: argparse.Namespace) -> VenueServer:
    """Return the server with its markets and money."""
    module = importlib.import_module(f"tests.exchanges.{given.venue}.server")
    server: VenueServer = module.build(MovableClock())
    for text in given.market:
        base, price, *minutes = text.split(":")
        server.list_market(base, Decimal(price), int(minutes[0]) if minutes else 0)
    for text in given.deposit:
        asset, amount = text.split(":")
        server.exchange.deposit(asset, Decimal(amount))
    return server


async def run(given: argparse.Namespace) -> None:
    """Serve until told to stop."""
    running = Running(prepared(given))
    await running.start(given.port)
    said = {"url": running.url, "ws_url": running.ws_url}
    steering = web.AppRunner(Control(running).application())
    if given.control:
        await steering.setup()
        site = web.TCPSite(steering, HOST, 0)
        await site.start()
        said["control"] = f"http://{HOST}:{steering.addresses[0][1]}"
    print(json.dumps(said), flush=True)
    await _told_to_stop(leashed=given.leashed)
    await running.stop()
    await steering.cleanup()


async def _told_to_stop(*, leashed: bool) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if leashed:
        # Who started this may die without a word; the end of the pipe tells.
        loop.add_reader(sys.stdin.fileno(), stop.set)
    await stop.wait()


if __name__ == "__main__":
    asyncio.run(run(arguments()))
