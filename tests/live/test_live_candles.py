"""Candles and prices as they are told to the core: in order, once, and with gaps filled."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pytest

from engine.domain.candle import Candle, Timeframe
from engine.domain.errors import Malformed, VenueDown
from engine.ports.venue import CandleClosed, CandleOpened, PriceMoved, VenueEvent
from engine.venues.live.candles import BaseCandles, Quote, parsed_candle
from tests.core.fakes import NOON, ManualClock

BTC = "BTC/USDT"
MINUTE = Timeframe.M1.delta


def _at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def _candle(minute: int, close: float = 100.0) -> Candle:
    return Candle(_at(minute), close, close, close, close, 1.0)


class Archive:
    """What REST knows, and whether it answers."""

    def __init__(self, clock: ManualClock) -> None:
        self.candles: dict[int, Candle] = {}
        self.price = 100.0
        self.down = False
        self.asked: list[str] = []
        self._clock = clock

    async def closed_since(self, symbol: str, since: datetime) -> Sequence[Candle]:
        self.asked.append(f"candles {since:%H:%M}")
        if self.down:
            raise VenueDown("no answer")
        now = self._clock.now()
        known = sorted(self.candles.values())
        return [one for one in known if one.opened_at >= since and one.opened_at + MINUTE <= now]

    async def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        self.asked.append("quotes")
        if self.down:
            raise VenueDown("no answer")
        return {symbol: Quote(self.price, self._clock.now()) for symbol in symbols}


class Rig:
    """Base candles of one market, what they told, and the archive behind them."""

    def __init__(self, *, every: bool = True) -> None:
        self.clock = ManualClock()
        self.archive = Archive(self.clock)
        self.candles = BaseCandles(Timeframe.M1, self.archive, self.clock, every=every)
        self.told: list[str] = []
        self.candles.tell = self._hear
        self.candles.follow([BTC])

    async def _hear(self, event: VenueEvent) -> None:
        match event:
            case CandleOpened():
                self.told.append(f"open {event.opened_at:%M} {event.price:g}")
            case CandleClosed():
                self.told.append(f"close {event.candle.opened_at:%M}")
            case PriceMoved():
                self.told.append(f"price {event.price:g}")

    def take(self) -> list[str]:
        told, self.told = self.told, []
        return told

    async def attend(self, rounds: float = 1.2) -> None:
        """Let the attending task look once or so."""
        task = asyncio.create_task(self.candles.attend())
        await asyncio.sleep(rounds)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _joined(rig: Rig) -> None:
    """Follow minute 0 from its middle, with the history up to it."""
    rig.candles.seen(BTC, [_candle(-1)])
    await rig.candles.trade(BTC, 100.0, _at(0.5))
    assert rig.take() == ["price 100"]


async def test_minute_closes_before_the_next_opens_though_its_first_trade_came_earlier():
    rig = Rig()
    await _joined(rig)
    await rig.candles.trade(BTC, 101.0, _at(1.01))
    await rig.candles.trade(BTC, 102.0, _at(1.02))
    assert rig.take() == ["price 101", "price 102"]
    await rig.candles.closed(BTC, _candle(0))
    assert rig.take() == ["close 00", "open 01 101", "price 102"]


async def test_first_trade_after_the_close_opens_the_candle():
    rig = Rig()
    await _joined(rig)
    await rig.candles.closed(BTC, _candle(0))
    await rig.candles.trade(BTC, 101.0, _at(1.1))
    await rig.candles.trade(BTC, 102.0, _at(1.2))
    assert rig.take() == ["close 00", "open 01 101", "price 102"]


async def test_minute_that_was_joined_in_its_middle_is_opened_by_the_stream_of_candles_alone():
    rig = Rig()
    await _joined(rig)
    await rig.candles.forming(BTC, _candle(0, 99.0))
    await rig.candles.forming(BTC, _candle(0, 99.5))
    assert rig.take() == ["open 00 99", "price 100"]


async def test_late_trade_of_a_closed_minute_opens_nothing():
    rig = Rig()
    await _joined(rig)
    await rig.candles.trade(BTC, 101.0, _at(1.01))
    await rig.candles.closed(BTC, _candle(0))
    rig.take()
    await rig.candles.trade(BTC, 99.0, _at(0.99))
    assert rig.take() == ["price 99"]


async def test_repeated_and_older_closes_are_told_once():
    rig = Rig()
    await _joined(rig)
    for candle in (_candle(0), _candle(0), _candle(-1)):
        await rig.candles.closed(BTC, candle)
    assert rig.take() == ["close 00"]


async def test_f14_gap_is_filled_by_rest_before_the_candle_behind_it():
    rig = Rig()
    await _joined(rig)
    rig.archive.candles = {minute: _candle(minute) for minute in range(4)}
    rig.clock.advance(4 * 60)
    await rig.candles.closed(BTC, _candle(3))
    assert rig.take() == []
    await rig.attend(0.1)
    assert [line for line in rig.take() if "close" in line] == [
        "close 00",
        "close 01",
        "close 02",
        "close 03",
    ]


async def test_gap_that_rest_cannot_fill_holds_candles_back_and_never_prices():
    rig = Rig()
    await _joined(rig)
    rig.archive.down = True
    rig.clock.advance(3 * 60)
    await rig.candles.closed(BTC, _candle(2))
    await rig.attend(0.1)
    await rig.candles.trade(BTC, 105.0, _at(3.01))
    assert rig.take() == ["price 105"]
    rig.archive.down = False
    rig.archive.candles = {minute: _candle(minute) for minute in range(3)}
    rig.clock.advance(3)
    await rig.attend()
    told = [line for line in rig.take() if not line.startswith("price")]
    assert told == ["close 00", "close 01", "close 02", "open 03 105"]


async def test_close_that_never_comes_by_the_stream_is_fetched():
    rig = Rig()
    await _joined(rig)
    rig.archive.candles = {0: _candle(0)}
    rig.clock.advance(64)
    await rig.attend()
    assert "close 00" in rig.take()


async def test_resume_tells_what_was_missed_and_then_the_newest_price():
    rig = Rig()
    await _joined(rig)
    rig.archive.candles = {minute: _candle(minute) for minute in range(3)}
    rig.archive.price = 107.0
    rig.clock.advance(3 * 60 + 1)
    await rig.candles.resume()
    assert rig.take() == ["close 00", "close 01", "close 02", "price 107"]


async def test_resume_without_rest_fails_so_that_the_stream_is_not_called_back():
    rig = Rig()
    await _joined(rig)
    rig.archive.down = True
    with pytest.raises(VenueDown):
        await rig.candles.resume()


async def test_minutes_without_trades_are_passed_over_where_the_venue_has_none():
    rig = Rig(every=False)
    await _joined(rig)
    rig.archive.candles = {0: _candle(0), 3: _candle(3)}
    await rig.candles.closed(BTC, _candle(0))
    rig.clock.advance(3 * 60 + 5)
    await rig.candles.trade(BTC, 103.0, _at(3.05))
    rig.take()
    await rig.attend()
    assert "open 03 103" in rig.take()
    rig.clock.advance(60)
    await rig.candles.closed(BTC, _candle(3))
    assert rig.take() == ["close 03"]


async def test_idle_market_asks_for_no_candles_where_the_venue_has_none():
    rig = Rig(every=False)
    await _joined(rig)
    await rig.candles.closed(BTC, _candle(0))
    rig.clock.advance(600)
    await rig.attend()
    assert not any(asked.startswith("candles") for asked in rig.archive.asked)


@pytest.mark.parametrize("price", [0.0, -1.0, float("nan"), float("inf")])
async def test_f23_price_that_cannot_be_is_asked_for_by_rest_at_once(price: float):
    rig = Rig()
    await _joined(rig)
    await rig.candles.trade(BTC, price, _at(0.6))
    assert rig.take() == []
    rig.archive.price = 111.0
    rig.clock.advance(40)
    await rig.attend(0.1)
    assert rig.take() == ["price 111"]


async def test_price_that_grew_old_is_asked_for_once_in_a_while():
    rig = Rig()
    await _joined(rig)
    rig.clock.advance(65)
    rig.archive.candles = {0: _candle(0)}
    await rig.attend(2.3)
    assert rig.archive.asked.count("quotes") == 1


async def test_history_of_a_market_that_is_not_followed_yet_is_remembered_for_a_while():
    rig = Rig()
    rig.candles.seen("ETH/USDT", [_candle(-1)])
    rig.candles.follow([BTC, "ETH/USDT"])
    await rig.candles.closed("ETH/USDT", _candle(-1))
    await rig.candles.closed("ETH/USDT", _candle(0))
    assert rig.take() == ["close 00"]
    rig.candles.seen("XRP/USDT", [_candle(-1)])
    rig.clock.advance(600)
    rig.candles.follow(["XRP/USDT"])
    await rig.candles.closed("XRP/USDT", _candle(9))
    assert rig.take() == ["close 09"]


async def test_market_that_is_not_followed_is_not_told():
    rig = Rig()
    await rig.candles.trade("ETH/USDT", 5.0, _at(0))
    await rig.candles.closed("ETH/USDT", _candle(0))
    await rig.candles.forming("ETH/USDT", _candle(0))
    assert rig.take() == []
    assert rig.candles.followed == (BTC,)


async def test_f23_impossible_candle_is_malformed_and_not_told():
    rig = Rig()
    await _joined(rig)
    with pytest.raises(Malformed):
        await rig.candles.closed(BTC, Candle(_at(0), 1.0, 0.5, 2.0, 1.0, 1.0))
    assert rig.take() == []


@pytest.mark.parametrize(
    "values",
    [("1", "2", "0.5", "1", "x"), ("1", "2", "0.5", "1"), ("nan", "2", "1", "1", "1"), (None,) * 5],
)
def test_f08_row_that_is_no_candle_is_malformed(values: Sequence[object]):
    with pytest.raises(Malformed):
        parsed_candle(NOON, values)
