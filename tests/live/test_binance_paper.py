"""Binance spot on paper: live public prices without a key, fills on the simulated exchange."""

import asyncio
from decimal import Decimal
from pathlib import Path

from engine.clock import SystemClock
from engine.domain.venue import VenueMode, VenueName
from engine.ports.venue import OrderReport, PriceMoved, ReportStatus, SurfaceName, VenueEvent
from engine.settings import Settings, parse
from engine.venues.live_venues import build_live, has_adapter
from tests.exchanges.running import Running, serving
from tests.live.bench import until
from tests.live.binance_bench import BTC, PRICE, binance_bench, buy, exchange, sale


def _settings(running: Running, folder: Path, mode: str) -> Settings:
    return parse(
        {
            "BINANCE_SPOT_MODE": mode,
            "BINANCE_SPOT_REST_URL": running.url,
            "BINANCE_SPOT_WS_URL": running.ws_url,
            "BINANCE_SPOT_WS_API_URL": running.ws_url,
            "BINANCE_API_KEY": "test-binance-api-key",
            "BINANCE_API_SECRET": "test-binance-api-secret",
            "DATA_DIR": str(folder),
        },
        "",
    )


async def test_paper_trades_at_the_streamed_price_and_never_signs_a_request(tmp_path: Path):
    server = exchange()
    async with serving(server) as running:
        settings = _settings(running, tmp_path, "paper")
        venue = build_live(VenueName.BINANCE_SPOT, settings, SystemClock())
        events: list[VenueEvent] = []

        async def hear(event: VenueEvent) -> None:
            events.append(event)

        instruments = await venue.connect()
        assert {instrument.symbol for instrument in instruments} == {BTC, "BNB/USDT"}
        venue.follow([BTC])
        streaming = asyncio.create_task(venue.run(hear))
        await until(lambda: any(isinstance(event, PriceMoved) for event in events))
        server.exchange.set_price(BTC, PRICE + 40)
        await until(lambda: any(getattr(e, "price", 0) == float(PRICE + 40) for e in events))
        (bought,) = await venue.place([buy()])
        assert bought.status is ReportStatus.FILLED
        assert abs(bought.fills[0].price - (PRICE + 40)) < 60
        resting = sale("out", "0.009", PRICE + 90)
        await venue.place([resting])
        # The simulated exchange fills a resting order by candles that opened after it was placed,
        # and counts them in whole seconds.
        await asyncio.sleep(1.1)
        server.exchange.set_price(BTC, PRICE + 95)
        await until(lambda: any(_is_sold(event, resting.client_id) for event in events))
        streaming.cancel()
        await asyncio.gather(streaming, return_exceptions=True)
        await venue.close()
    assert venue.profile.mode is VenueMode.PAPER
    assert {surface.name for surface in venue.surfaces()} == {SurfaceName.PRICES, SurfaceName.REST}
    assert server.exchange.orders() == ()
    assert all("X-MBX-APIKEY" not in asked.headers for asked in server.faults.requests)
    assert all("signature" not in asked.params for asked in server.faults.requests)


async def test_live_is_built_from_the_settings_and_goes_to_their_addresses(tmp_path: Path):
    server = exchange()
    async with serving(server) as running:
        assert has_adapter(VenueName.BINANCE_SPOT)
        venue = build_live(
            VenueName.BINANCE_SPOT, _settings(running, tmp_path, "live"), SystemClock()
        )
        assert await venue.connect()
        assert venue.profile.mode is VenueMode.LIVE
        assert venue.profile.capabilities.oco
        assert venue.profile.capabilities.converts_dust
        (report,) = await venue.place([buy()])
        assert report.filled_quantity == Decimal("0.01")
        await venue.close()
    assert len(server.exchange.orders()) == 1


async def test_start_asks_for_the_markets_once_and_for_nothing_it_does_not_need():
    async with binance_bench() as bench:
        paths = [asked.path for asked in bench.server.faults.requests]
        assert sorted(paths) == [
            "/api/v3/account",
            "/api/v3/exchangeInfo",
            "/api/v3/time",
            "/sapi/v1/account/apiRestrictions",
        ]


async def test_history_of_many_pages_takes_no_call_too_many():
    async with binance_bench() as bench:
        bench.server.candles.walk_to(BTC, PRICE, 2600)
        found = await bench.venue.candles(BTC, bench.venue.profile.base_timeframes[BTC], 2500)
        assert len(found) == 2500
        opened = [candle.opened_at for candle in found]
        assert opened == sorted(set(opened))
        assert bench.asked("GET", "/api/v3/klines") == 3


def _is_sold(event: VenueEvent, client_id: str) -> bool:
    is_ours = isinstance(event, OrderReport) and event.client_id == client_id
    return is_ours and isinstance(event, OrderReport) and event.status is ReportStatus.FILLED
