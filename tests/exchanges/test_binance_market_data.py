"""Public market data of Binance over REST."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.exchanges.binance_spot.rig import BTC, NOON, rig

KLINES = "/api/v3/klines"
MINUTE_MS = 60_000
NOW_MS = int(NOON.timestamp() * 1000)
NOON_MS = NOW_MS - NOW_MS % MINUTE_MS


def opened(rows: list[list[object]]) -> list[int]:
    return [int(str(row[0])) for row in rows]


@pytest.mark.parametrize(
    ("params", "first", "rows"),
    [
        ({"limit": "3"}, NOON_MS - 2 * MINUTE_MS, 3),
        ({"startTime": str(NOON_MS - 5 * MINUTE_MS)}, NOON_MS - 5 * MINUTE_MS, 6),
        ({"startTime": str(NOON_MS - 5 * MINUTE_MS + 1)}, NOON_MS - 4 * MINUTE_MS, 5),
        ({"endTime": str(NOON_MS - MINUTE_MS - 1), "limit": "2"}, NOON_MS - 3 * MINUTE_MS, 2),
        ({"startTime": "0", "limit": "1"}, NOON_MS - 120 * MINUTE_MS, 1),
        (
            {
                "startTime": str(NOON_MS - 5 * MINUTE_MS),
                "endTime": str(NOON_MS - 3 * MINUTE_MS),
            },
            NOON_MS - 5 * MINUTE_MS,
            3,
        ),
    ],
)
async def test_candles_come_from_where_they_are_asked_for(
    params: dict[str, str], first: int, rows: int
) -> None:
    async with rig(minutes=120, still=True) as it:
        found = (await it.public(KLINES, symbol="BTCUSDT", interval="1m", **params)).body
    assert opened(found) == [first + n * MINUTE_MS for n in range(rows)]


async def test_last_candle_is_the_open_one_at_the_present_price() -> None:
    async with rig(minutes=120, still=True) as it:
        it.set_price("60500", "2")
        found = (await it.public(KLINES, symbol="BTCUSDT", interval="5m", limit="1")).body[0]
        assert found[0] == NOON_MS - NOON_MS % (5 * MINUTE_MS)
        assert found[6] == found[0] + 5 * MINUTE_MS - 1
        assert (found[2], found[4]) == ("60500.00000000", "60500.00000000")
        assert len(found) == 12


async def test_minutes_without_a_trade_are_flat() -> None:
    async with rig(minutes=10, still=True) as it:
        it.server.clock.advance(timedelta(minutes=3))
        found = (await it.public(KLINES, symbol="BTCUSDT", interval="1m", limit="4")).body
    assert opened(found)[-1] == NOON_MS + 3 * MINUTE_MS
    assert [row[5] for row in found[1:]] == ["0.00000000"] * 3
    assert {row[4] for row in found} == {"60000.00000000"}


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"symbol": "BTCUSDT", "interval": "7m"}, -1120),
        ({"symbol": "BTCUSDT"}, -1102),
        ({"interval": "1m"}, -1102),
        ({"symbol": "NOPE", "interval": "1m"}, -1121),
        ({"symbol": "BTCUSDT", "interval": "1m", "limit": "-1"}, -1100),
    ],
)
async def test_candles_that_there_are_not_are_refused(params: dict[str, str], code: int) -> None:
    async with rig() as it:
        assert (await it.public(KLINES, **params)).code == code


async def test_symbols_are_picked_by_one_name_or_several() -> None:
    async with rig() as it:
        path = "/api/v3/ticker/price"
        one = (await it.public(path, symbol="BTCUSDT")).body
        assert one == {"symbol": "BTCUSDT", "price": "60000.00000000"}
        some = (await it.public(path, symbols='["ETHUSDT","BTCUSDT"]')).body
        assert [row["symbol"] for row in some] == ["ETHUSDT", "BTCUSDT"]
        assert len((await it.public(path)).body) == 4
        assert (await it.public(path, symbol="NOPE")).code == -1121
        assert (await it.public(path, symbol="BTCUSDT", symbols='["ETHUSDT"]')).code == -1128
        assert (await it.public(path, symbols="BTCUSDT")).code == -1100


async def test_day_ticker_follows_the_price() -> None:
    async with rig(minutes=1440) as it:
        it.set_price("90000", "3")
        body = (await it.public("/api/v3/ticker/24hr", symbol="BTCUSDT")).body
        assert (body["lastPrice"], body["highPrice"]) == ("90000.00000000", "90000.00000000")
        assert (body["lastQty"], body["askPrice"]) == ("3.00000000", "90000.00000000")
        change = Decimal(body["lastPrice"]) - Decimal(body["openPrice"])
        assert Decimal(body["priceChange"]) == change
        mini = await it.public("/api/v3/ticker/24hr", symbol="BTCUSDT", type="MINI")
        assert "priceChange" not in mini.body


async def test_book_and_trades_are_those_of_the_market() -> None:
    async with rig() as it:
        it.server.exchange.set_book(
            BTC,
            [(Decimal(59_000), Decimal(2)), (Decimal(58_000), Decimal(1))],
            [(Decimal(61_000), Decimal(3))],
        )
        book = (await it.public("/api/v3/depth", symbol="BTCUSDT", limit="1")).body
        assert book["bids"] == [["59000.00000000", "2.00000000"]]
        best = (await it.public("/api/v3/ticker/bookTicker", symbol="BTCUSDT")).body
        assert (best["bidPrice"], best["askQty"]) == ("59000.00000000", "3.00000000")
        it.set_price("59000", "2")
        trades = (await it.public("/api/v3/aggTrades", symbol="BTCUSDT")).body
        assert (trades[-1]["p"], trades[-1]["q"], trades[-1]["m"]) == (
            "59000.00000000",
            "2.00000000",
            True,
        )
        first = str(trades[-1]["a"])
        later = await it.public("/api/v3/aggTrades", symbol="BTCUSDT", fromId=first)
        assert len(later.body) == 1
        assert (await it.public("/api/v3/trades", symbol="BTCUSDT")).body[-1]["isBuyerMaker"]
