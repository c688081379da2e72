"""Paper: the simulated exchange at the prices of a public market, here one written by hand."""

import asyncio
from datetime import timedelta

import pytest

from engine.domain.candle import Timeframe
from engine.domain.errors import VenueDown
from engine.domain.intent import OrderType, Side
from engine.domain.venue import AroundTheClock, VenueMode, VenueName
from engine.ports.venue import (
    CandleClosed,
    CandleOpened,
    FundingReport,
    OrderReport,
    PriceMoved,
    ReportStatus,
    Ticker,
    Venue,
)
from engine.venues.paper import PaperAccount, PaperVenue
from engine.venues.rules import listed
from tests.venues.builders import MINUTE, START, ManualWall, candle, d, order

SPOT, FUTURES = VenueName.BINANCE_SPOT, VenueName.BINANCE_FUTURES
SYMBOL = "BTC/USDT"


class HandMadeMarket:
    """A public market that streams what the test puts into it."""

    def __init__(self, venue):
        self.venue = venue
        self.sessions = AroundTheClock()
        self.base_timeframes = {SYMBOL: Timeframe.M1}
        self.events = asyncio.Queue()
        self.closed = False
        self.past = [candle(START - MINUTE, 100_000, 100_000, 100_000, 100_000, 1e9)]

    async def connect(self):
        return [listed(self.venue, SYMBOL, 100_000.0)]

    async def run(self, sink):
        while True:
            event = await self.events.get()
            await sink(event)
            self.events.task_done()

    async def close(self):
        self.closed = True

    async def candles(self, symbol, timeframe, count):
        return self.past[-count:]

    async def tickers(self):
        return [Ticker(SYMBOL, 100_000.0, 1e9, START)]

    async def say(self, *events):
        for event in events:
            self.events.put_nowait(event)
        await self.events.join()


class Stage:
    """A paper venue with its market, clock and everything it told."""

    def __init__(self, venue, book=None):
        self.market = HandMadeMarket(venue)
        self.wall = ManualWall()
        account = PaperAccount({"USDT": d(100_000)}, seed=1, book=book)
        self.venue = PaperVenue(venue, self.market, account, self.wall)
        self.told = []

    async def __aenter__(self):
        await self.venue.connect()
        self.task = asyncio.create_task(self.venue.run(self.hear))
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.venue.close()

    async def hear(self, event):
        self.told.append(event)

    async def price(self, price, mark=None, after=1.0):
        self.wall.seconds += after
        await self.market.say(PriceMoved(SYMBOL, price, self.wall.now(), mark))


async def test_market_order_fills_at_the_live_price():
    async with Stage(SPOT) as stage:
        await stage.price(101_000.0)
        (report,) = await stage.venue.place([order(SPOT, quantity="0.1")])
        assert report.fills[0].price == d("101010.11")
        assert (await stage.venue.balances())["BTC"].total == d("0.0999")


async def test_public_events_pass_through_and_reports_come_first():
    async with Stage(SPOT) as stage:
        await stage.price(100_000.0)
        await stage.venue.place([order(SPOT, quantity="0.1")])
        await stage.venue.place(
            [
                order(SPOT, Side.SELL, OrderType.LIMIT, "0.09", price="103000", group="g"),
                order(SPOT, Side.SELL, OrderType.STOP_MARKET, "0.09", trigger="98000", group="g"),
            ]
        )
        await stage.market.say(CandleOpened(SYMBOL, stage.wall.now(), 100_000.0))
        await stage.price(97_500.0)
        one = candle(START, 100_000, 100_000, 97_500, 97_500, 5.0)
        await stage.market.say(CandleClosed(SYMBOL, one))
        kinds = [type(event).__name__ for event in stage.told]
        assert kinds == [
            "PriceMoved",
            "CandleOpened",
            "OrderReport",
            "OrderReport",
            "PriceMoved",
            "CandleClosed",
        ]
        sold = [e for e in stage.told if isinstance(e, OrderReport) and e.fills]
        assert sold[0].fills[0].price == d("97490.24")
        assert await stage.venue.open_orders() == []


async def test_mark_price_pulls_the_trigger_of_a_contract():
    async with Stage(FUTURES) as stage:
        await stage.price(100_000.0, 100_000.0)
        await stage.venue.place([order(FUTURES, quantity="0.1", leverage=5)])
        stop = order(
            FUTURES, Side.SELL, OrderType.STOP_MARKET, "0.1", trigger="98000", reduce_only=True
        )
        await stage.venue.place([stop])
        await stage.price(97_000.0, 98_500.0)
        assert len(await stage.venue.positions()) == 1
        await stage.price(98_200.0, 97_900.0)
        assert await stage.venue.positions() == []
        assert (await stage.venue.order(stop.client_id, stop.symbol)).status is ReportStatus.FILLED


async def test_funding_is_settled_for_what_is_held():
    async with Stage(FUTURES) as stage:
        await stage.price(100_000.0, 100_000.0)
        due = FundingReport("public", SYMBOL, d(0), d("0.0001"), START + timedelta(hours=8))
        await stage.market.say(due)
        assert not any(isinstance(event, FundingReport) for event in stage.told)
        await stage.venue.place([order(FUTURES, quantity="0.1", leverage=5)])
        await stage.market.say(due)
        assert [e.amount for e in stage.told if isinstance(e, FundingReport)] == [d("-1")]


async def test_stale_price_fills_nothing():
    async with Stage(SPOT) as stage:
        await stage.price(100_000.0)
        stage.wall.seconds += 600
        (report,) = await stage.venue.place([order(SPOT, quantity="0.1")])
        assert (report.status, report.fills) == (ReportStatus.EXPIRED, ())


async def test_account_outlives_the_engine_and_is_given_money_once(tmp_path):
    async with Stage(SPOT, tmp_path / "paper.jsonl") as stage:
        await stage.price(100_000.0)
        (report,) = await stage.venue.place([order(SPOT, quantity="0.1")])
        before = await stage.venue.balances()
    async with Stage(SPOT, tmp_path / "paper.jsonl") as stage:
        assert await stage.venue.balances() == before
        assert await stage.venue.order(report.client_id, report.symbol) == report
    assert stage.market.closed


async def test_paper_venue_is_a_venue_and_says_so():
    stage = Stage(SPOT)
    venue: Venue = stage.venue
    assert venue.profile.mode is VenueMode.PAPER
    assert venue.profile.base_timeframes == {SYMBOL: Timeframe.M1}
    with pytest.raises(VenueDown):
        await venue.balances()
